import { dirname } from "node:path";
import type { CellError } from "../../server/imports/schema.ts";
import { pseudonyms } from "../dataset/entries.ts";
import { feedOf } from "../dataset/feeds.ts";
import { DatasetRefused } from "../dataset/load.ts";
import { readTable } from "../dataset/read.ts";
import { EXIT, need, regionOf, text, UsageError, type Verb, withExistingLedger } from "../verb.ts";

const verb: Verb = {
  usage: "feed <events.csv> --by NAME | feed --retract FEED --by NAME --reason WHY",
  summary: "enter deaths, stays, moves and leave that other authorities reported, or take one back",
  options: {
    region: { type: "string" },
    by: { type: "string" },
    retract: { type: "string" },
    reason: { type: "string" },
  },
  async run(call) {
    const [file] = call.positionals;
    const retracted = text(call, "retract");
    if (!file === !retracted) throw new UsageError(verb.usage);
    return await withExistingLedger(call, async (ledger, home) => {
      const region = regionOf(call, ledger);
      const by = need(call, "by");
      if (retracted) {
        const { receipt } = await ledger.desk.retract(region, retracted, by, need(call, "reason"));
        call.out.result({ retracted, receipt }, `已撤回 retracted: ${retracted}`);
        return EXIT.ok;
      }
      if (!file!.endsWith("events.csv")) throw new UsageError("the file is an events.csv");
      const table = await readTable(dirname(file!), "events.csv");
      const { offsetMinutes } = ledger.entries.store.regionRow(region);
      const of = pseudonyms(home.key("vault"), region);
      const feeds = table.rows.map(({ row, line }) => feedOf(row, line, of, offsetMinutes));
      const unknown = feeds
        .filter(({ subject }) => !ledger.desk.isPerson(region, subject))
        .map(({ line }): CellError => ({ file: "events.csv", line, column: "subject", reason: "not registered" }));
      const errors = [...table.errors, ...unknown];
      if (errors.length > 0) throw new DatasetRefused(errors);
      if (feeds.length === 0) throw new UsageError("the file holds no event");
      const { receipt } = await ledger.desk.feed(
        region,
        feeds.map(({ subject, event, source }) => ({ subject, event, source, by })),
      );
      call.out.result({ feeds: feeds.length, receipt }, `已登记 entered: ${feeds.length}`);
      return EXIT.ok;
    });
  },
};
export default verb;
