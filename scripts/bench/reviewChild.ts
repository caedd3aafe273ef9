import { emptyDay, Reviewer } from "../../core/rules/engine.ts";
import { defaultRuleSet } from "../../core/rules/ruleSet.ts";
import { peakMb } from "./peak.ts";
import { districtBook, pastOf, visitsOfDay } from "./reviewDay.ts";

/** The third of three equal days reviewed, alone in a process, each visit made when it is asked for: the highest memory held. */
const [count = "0", last = "0"] = process.argv.slice(2);
const day = Number(last);
const visits = (of: number) => visitsOfDay(Number(count), of);
const reviewer = new Reviewer(defaultRuleSet(), pastOf([]));
const book = districtBook();
for (const before of [day - 2, day - 1]) reviewer.skip({ ...emptyDay(before), visits: visits(before) }, book);
const verdicts = reviewer.review({ ...emptyDay(day), visits: visits(day) }, book).length;
process.stdout.write(JSON.stringify({ verdicts, peakMb: peakMb() }));
