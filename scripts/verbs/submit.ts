import { readFileSync, writeFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import { batches, signVisits } from "../../core/batch.ts";
import type { Hex } from "../../core/bytes.ts";
import { isUuid } from "../../core/id.ts";
import { addressOfKey } from "../../core/signature.ts";
import { systemClock } from "../../server/clock.ts";
import { signerOf } from "../../server/keys/native.ts";
import { EntryMaker } from "../dataset/entries.ts";
import { DatasetRefused } from "../dataset/load.ts";
import { readTable } from "../dataset/read.ts";
import { readPrivateKey } from "../privateKey.ts";
import { EXIT, need, text, UsageError, type Verb } from "../verb.ts";

const verb: Verb = {
  usage: "submit <visits.csv> --server URL --key FILE --api-key-file FILE --region CODE",
  summary: "sign visits on this machine and send them; receipts are kept beside the file",
  options: {
    server: { type: "string" },
    key: { type: "string" },
    "api-key-file": { type: "string" },
    region: { type: "string" },
    "passphrase-file": { type: "string" },
  },
  async run(call) {
    const [file] = call.positionals;
    if (!file || basename(file) !== "visits.csv") throw new UsageError("a file named visits.csv is needed");
    const server = need(call, "server");
    const region = Number(need(call, "region"));
    const apiKey = readFileSync(need(call, "api-key-file"), "utf8").trim();
    const key = await readPrivateKey(need(call, "key"), text(call, "passphrase-file"));
    const table = await readTable(dirname(file), "visits.csv");
    // A provider's file names carers and elders by their pseudonyms.
    for (const { line, row } of table.rows)
      for (const column of ["caregiver", "elder"] as const)
        if (!isUuid(row[column]))
          table.errors.push({ file: "visits.csv", line, column, reason: "not a pseudonym (UUID) of the registry" });
    if (table.errors.length > 0) throw new DatasetRefused(table.errors);
    const { ledgerId } = (await (await fetch(`${server}/api/v1/ledger`)).json()) as { ledgerId: Hex };
    const maker = new EntryMaker(
      region,
      (_kind, id) => id,
      () => systemClock.now(),
      0,
    );
    const provider = table.rows[0]?.row.provider ?? "";
    const signer = { ledgerId, submitter: provider, sign: signerOf(key), now: () => systemClock.now() };
    const receipts: unknown[] = [];
    for (const batch of batches(table.rows)) {
      const body = signVisits(
        signer,
        batch.map(({ row }) => maker.visit(row)),
      );
      const response = await fetch(`${server}/api/v1/visits`, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${apiKey}` },
        body: JSON.stringify(body),
      });
      const answer = (await response.json()) as {
        issues?: { pointer: string; code: string }[];
        code?: string;
        title?: string;
      };
      if (!response.ok) {
        for (const issue of answer.issues ?? [])
          process.stderr.write(
            `visits.csv:${batch[Number(issue.pointer.split("/")[2])]?.line ?? "?"}: ${issue.pointer.split("/").slice(3).join(".")}: ${issue.code}\n`,
          );
        process.stderr.write(`refused: ${answer.code}: ${answer.title}\n`);
        return EXIT.refused;
      }
      receipts.push({ ...answer, sent: body });
      // Kept at once: the receipt is what a provider can hold against the operator, and what is returned to an
      // operator who lost it, together with what was sent: its salts were drawn here.
      writeFileSync(`${file}.receipts.json`, `${JSON.stringify(receipts, null, 2)}\n`);
      call.out.progress("visits", receipts.length * 1000, table.rows.length);
    }
    call.out.result(
      { receipts: receipts.length, visits: table.rows.length, signer: addressOfKey(key) },
      `${table.rows.length} visits accepted; ${file}.receipts.json`,
    );
    return EXIT.ok;
  },
};
export default verb;
