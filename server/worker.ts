import type { Logger } from "pino";
import { Refusal } from "../core/errors.ts";
import type { Ledger } from "./ledger.ts";

const TICK_MS = 5_000;
const RECONCILE_TICKS = 720;

export interface Readiness {
  ready: boolean;
  chain: "up" | "down" | "missing" | "other_root" | "other_ledger" | "ahead";
  unanchoredDays: number;
  /** Anchored days that wait for their settlement, in regions that have a fund. */
  unsettledDays: number;
  /** Regions that take nothing until receipts are back: their books were restored from a backup. */
  restoredRegions: number[];
  note: string;
}

/** Whether everything works. Accepting goes on while the chain is down; anchoring waits, and this says so. */
export async function readiness(ledger: Ledger): Promise<Readiness> {
  const up = (await ledger.chainTime()) !== null;
  const problem = ledger.anchors.problem();
  let [unanchoredDays, unsettledDays] = [0, 0];
  for (const { region, firstDay } of ledger.entries.store.regions()) {
    const sealed = ledger.seals.store.last(region)?.day ?? firstDay - 1;
    unanchoredDays += sealed - (ledger.anchors.store.lastDay(region) ?? firstDay - 1);
    if (ledger.funds.codes(region).length > 0) unsettledDays += ledger.settlements.store.unsettledDays(region).length;
  }
  const held = ledger.entries.store.regions().filter(({ region }) => ledger.entries.store.held(region));
  const restoredRegions = held.map(({ region }) => region);
  if (restoredRegions.length > 0) {
    const note = `the books of ${restoredRegions.join(", ")} were restored from a backup: nothing new is taken until receipts are back. See \`silverledger readmit\``;
    return {
      ready: false,
      chain: problem?.what ?? (up ? "up" : "down"),
      unanchoredDays,
      unsettledDays,
      restoredRegions,
      note,
    };
  }
  if (problem) {
    const note = `the chain differs from the books (${problem.what}, region ${problem.region}, day ${problem.day}); anchoring is stopped. Look at it, then \`silverledger anchor --replay\``;
    return { ready: false, chain: problem.what, unanchoredDays, unsettledDays, restoredRegions, note };
  }
  return {
    ready: up,
    chain: up ? "up" : "down",
    unanchoredDays,
    unsettledDays,
    restoredRegions,
    note: up ? "" : "records are accepted; anchoring waits for the chain",
  };
}

/**
 * The rounds of the server: keys from the chain, days that are over, seals that wait, challenges to answer. Each step
 * looks at the state itself, so that a start after a crash is a round like any other.
 */
export function startWorker(ledger: Ledger, log: Logger): { stop(): Promise<void> } {
  let ticks = 0;
  let stopped = false;
  let running: Promise<void> = Promise.resolve();
  let wasDown = false;

  /** Says a region's refusal when it begins, not on every round. */
  const refusing = new Map<number, string>();
  function seal(): void {
    const { sealed, refused } = ledger.seals.sealDue();
    for (const { region, day, size } of sealed) log.info({ region, day, size }, "sealed");
    for (const { region, refusal } of refused)
      if (refusing.get(region) !== refusal.code) log.error({ region, code: refusal.code }, "a day cannot be sealed");
    refusing.clear();
    for (const { region, refusal } of refused) refusing.set(region, refusal.code);
  }

  /** What money waits for: days to settle, approved runs whose window has passed. */
  async function money(): Promise<void> {
    await ledger.funds.sync();
    const problem = ledger.funds.problem();
    if (problem) return say("money", problem);
    for (const { region } of ledger.entries.store.regions()) {
      try {
        for (const { day, revision } of await ledger.settlements.settleDue(region))
          log.info({ region, day, revision }, "settled");
        const released = await ledger.payouts.releaseDue(region);
        if (released > 0) log.info({ region, released }, "runs released");
        said.delete(`money ${region}`);
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        say(`money ${region}`, `${error.code}: ${error.message}`);
      }
    }
  }

  /** Sealed days are reviewed before they are settled. A region whose review fails waits; nothing else waits for it. */
  async function review(): Promise<void> {
    for (const { region } of ledger.entries.store.regions()) {
      try {
        const done = await ledger.reviews.reviewDue(region);
        for (const { reviewedDay, count } of done) log.info({ region, day: reviewedDay, verdicts: count }, "reviewed");
        const spent = done.length === 0 ? [] : ledger.explanations.history(region).filter((rule) => rule.spent);
        for (const { rule, decided, wrong } of spent)
          log.warn({ region, rule, decided, wrong }, "a rule was found wrong more often than its budget allows");
        const told = await ledger.acrossRegions.lookDue(region, ledger.seals.store.last(region)?.day ?? 0);
        if (told > 0) log.info({ region, told }, "received in two regions");
        said.delete(`review ${region}`);
      } catch (error) {
        say(`review ${region}`, error instanceof Error ? error.message : String(error));
      }
    }
  }

  /** What cannot be done is said when it begins, not on every round. */
  const said = new Map<string, string>();
  function say(what: string, why: string): void {
    if (said.get(what) !== why) log.error({ what, why }, "waits");
    said.set(what, why);
  }

  async function round(): Promise<void> {
    seal();
    if ((await ledger.chainTime()) === null) throw new Error("the chain cannot be reached");
    await ledger.keys.refresh();
    if (ticks % RECONCILE_TICKS === 0) {
      const problem = await ledger.anchors.reconcile();
      if (problem) log.error(problem, "the chain differs from the books; anchoring is stopped");
    }
    ticks++;
    const anchored = await ledger.anchors.anchorDue();
    if (anchored > 0) log.info({ days: anchored }, "anchored");
    await answerChallenges(ledger, log);
    await review();
    await money();
  }

  async function loop(): Promise<void> {
    while (!stopped) {
      try {
        await round();
        if (wasDown) log.info("the chain is back");
        wasDown = false;
      } catch (error) {
        if (!wasDown) log.warn({ err: error }, "round failed; trying again");
        wasDown = true;
      }
      for (let waited = 0; waited < TICK_MS && !stopped; waited += 100)
        await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  running = loop();
  return {
    async stop() {
      stopped = true;
      await running;
    },
  };
}

/** Shows what was asked for; a challenge that cannot be answered stays open and will be recorded as broken. */
async function answerChallenges(ledger: Ledger, log: Logger): Promise<void> {
  for (const { id, region, day, index } of await ledger.contracts.openChallenges()) {
    const found = ledger.seals.store.of(region, day) && ledger.audits.answer(region, day, index);
    if (!found) {
      log.error({ id, region, day, index }, "a challenge cannot be answered");
      continue;
    }
    await ledger.contracts.answer(
      ledger.operatorKey,
      found.receipt,
      found.k,
      found.submission,
      found.digest,
      found.submissionProof,
      found.dayProof,
    );
    log.info({ id, region, day, index }, "challenge answered");
  }
}
