import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { dayOf, dayStart } from "../../core/day.ts";
import { SimulatedClock, systemClock } from "../../server/clock.ts";
import { Home } from "../../server/home.ts";
import { openLedger } from "../../server/ledger.ts";
import { DemoMonth } from "../dataset/demoMonth.ts";
import { demoPeople } from "../dataset/demoPeople.ts";
import { generateDataset } from "../dataset/generate.ts";
import { playFolder } from "../dataset/load.ts";
import { type Call, EXIT, UsageError, type Verb } from "../verb.ts";

export const DEMO_DAYS = 14;
const INSTANCES = 3;
/** Staged cases of each fraud, and of each honest look-alike. */
const DEMO_CASES = 1;
const OFFSET = 480;
const LOADING = "demo.loading";

/** Whether the home is new, or holds a demonstration whose loading was interrupted. */
export function needsDemo(folder: string): boolean {
  const empty = !existsSync(folder) || readdirSync(folder).length === 0;
  return empty || existsSync(join(folder, LOADING));
}

/** Loads the demo district: 14 days that end yesterday, under the simulated clock, each sealed and anchored. */
export async function loadDemo(call: Call): Promise<void> {
  const folder = call.config.home;
  // An interrupted loading is begun anew: a demonstration holds nothing of anybody's.
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, LOADING), "");
  const firstDay = dayOf(systemClock.now(), OFFSET) - DEMO_DAYS;
  const dataset = join(folder, "dataset");
  mkdirSync(dataset);
  for (const [name, content] of Object.entries(
    generateDataset({
      instances: INSTANCES,
      days: DEMO_DAYS,
      firstDay,
      seed: 20_261_123,
      cases: DEMO_CASES,
      acceptable: true,
    }),
  )) {
    writeFileSync(join(dataset, name), content);
  }
  const home = new Home(folder);
  const clock = new SimulatedClock(dayStart(firstDay, OFFSET) + 6 * 3600);
  const ledger = await openLedger({ home, clock, simulated: true });
  try {
    const month = new DemoMonth(ledger, home, clock, dataset);
    const { days, visits } = await playFolder(ledger, home, clock, dataset, call.out.progress, month);
    call.out.line(
      `演示区划已载入 demo district loaded: ${visits} visits, ${days} days sealed, anchored, reviewed and settled`,
    );
    const region = ledger.entries.store.regions()[0]!.region;
    for (const [name, role, scope] of [
      ["demo-auditor", "auditor", String(region)],
      ["demo-officer-a", "officer", String(region)],
      ["demo-officer-b", "officer", String(region)],
    ] as const) {
      const key = await ledger.identity.createKey({ name, role, scope });
      call.out.line(`API key ${name}: ${key}   (shown once)`);
    }
    const provider = ledger.registry.store.list(region, "Provider", "", 1)[0]!.subject;
    call.out.line("登录 sign-ins (演示专用,只显示一次 demonstration only, shown once):");
    for (const { username, name, role, password, codes } of await demoPeople(ledger, home, region, provider))
      call.out.line(
        `  ${username.padEnd(17)} ${password}  ${role} ${name}${codes ? "  + 动态口令 one-time code" : ""}`,
      );
    call.out.line("动态口令 one-time codes: npx silverledger people code --username NAME");
    const example = ledger.records.store.list({
      region,
      provider: null,
      fromDay: 0,
      toDay: 0xffff_ffff,
      after: { day: 0, index: -1 },
      limit: 1,
    })[0];
    if (example)
      call.out.line(
        `try: npx silverledger proof ${example.id} --out visit.proof.json && npx silverledger verify visit.proof.json`,
      );
  } finally {
    await ledger.close();
  }
  rmSync(join(folder, LOADING));
}

const verb: Verb = {
  usage: "demo",
  summary: `load the demo district into an empty home (${DEMO_DAYS} days, simulated clock)`,
  async run(call) {
    if (!needsDemo(call.config.home)) throw new UsageError(`${call.config.home}: is not empty`);
    await loadDemo(call);
    call.out.result({ home: call.config.home }, call.config.home);
    return EXIT.ok;
  },
};
export default verb;
