import { writeSync } from "node:fs";
import { pino } from "pino";
import { dayOf } from "../../core/day.ts";
import { SimulatedClock } from "../../server/clock.ts";
import { Home } from "../../server/home.ts";
import { openLedger } from "../../server/ledger.ts";
import { serve } from "../../server/serve.ts";
import { OFFSET, PROVIDER, REGION, visit, visitBatch, type World } from "../server/world.ts";

/**
 * A process that is killed at one named step: `crashChild.ts <step> <home> <clock> <carer> <elder>`. It wraps the
 * service of that step, so that the product holds no code for its tests. Acknowledged receipts go to standard output.
 */
const [step, folder, time, carer, elder] = process.argv.slice(2) as [string, string, string, string, string];
const die = (): never => {
  process.kill(process.pid, "SIGKILL");
  throw new Error("unreachable");
};
const home = new Home(folder);
const clock = new SimulatedClock(Number(time));
const ledger = await openLedger({ home, clock });
const w = { home, clock, ledger, carer, elder, providerKey: home.key(`provider-${PROVIDER}`) } as World;
const nextDay = () => clock.moveTo((dayOf(clock.now(), OFFSET) + 1) * 86_400 - OFFSET * 60 + 600);
const submit = async () => {
  const batch = visitBatch(w, [visit(w), visit(w)]);
  writeSync(1, `${JSON.stringify({ sent: batch })}\n`);
  const { receipt } = await ledger.records.submit(batch);
  writeSync(1, `${JSON.stringify({ receipt, ids: batch.visits.map(({ id }) => id) })}\n`);
};

const steps: Record<string, () => Promise<unknown>> = {
  /** Inside the append transaction, after some rows. */
  async "append: before commit"() {
    const { append } = ledger.entries.store;
    ledger.entries.store.append = (jobs, now) => append(jobs, now, die);
    await submit();
  },
  async "append: after commit, before the answer"() {
    const { append } = ledger.entries.store;
    ledger.entries.store.append = (jobs, now, sign) => {
      append(jobs, now, sign);
      return die();
    };
    await submit();
  },
  async "seal: after the day turned"() {
    nextDay();
    ledger.seals.store.seal = die;
    ledger.seals.sealDue();
  },
  async "seal: inside its transaction"() {
    nextDay();
    const { appendClose } = ledger.entries.store;
    ledger.entries.store.appendClose = (...args) => {
      appendClose(...args);
      die();
    };
    ledger.seals.sealDue();
  },
  async "anchor: before the transaction is sent"() {
    nextDay();
    ledger.seals.sealDue();
    ledger.contracts.seal = die;
    await ledger.anchors.anchorDue();
  },
  async "anchor: after the block, before our own row"() {
    nextDay();
    ledger.seals.sealDue();
    ledger.anchors.store.save = die as never;
    await ledger.anchors.anchorDue();
  },
  async "erase: after the entry, before the key is destroyed"() {
    const id = await ledger.erasures.request(REGION, elder, "a", "本人申请");
    const { append } = ledger.entries;
    ledger.entries.append = async (job) => {
      await append(job);
      return die();
    };
    await ledger.erasures.approve(REGION, id, "b");
  },
  /** Serves until the parent kills it. */
  async serve() {
    const key = await ledger.identity.createKey({
      name: `burst-${clock.now()}-${process.pid}`,
      role: "provider",
      scope: PROVIDER,
    });
    const running = await serve(ledger, pino({ level: "silent" }), {
      host: "127.0.0.1",
      port: 0,
      rateLimit: 1_000_000,
      worker: false,
    });
    writeSync(1, `${JSON.stringify({ url: running.url, key })}\n`);
    await new Promise(() => undefined);
  },
};

await submit();
await steps[step]!();
writeSync(1, `${JSON.stringify({ survived: step })}\n`);
process.exit(1);
