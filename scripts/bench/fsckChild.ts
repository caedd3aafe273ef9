import { SimulatedClock } from "../../server/clock.ts";
import { Home } from "../../server/home.ts";
import { openLedger } from "../../server/ledger.ts";
import { peakMb } from "./peak.ts";

/** fsck of a home, alone in a process: entries a second and the highest memory that it ever held. */
const [folder = "", now = "0", details = ""] = process.argv.slice(2);
const ledger = await openLedger({ home: new Home(folder), clock: new SimulatedClock(Number(now)), simulated: true });
const start = performance.now();
const { entries, ok } = await ledger.fsck({ details: details === "details", chain: true });
const time = (performance.now() - start) / 1000;
process.stdout.write(JSON.stringify({ ok, entries, time, peakMb: peakMb() }));
await ledger.close();
