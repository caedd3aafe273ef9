import { tmpdir } from "node:os";
import { emptyDay, Reviewer } from "../../core/rules/engine.ts";
import { defaultRuleSet } from "../../core/rules/ruleSet.ts";
import { SealedScratch } from "../../server/reviews/scratch.ts";
import { peakMb } from "./peak.ts";
import { districtBook, pastOf, visitsOfDay } from "./reviewDay.ts";

/** The last of some equal days reviewed, alone in a process, each visit made when it is asked for: the highest memory held. */
const [count = "0", last = "0", before = "0"] = process.argv.slice(2);
const day = Number(last);
const visits = (of: number) => visitsOfDay(Number(count), of);
const scratch = new SealedScratch(tmpdir());
const reviewer = new Reviewer(defaultRuleSet(), pastOf([]), { scratch });
const book = districtBook();
for (let of = day - Number(before); of < day; of++) reviewer.skip({ ...emptyDay(of), visits: visits(of) }, book);
const verdicts = reviewer.review({ ...emptyDay(day), visits: visits(day) }, book).length;
scratch.close();
process.stdout.write(JSON.stringify({ verdicts, peakMb: peakMb() }));
