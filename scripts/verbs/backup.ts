import { chmodSync, existsSync, renameSync, rmSync } from "node:fs";
import { dateOfDay } from "../../core/day.ts";
import { openSql } from "../../server/db/client.ts";
import { openEntryStore } from "../../server/entries/store.ts";
import { EXIT, existingHome, need, UsageError, type Verb } from "../verb.ts";

const verb: Verb = {
  usage: "backup --out FILE",
  summary: "copy the database as it stands at one moment, beside a server that goes on; keys are not in it",
  options: { out: { type: "string" } },
  async run(call) {
    const home = existingHome(call);
    const file = need(call, "out");
    if (existsSync(file)) throw new UsageError(`${file}: is there already; a backup never takes the place of another`);
    const sql = openSql(home.path("ledger.db"));
    try {
      // Under another name until it is whole: half a copy must not pass for one.
      await sql.backup(`${file}.part`, {
        progress({ totalPages, remainingPages }) {
          call.out.progress("pages", totalPages - remainingPages, totalPages);
          return 1000;
        },
      });
    } finally {
      sql.close();
    }
    const copy = openSql(`${file}.part`);
    const regions = openEntryStore(copy)
      .regions()
      .map(({ region, openDay, size }) => ({ region, openDay: dateOfDay(openDay), size }));
    copy.close();
    for (const end of ["-wal", "-shm"]) rmSync(`${file}.part${end}`, { force: true });
    chmodSync(`${file}.part`, 0o600);
    renameSync(`${file}.part`, file);
    const until = regions.map(({ region, openDay, size }) => `${region} up to ${openDay}, ${size} entries of that day`);
    call.out.result({ file, regions }, `${file}: ${until.join("; ")}`);
    return EXIT.ok;
  },
};
export default verb;
