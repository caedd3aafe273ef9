import { Contract, type InterfaceAbi } from "ethers";
import type { Hex } from "../../core/bytes.ts";
import type { Grant, RoleName } from "../../core/keyBook.ts";
import { ROLE } from "../../core/keyBook.ts";
import type { Receipt, Submission } from "../../core/statement.ts";
import { type Chain, type MinedAt, minedAt } from "./chain.ts";
import { type ChainEvent, EventScanner } from "./events.ts";
import * as artifacts from "./generated/contracts.ts";

/** The chain as the ledger needs it. The only folder that knows ethers. */
export interface DeployedContracts {
  council: Hex;
  authority: Hex;
  keys: Hex;
  ledger: Hex;
  subsidy: Hex;
}

export interface ChainRegion {
  head: Hex;
  firstDay: number;
  lastDay: number;
  offset: number;
  started: boolean;
  successor: number;
}

export interface ChainDay {
  size: number;
  root: Hex;
  sealedAt: number;
}

export interface ChainSeal extends MinedAt {
  region: number;
  day: number;
  size: number;
  root: Hex;
  head: Hex;
}

// Given, not estimated: an estimate runs at the newest block's time, at which a day may not be over yet.
const CALL_GAS = 1_000_000;
const GAS_A_DAY = 100_000;
/** An operator has this long to seal a submission that was put on chain. */
const LODGED_SECONDS = 2 * 86_400;
const FOREVER = 2n ** 64n - 1n;
const safe = (value: bigint): number =>
  value > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(value);

/** RecordLedger and KeyRegistry at known addresses. */
export class LedgerContracts {
  readonly chain: Chain;
  readonly addresses: Pick<DeployedContracts, "keys" | "ledger">;
  readonly #ledger: Contract;
  readonly #keys: Contract;
  constructor(chain: Chain, addresses: Pick<DeployedContracts, "keys" | "ledger">) {
    this.chain = chain;
    this.addresses = addresses;
    this.#scanner = new EventScanner(chain);
    this.#ledger = new Contract(addresses.ledger, artifacts.RecordLedger.abi as InterfaceAbi, chain.provider);
    this.#keys = new Contract(addresses.keys, artifacts.KeyRegistry.abi as InterfaceAbi, chain.provider);
  }

  async #send(
    key: Uint8Array,
    contract: Contract,
    method: string,
    args: unknown[],
    gasLimit = CALL_GAS,
  ): Promise<MinedAt> {
    const data = contract.interface.encodeFunctionData(method, args);
    return minedAt(await this.chain.send(key, { to: await contract.getAddress(), data, gasLimit }));
  }

  async #read<T>(contract: Contract, method: string, ...args: unknown[]): Promise<T> {
    return (await contract.getFunction(method)(...args)) as T;
  }

  /** The key registry that a RecordLedger names. */
  static async keysOf(chain: Chain, ledger: Hex): Promise<Hex> {
    const contract = new Contract(ledger, artifacts.RecordLedger.abi as InterfaceAbi, chain.provider);
    return ((await contract.getFunction("keys")()) as string).toLowerCase() as Hex;
  }

  readonly #scanner: EventScanner;
  /** Challenges that are over: their state never changes again. */
  readonly #settled = new Set<Hex>();

  async ledgerId(): Promise<Hex> {
    return await this.#read<Hex>(this.#ledger, "ledgerId");
  }

  /** Whether the registry was put on this chain after another was lost. */
  async replayed(): Promise<boolean> {
    return await this.#read<boolean>(this.#keys, "replayed");
  }

  async simulated(): Promise<boolean> {
    return await this.#read<boolean>(this.#ledger, "simulated");
  }

  async seal(
    key: Uint8Array,
    region: number,
    offset: number,
    firstDay: number,
    roots: { size: number; root: Hex }[],
  ): Promise<MinedAt> {
    return await this.#send(
      key,
      this.#ledger,
      "seal",
      [region, offset, firstDay, roots],
      CALL_GAS + GAS_A_DAY * roots.length,
    );
  }

  async region(region: number): Promise<ChainRegion> {
    const r = await this.#read<Record<string, never>>(this.#ledger, "regionOf", region);
    return {
      head: r["head"]!,
      firstDay: Number(r["firstDay"]),
      lastDay: Number(r["lastDay"]),
      offset: Number(r["offset"]),
      started: r["started"]!,
      successor: Number(r["successor"]),
    };
  }

  async day(region: number, day: number): Promise<ChainDay | null> {
    const d = await this.#read<Record<string, never>>(this.#ledger, "dayOf", region, day);
    const sealedAt = Number(d["sealedAt"]);
    return sealedAt === 0 ? null : { size: Number(d["size"]), root: d["root"]!, sealedAt };
  }

  async verify(region: number, day: number, index: number, digest: Hex, proof: Hex[]): Promise<boolean> {
    return await this.#read<boolean>(this.#ledger, "verify", region, day, index, digest, proof);
  }

  /** Events of one region. The embedded node gives those of every region, whatever the filter asks for. */
  async #eventsOf(name: "Sealed" | "Lodged", region: number): Promise<ChainEvent[]> {
    const events = await this.#scanner.events(this.#ledger, name, region);
    return events.filter((event) => Number((event as unknown as { args: { region: bigint } }).args.region) === region);
  }

  /** Every seal of a region, from the events, in order. */
  async seals(region: number): Promise<ChainSeal[]> {
    const events = await this.#eventsOf("Sealed", region);
    return events.map((event) => {
      const { args } = event as unknown as { args: { day: bigint; size: bigint; root: Hex; head: Hex } };
      return {
        ...minedAt(event),
        region,
        day: Number(args.day),
        size: Number(args.size),
        root: args.root,
        head: args.head,
      };
    });
  }

  /** All keys, as the registry's events tell them. */
  async grants(): Promise<Grant[]> {
    const registered = await this.#scanner.events(this.#keys, "KeyRegistered");
    const revoked = await this.#scanner.events(this.#keys, "KeyRevoked");
    const grants = new Map<string, Grant>();
    for (const event of registered) {
      const { args } = event as unknown as {
        args: { key: string; person: Hex; role: bigint; scope: Hex; from: bigint; to: bigint };
      };
      const address = args.key.toLowerCase() as Hex;
      // A parameter named `role` or `from` is read by name; `key` would be too, were it not ethers' own.
      grants.set(address, {
        address,
        person: args.person,
        role: Number(args.role),
        scope: args.scope,
        from: safe(args.from),
        to: safe(args.to),
      });
    }
    for (const event of revoked) {
      const { args } = event as unknown as { args: { key: string; time: bigint; at?: bigint } };
      const grant = grants.get(args.key.toLowerCase());
      if (grant) grant.to = safe((args.time ?? args.at)!);
    }
    return [...grants.values()];
  }

  async register(
    key: Uint8Array,
    address: Hex,
    person: Hex,
    role: RoleName,
    scope: Hex,
    from: number,
    to: number | null,
  ): Promise<MinedAt> {
    return await this.#send(key, this.#keys, "register", [address, person, ROLE[role], scope, from, to ?? FOREVER]);
  }

  /** Registers many keys at once. */
  async registerAll(key: Uint8Array, grants: (Omit<Grant, "role" | "to"> & { role: RoleName })[]): Promise<void> {
    const requests = grants.map(({ address, person, role, scope, from }) => ({
      to: this.addresses.keys,
      data: this.#keys.interface.encodeFunctionData("register", [address, person, ROLE[role], scope, from, FOREVER]),
      gasLimit: CALL_GAS,
    }));
    await Promise.all(requests.map((request) => this.chain.send(key, request)));
  }

  async revoke(key: Uint8Array, address: Hex): Promise<MinedAt> {
    return await this.#send(key, this.#keys, "revoke", [address]);
  }

  /** Demands that the operator show leaf k of a receipt; returns the challenge's id. */
  async challenge(key: Uint8Array, receipt: Receipt, signature: Hex, k: number): Promise<Hex> {
    const found = await this.chain.send(key, {
      to: this.addresses.ledger,
      data: this.#ledger.interface.encodeFunctionData("challenge", [receipt, signature, k]),
      gasLimit: CALL_GAS,
    });
    return found.logs[0]!.topics[1] as Hex;
  }

  async answer(
    key: Uint8Array,
    receipt: Receipt,
    k: number,
    submission: Submission,
    digest: Hex,
    submissionProof: Hex[],
    dayProof: Hex[],
  ): Promise<MinedAt> {
    return await this.#send(key, this.#ledger, "answer", [receipt, k, submission, digest, submissionProof, dayProof]);
  }

  async expire(key: Uint8Array, id: Hex): Promise<MinedAt> {
    return await this.#send(key, this.#ledger, "expire", [id]);
  }

  /** 0 none, 1 open, 2 answered, 3 broken. */
  async challengeOf(
    id: Hex,
  ): Promise<{ status: number; deadline: number; region: number; day: number; index: number }> {
    const c = await this.#read<Record<string, never>>(this.#ledger, "challengeOf", id);
    return {
      status: Number(c["status"]),
      deadline: Number(c["deadline"]),
      region: Number(c["region"]),
      day: Number(c["day"]),
      index: Number(c["index"]),
    };
  }

  /** Challenges that wait for the operator's answer, with what the events say of them. */
  async openChallenges(): Promise<{ id: Hex; region: number; day: number; index: number }[]> {
    const events = await this.#scanner.events(this.#ledger, "Challenged");
    const ids = events.map((event) => (event as unknown as { args: { id: Hex } }).args.id);
    const waiting = ids.filter((id) => !this.#settled.has(id));
    const states = await Promise.all(waiting.map(async (id) => ({ id, ...(await this.challengeOf(id)) })));
    for (const { id, status } of states) if (status > 1) this.#settled.add(id);
    return states
      .filter(({ status }) => status === 1)
      .map(({ id, region, day, index }) => ({ id, region, day, index }));
  }

  async contradictCheckpoints(key: Uint8Array, a: object, sigA: Hex, b: object, sigB: Hex): Promise<MinedAt> {
    return await this.#send(key, this.#ledger, "contradictCheckpoints", [a, sigA, b, sigB]);
  }

  /** Puts a submission's hash on chain that the operator did not answer. The key is its provider's. */
  async lodge(key: Uint8Array, region: number, submission: Hex): Promise<MinedAt> {
    return await this.#send(key, this.#ledger, "lodge", [region, submission]);
  }

  /** Lodged submissions of a region that had two days of chain time or more to be sealed. */
  async overdueLodged(region: number): Promise<{ submission: Hex; lodgedAt: number }[]> {
    const events = await this.#eventsOf("Lodged", region);
    const now = await this.chain.headTime();
    const lodged = await Promise.all(
      events.map(async (event) => {
        const { submission } = (event as unknown as { args: { submission: Hex } }).args;
        return { submission, lodgedAt: Number(await this.#read<bigint>(this.#ledger, "lodgedAt", region, submission)) };
      }),
    );
    return lodged.filter(({ lodgedAt }) => lodgedAt + LODGED_SECONDS <= now);
  }

  async convictionsOf(region: number): Promise<number> {
    return Number(await this.#read<bigint>(this.#ledger, "convictionsOf", region));
  }
}
