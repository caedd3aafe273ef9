import { readFileSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline/promises";
import { describeRequest, requestProblem, type SigningRequest, signRequest } from "../../core/request.ts";
import { addressOfKey } from "../../core/signature.ts";
import { signerOf } from "../../server/keys/native.ts";
import { moneyJson, SigningRequestInput } from "../../server/payouts/schema.ts";
import { readPrivateKey } from "../privateKey.ts";
import { type Call, EXIT, need, text, UsageError, type Verb } from "../verb.ts";

/** A request file; throws UsageError with the field that is wrong. */
export function readRequest(file: string): SigningRequest {
  let raw: unknown;
  try {
    raw = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new UsageError(`${file}: ${(error as Error).message}`);
  }
  const parsed = SigningRequestInput.safeParse(raw);
  if (!parsed.success)
    throw new UsageError(
      parsed.error.issues.map(({ path, message }) => `${file}: ${path.join(".")}: ${message}`).join("\n"),
    );
  return parsed.data;
}

async function confirmed(call: Call): Promise<boolean> {
  if (call.values["yes"] === true) return true;
  if (!process.stdin.isTTY) throw new UsageError("look at the request and add --yes");
  const asked = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await asked.question("签署以上内容? Sign this? (yes) ");
  asked.close();
  return answer.trim() === "yes";
}

const verb: Verb = {
  usage: "sign <request.json> --key FILE [--passphrase-file FILE] [--out FILE]",
  summary: "show what an official is asked to sign, and sign it on this machine; the key never leaves it",
  options: {
    key: { type: "string" },
    "passphrase-file": { type: "string" },
    out: { type: "string" },
    yes: { type: "boolean" },
  },
  async run(call) {
    const [file] = call.positionals;
    if (!file) throw new UsageError("a request file is needed");
    const request = readRequest(file);
    const problem = requestProblem(request);
    if (problem) throw new UsageError(`${file}: ${problem}; nothing was signed`);
    for (const line of describeRequest(request)) process.stderr.write(`${line}\n`);
    if (!(await confirmed(call))) return EXIT.refused;
    const key = await readPrivateKey(need(call, "key"), text(call, "passphrase-file"));
    const signed = signRequest(request, signerOf(key), addressOfKey(key));
    const out = text(call, "out") ?? file;
    writeFileSync(out, `${moneyJson(signed, 2)}\n`);
    call.out.result(
      { file: out, signer: addressOfKey(key), signatures: signed.signatures.length },
      `${out} signed by ${addressOfKey(key)}`,
    );
    return EXIT.ok;
  },
};
export default verb;
