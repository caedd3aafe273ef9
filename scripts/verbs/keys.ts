import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { type Hex, toHex, utf8 } from "../../core/bytes.ts";
import { keccak } from "../../core/hash.ts";
import { providerScope, ROLE, type RoleName, regionScope } from "../../core/keyBook.ts";
import { encryptKey } from "../../core/keystore.ts";
import { addressOfKey } from "../../core/signature.ts";
import { SYSTEM_ROLES, type SystemRole } from "../../server/identity/roles.ts";
import { type Call, EXIT, need, UsageError, type Verb, withExistingLedger } from "../verb.ts";

async function make(call: Call): Promise<number> {
  const file = need(call, "out");
  if (existsSync(file)) throw new UsageError(`${file}: exists; a key is never overwritten`);
  const key = new Uint8Array(randomBytes(32));
  const passphrase = readFileSync(need(call, "passphrase-file"), "utf8").trim();
  if (passphrase.length < 12) throw new UsageError("the passphrase needs at least 12 characters");
  writeFileSync(
    file,
    `${JSON.stringify(await encryptKey(key, passphrase, (bytes) => new Uint8Array(randomBytes(bytes))))}\n`,
    { mode: 0o600 },
  );
  call.out.result({ address: addressOfKey(key), file }, `${addressOfKey(key)} ${file}`);
  return EXIT.ok;
}

async function register(call: Call): Promise<number> {
  const role = need(call, "role") as RoleName;
  if (!(role in ROLE)) throw new UsageError(`--role: one of ${Object.keys(ROLE).join(", ")}`);
  const scope = role === "Provider" ? providerScope(need(call, "scope")) : regionScope(Number(need(call, "scope")));
  return await withExistingLedger(call, async (ledger, home) => {
    const from = Math.max(ledger.clock.now(), (await ledger.chainTime()) ?? 0) + 10;
    const { tx } = await ledger.contracts.register(
      home.key("registrar"),
      need(call, "address").toLowerCase() as Hex,
      toHex(keccak(utf8(need(call, "person")))),
      role,
      scope,
      from,
      null,
    );
    await ledger.keys.refresh();
    call.out.result({ tx, from }, `registered in ${tx}; speaks from ${new Date(from * 1000).toISOString()}`);
    return EXIT.ok;
  });
}

async function revoke(call: Call): Promise<number> {
  return await withExistingLedger(call, async (ledger, home) => {
    const { tx } = await ledger.contracts.revoke(home.key("registrar"), need(call, "address").toLowerCase() as Hex);
    await ledger.keys.refresh();
    call.out.result({ tx }, `revoked in ${tx}`);
    return EXIT.ok;
  });
}

async function list(call: Call): Promise<number> {
  return await withExistingLedger(call, async (ledger) => {
    const names = Object.fromEntries(Object.entries(ROLE).map(([name, number]) => [number, name]));
    const keys = ledger.keys.all();
    call.out.result(
      keys,
      keys.map((key) => `${key.address} ${names[key.role] ?? key.role} ${key.scope} ${key.from}–${key.to}`).join("\n"),
    );
    return EXIT.ok;
  });
}

async function api(call: Call): Promise<number> {
  const role = need(call, "role") as SystemRole;
  if (!SYSTEM_ROLES.includes(role)) throw new UsageError(`--role: one of ${SYSTEM_ROLES.join(", ")}`);
  return await withExistingLedger(call, async (ledger) => {
    const key = await ledger.identity.createKey({ name: need(call, "name"), role, scope: need(call, "scope") });
    call.out.result({ key }, `${key}   (shown once; only its hash is kept)`);
    return EXIT.ok;
  });
}

const ACTIONS: Record<string, (call: Call) => Promise<number>> = { new: make, register, revoke, list, api };

const verb: Verb = {
  usage: "keys new|register|revoke|list|api …",
  summary: "keystores, the chain's key registry, and API keys of provider systems",
  options: {
    out: { type: "string" },
    "passphrase-file": { type: "string" },
    role: { type: "string" },
    scope: { type: "string" },
    person: { type: "string" },
    address: { type: "string" },
    name: { type: "string" },
  },
  async run(call) {
    const action = ACTIONS[call.positionals[0] ?? ""];
    if (!action) throw new UsageError(`keys ${Object.keys(ACTIONS).join(" | ")}`);
    return await action(call);
  },
};
export default verb;
