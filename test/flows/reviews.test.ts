import { expect } from "chai";
import { dayOf } from "../../core/day.ts";
import { defaultRuleSet } from "../../core/rules/ruleSet.ts";
import type { VisitInput } from "../../server/records/schema.ts";
import type { EventDetails } from "../../server/reviews/feeds.ts";
import { type Api, openApi, requestOf } from "../server/api.ts";
import { type OfficialKeys, openFunds, registerMoney, registerOfficials } from "../server/money.ts";
import {
  elderEntry,
  endDay,
  freshId,
  makeWorld,
  OFFSET,
  OTHER_PROVIDER,
  PROVIDER,
  REGION,
  registryBatch,
  visit,
  visitBatch,
  type World,
} from "../server/world.ts";

/** Verdicts from the sealed day to the money and back: what holds, what is contested, what turns out otherwise later. */
let w: World;
let keys: OfficialKeys;
const today = () => dayOf(w.clock.now(), OFFSET);
const sql = () => w.ledger.db.sql;
const desk = () => w.ledger.desk;
const lineOf = (entry: string) => {
  const { store } = w.ledger.settlements;
  const at = store.place(REGION, entry)!;
  const row = store.latest(REGION, at.day);
  return row ? store.line(REGION, at.day, row.revision, at.index) : null;
};
const outcomeOf = (entry: string) => desk().outcomeOf(desk().wordsOn(REGION, entry));
const wordsOf = (entry: string) =>
  desk()
    .wordsOn(REGION, entry)
    .map(({ verdict, decision }) => (verdict ? `${verdict.rule} ${verdict.severity}` : decision));

/** The day ends, is sealed, reviewed, anchored, and everything that can be settled is. */
async function nextDay(): Promise<void> {
  await endDay(w);
  await w.ledger.reviews.reviewDue(REGION);
  await w.ledger.settlements.settleDue(REGION);
  // Noon: what is submitted now was served today.
  later(12);
}
let fixes = 0;
async function submit(...visits: VisitInput[]): Promise<string[]> {
  for (const one of visits) {
    one.details.values.circumstances!.priceFen = 6501;
    // No phone gives the same fix twice.
    one.details.values.placeIn = { lon: 121_420_010 + ++fixes, lat: 31_220_020, accuracyM: 12 };
  }
  await w.ledger.records.submit(visitBatch(w, visits));
  return visits.map(({ id }) => id);
}
const denied = (over: Partial<VisitInput> = {}): VisitInput => {
  const one = visit(w, over);
  one.details.values.circumstances!.family = "denied";
  return one;
};
const later = (hours: number) => w.clock.moveTo(w.clock.now() + hours * 3600);
const refusal = async (work: Promise<unknown>) =>
  await work.then(
    () => "taken",
    (error: { code: string }) => error.code,
  );
const decide = (
  subject: string,
  outcome: "release" | "deny" | "ask" | "answer" | "appeal" | "uphold" | "overturn",
  by: string,
) => desk().decide({ region: REGION, subject, outcome, by, reason: "核实情况" });
const died = (day: number): EventDetails => ({
  type: "death",
  precision: "day",
  from: day * 86_400 - OFFSET * 60,
  official: 1,
});

describe("flow: reviews", () => {
  let clean: string;
  let held: string;
  let firstDay: number;
  before(async () => {
    w = await makeWorld();
    await registerMoney(w);
    keys = await registerOfficials(w);
    await openFunds(w, keys);
  });
  after(() => w.destroy());

  describe("reviews: rule sets", () => {
    it("refuses a rule that there is not, another version, a parameter out of bounds, unordered modes: every fault named", async () => {
      const set = defaultRuleSet();
      const [first, second, third, fourth, ...rest] = set.rules as [never, never, never, never, ...never[]];
      const rules = [
        { ...(first as object), id: "R99" },
        { ...(second as object), version: 9 },
        { ...(third as object), params: { overlapSeconds: -1, more: 1 } },
        {
          ...(fourth as object),
          modes: [
            { fromDay: 5, mode: "hard" },
            { fromDay: 5, mode: "soft" },
          ],
        },
        ...rest,
      ] as never;
      const error = await desk()
        .adopt(REGION, { ...set, rules }, 0)
        .catch((e: unknown) => e as { code: string; issues: { pointer: string; code: string }[] });
      expect((error as { code: string }).code).to.equal("invalid_input");
      expect(
        (error as { issues: { pointer: string; code: string }[] }).issues.map(
          ({ pointer, code }) => `${pointer} ${code}`,
        ),
      ).to.include.members([
        "/ruleSet/rules/0/id unknown_rule",
        "/ruleSet/rules/1/version other_version",
        "/ruleSet/rules/2/params/overlapSeconds invalid_value",
        "/ruleSet/rules/2/params/more invalid_value",
        "/ruleSet/rules/3/modes invalid_value",
      ]);
    });
    it("is an entry named by the hash of its text, the same for the same rules", async () => {
      await desk().adopt(REGION, defaultRuleSet(), 0);
      const [set] = w.ledger.reviews.store.ruleSets(REGION, today());
      await desk().adopt(REGION, defaultRuleSet(), 0);
      const again = w.ledger.reviews.store.ruleSets(REGION, today());
      expect(again.map(({ content }) => content)).to.deep.equal([set!.content, set!.content]);
    });
  });

  describe("reviews: from the sealed day to the line", () => {
    before(async () => {
      firstDay = today();
      [clean] = (await submit(visit(w))) as [string];
      later(2);
      [held] = (await submit(denied())) as [string];
    });
    it("settles a day only when what rules found of it is anchored, and names the rule set", async () => {
      await nextDay();
      expect(w.ledger.reviews.store.reviewOf(REGION, firstDay)!.count).to.equal(1);
      expect(w.ledger.settlements.store.latest(REGION, firstDay)).to.equal(null);
      expect(() => w.ledger.settlements.compute(REGION, firstDay)).to.throw("not reviewed");
      await nextDay();
      const row = w.ledger.settlements.store.latest(REGION, firstDay)!;
      expect(row.ruleset).to.equal(w.ledger.reviews.store.reviewOf(REGION, firstDay)!.ruleset);
    });
    it("pays the clean line and holds the other, with the hash of what stands against it", () => {
      expect(lineOf(clean)).to.include({ status: "paid", priceFen: 6501n });
      expect(lineOf(held)).to.include({ status: "held", priceFen: 0n });
      expect(lineOf(held)!.verdicts).to.not.match(/^0x0+$/);
      expect(lineOf(clean)!.verdicts).to.match(/^0x0+$/);
    });
    it("lists it in the queue, and explains it with sentence, numbers, record, history and the way to appeal", () => {
      const [item] = w.ledger.explanations.queue(REGION, ["held"], { day: 0, index: -1 }, 10);
      expect(item).to.include({ entry: held, state: "held" });
      const found = w.ledger.explanations.explain(REGION, item!.verdicts[0]!);
      expect(found.sentence.zh).to.equal("家属表示没有上门服务。");
      expect(found.records.map(({ id }) => id)).to.deep.equal([held]);
      expect(found.rule).to.include({ id: "R28", level: "H/M" });
      expect(found.history).to.include({ decided: 0, wrong: 0, budgetPercent: 10 });
      expect(found.appeal.until).to.match(/^\d{4}-\d{2}-\d{2}$/);
    });
    it("computes the same verdicts again, byte for byte, also after a restart", async () => {
      expect(w.ledger.reviews.replay(REGION, firstDay)).to.include({ same: true, erased: 0 });
      await w.restart();
      expect(w.ledger.reviews.replay(REGION, firstDay)).to.include({ same: true });
      expect(() => w.ledger.reviews.replay(REGION, today())).to.throw("no such thing");
    });
    it("makes no second review of a day", async () => {
      expect(await w.ledger.reviews.reviewDue(REGION)).to.deep.equal([]);
    });
  });

  describe("reviews: decisions", () => {
    it("refuses to decide what nothing stands against, or to appeal what is only held", async () => {
      expect(await refusal(decide(clean, "release", "wu"))).to.equal("line_state");
      expect(await refusal(decide(held, "appeal", "provider"))).to.equal("line_state");
      expect(await refusal(decide(freshId(), "release", "wu"))).to.equal("not_found");
    });
    it("refuses whoever entered the record themselves", async () => {
      // The key that signed the submission is of the person `provider`.
      expect(await refusal(decide(held, "release", "provider"))).to.equal("second_person_needed");
    });
    it("asks, is answered, denies; refuses the same person on the appeal, and lets another overturn it", async () => {
      await decide(held, "ask", "wu");
      await decide(held, "answer", "station");
      await decide(held, "deny", "wu");
      await decide(held, "appeal", "station");
      expect(await refusal(decide(held, "overturn", "wu"))).to.equal("second_person_needed");
      expect(outcomeOf(held)).to.equal("denied");
      await decide(held, "overturn", "zheng");
      expect(wordsOf(held)).to.deep.equal(["R28 hold", "ask", "answer", "deny", "appeal", "overturn"]);
      expect(outcomeOf(held)).to.equal("pay");
      expect(await refusal(decide(held, "appeal", "station"))).to.equal("line_state");
    });
    it("settles the day again once the decision is anchored, and counts the finding as wrong", async () => {
      await nextDay();
      await nextDay();
      expect(lineOf(held)).to.include({ status: "paid", priceFen: 6501n });
      expect(w.ledger.explanations.history(REGION).find(({ rule }) => rule === "R28")).to.include({
        decided: 1,
        wrong: 1,
        spent: false,
      });
    });
    it("refuses an appeal after its time", async () => {
      const [late] = (await submit(denied())) as [string];
      await nextDay();
      await decide(late, "deny", "wu");
      for (let i = 0; i < 16; i++) await nextDay();
      expect(await refusal(decide(late, "appeal", "station"))).to.equal("too_late");
    });
  });

  describe("reviews: what arrives late", () => {
    let feed: string;
    let visited: string;
    let on: number;
    it("blocks a paid visit when a death is told later, and takes the money back by settling again", async () => {
      on = today();
      [visited] = (await submit(visit(w))) as [string];
      await nextDay();
      await nextDay();
      expect(lineOf(visited)).to.include({ status: "paid" });
      const { receipt } = await desk().feed(REGION, [
        { subject: w.elder, event: died(on - 1), source: "户籍", by: "wu" },
      ]);
      feed = w.ledger.settlements.store.idAt(REGION, receipt.day, receipt.firstIndex);
      await nextDay();
      expect(outcomeOf(visited)).to.equal("denied");
      await nextDay();
      expect(lineOf(visited)).to.include({ status: "denied", priceFen: 0n });
    });
    it("knows what a feed states already, so that an import may be repeated", () => {
      const told = { subject: w.elder, event: died(on - 1), source: "户籍" };
      const other = { ...told, source: "医院" };
      expect(desk().unknownFeeds(REGION, [told, other])).to.deep.equal([other]);
    });
    it("refuses a feed about nobody, and the one who entered it as reviewer", async () => {
      expect(
        await refusal(desk().feed(REGION, [{ subject: freshId(), event: died(on), source: "x", by: "wu" }])),
      ).to.equal("no_match");
      await decide(visited, "appeal", "station");
      expect(await refusal(decide(visited, "overturn", "wu"))).to.equal("second_person_needed");
      await decide(visited, "uphold", "zheng");
    });
    it("takes back everything that rested on a retracted feed", async () => {
      const [fresh] = (await submit(visit(w))) as [string];
      await nextDay();
      expect(wordsOf(fresh)).to.deep.equal(["R14 block"]);
      await desk().retract(REGION, feed, "zheng", "同名误报");
      expect(await refusal(desk().retract(REGION, feed, "zheng", "同名误报"))).to.equal("already_done");
      await nextDay();
      expect(wordsOf(fresh)).to.deep.equal([]);
      await nextDay();
      expect(lineOf(fresh)).to.include({ status: "paid" });
      const replays = w.ledger.reviews.store
        .reviews(REGION, 0, today())
        .map(({ reviewedDay }) => w.ledger.reviews.replay(REGION, reviewedDay).same);
      expect(replays.every(Boolean)).to.equal(true);
    });
    it("drops a pair's verdict when one of the two is corrected", async () => {
      const first = visit(w);
      const [a] = await submit(first);
      later(0.1);
      const [b] = await submit(visit(w, { startedAt: first.startedAt + 60, endedAt: first.endedAt + 60 }));
      await nextDay();
      expect([wordsOf(a!), wordsOf(b!)]).to.deep.equal([["R03 block"], ["R03 block"]]);
      const correction = visit(w, { replaces: b!, startedAt: first.startedAt - 7200, endedAt: first.endedAt - 7200 });
      correction.details.values.circumstances!.reason = "录入错误";
      await submit(correction);
      await nextDay();
      expect(wordsOf(a!)).to.deep.equal([]);
    });
    it("matches a feed to the one person of whom two identifiers agree", async () => {
      const idNumber = "31010519450101002X";
      const wanted = { kind: "elder" as const, name: "李桂英", birthDate: "1945-01-01" };
      expect(() => desk().match(REGION, wanted)).to.throw("two identifiers");
      expect(() => desk().match(REGION, { ...wanted, idNumber: "110105194912310021" })).to.throw("two identifiers");
      expect(desk().match(REGION, { ...wanted, idNumber })).to.equal(w.elder);
    });
  });

  describe("reviews: modes", () => {
    it("notes and pays in shadow, holds in soft", async () => {
      const set = (mode: "shadow" | "soft") => ({
        ...defaultRuleSet(),
        rules: defaultRuleSet().rules.map((rule) => ({ ...rule, modes: [{ fromDay: 0, mode }] })),
      });
      const twice = () => {
        const one = visit(w);
        return [one, { ...visit(w), startedAt: one.startedAt, endedAt: one.endedAt }];
      };
      await desk().adopt(REGION, set("shadow"), today());
      const [noted] = await submit(...twice());
      await nextDay();
      expect([wordsOf(noted!), outcomeOf(noted!)]).to.deep.equal([["R03 mark"], "pay"]);
      await desk().adopt(REGION, set("soft"), today());
      const [soft] = await submit(...twice());
      await nextDay();
      expect([wordsOf(soft!), outcomeOf(soft!)]).to.deep.equal([["R03 hold"], "held"]);
    });
  });

  describe("reviews: one that could not be written", () => {
    it("is made anew, as if there had been no other", async () => {
      const day = today();
      const hour = (n: number) => day * 86_400 - OFFSET * 60 + n * 3600;
      const at = (n: number) => visit(w, { startedAt: hour(n), endedAt: hour(n) + 1800 });
      w.clock.moveTo(hour(21));
      await submit(...[6, 7, 8, 9, 10, 11, 13, 15, 17].map(at));
      await endDay(w);
      const { entries } = w.ledger;
      const { append } = entries;
      Object.assign(entries, { append: () => Promise.reject(new Error("no room")) });
      await w.ledger.reviews.reviewDue(REGION).then(
        () => expect.fail("was written"),
        (error: Error) => expect(error.message).to.equal("no room"),
      );
      Object.assign(entries, { append });
      await w.ledger.reviews.reviewDue(REGION);
      // One more of that day: ten, not nineteen.
      const [late] = (await submit(at(19))) as [string];
      await nextDay();
      await nextDay();
      expect(wordsOf(late)).not.to.include("R10 hold");
      for (const one of [day, day + 1]) expect(w.ledger.reviews.replay(REGION, one)).to.include({ same: true });
    });
  });

  describe("reviews: the books", () => {
    const check = async () => (await w.ledger.fsck({ details: true, chain: true })).faults;
    const TABLES = ["rule_set", "review", "verdict", "decision", "feed"] as const;
    it("are consistent, with every settlement priced again out of verdicts and decisions", async () =>
      expect(await check()).to.deep.equal([]));
    for (const table of TABLES) {
      it(`refuse UPDATE and DELETE on ${table}`, () => {
        expect(() => sql().prepare(`UPDATE ${table} SET region = region`).run()).to.throw(`append-only: ${table}`);
        expect(() => sql().prepare(`DELETE FROM ${table}`).run()).to.throw(`append-only: ${table}`);
      });
      it(`show a change to any column of ${table}`, async () => {
        const triggers = sql().prepare("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").all() as {
          name: string;
          sql: string;
        }[];
        for (const { name } of triggers) sql().exec(`DROP TRIGGER "${name}"`);
        const columns = (sql().prepare(`PRAGMA table_info("${table}")`).all() as { name: string }[]).map(
          ({ name }) => name,
        );
        const rowid = sql().prepare(`SELECT max(rowid) FROM "${table}" WHERE day < ?`).pluck().get(today()) as number;
        const row = sql().prepare(`SELECT * FROM "${table}" WHERE rowid = ?`).get(rowid) as Record<
          string,
          Buffer | number | string | null
        >;
        for (const column of columns) {
          const value = row[column]!;
          const changed =
            value === null
              ? Buffer.alloc(16, 7)
              : Buffer.isBuffer(value)
                ? Buffer.from(value.map((byte) => byte ^ 1))
                : typeof value === "number"
                  ? value + 1000
                  : `${value} `;
          const set = sql().prepare(`UPDATE "${table}" SET "${column}" = ? WHERE rowid = ?`);
          set.run(changed, rowid);
          const faults = await check().finally(() => set.run(value, rowid));
          expect(faults, `${table}.${column}`).to.not.deep.equal([]);
        }
        for (const trigger of triggers) sql().exec(trigger.sql);
        expect(await check()).to.deep.equal([]);
      }).timeout(120_000);
    }
  });

  describe("reviews: an erased person", () => {
    it("leaves verdicts that nobody can compute again, and says so; the books stay consistent", async () => {
      const elder = freshId();
      await w.ledger.registry.register(registryBatch(w, [elderEntry(elder, today())]));
      const day = today();
      await submit({ ...denied(), elder });
      await nextDay();
      await nextDay();
      expect(w.ledger.reviews.replay(REGION, day)).to.include({ same: true, erased: 0 });
      await w.ledger.erasures.approve(REGION, await w.ledger.erasures.request(REGION, elder, "a", "本人申请"), "b");
      const { same, erased } = w.ledger.reviews.replay(REGION, day);
      expect(same).to.equal(false);
      expect(erased).to.be.greaterThan(0);
      expect((await w.ledger.fsck({ details: true, chain: true })).faults).to.deep.equal([]);
    });
  });

  describe("reviews: the API", () => {
    let api: Api;
    async function call(method: string, path: string, key: string | null, body?: unknown) {
      const request = requestOf(method, key && api.keys[key], body);
      const response = await fetch(`${api.http.url}/api/v1${path}`, request);
      return { status: response.status, body: (await response.json()) as { code?: string; rules?: unknown[] } };
    }
    let waiting: string;
    let verdict: string;
    before(async () => {
      api = await openApi(w, [
        ["provider", "provider", PROVIDER],
        ["stranger", "provider", OTHER_PROVIDER],
        ["officer", "officer", String(REGION)],
        ["second", "officer", String(REGION)],
        ["auditor", "auditor", String(REGION)],
        ["elsewhere", "officer", "110101"],
      ]);
      await desk().adopt(REGION, defaultRuleSet(), today());
      [waiting] = (await submit(denied())) as [string];
      await nextDay();
      verdict = desk().wordsOn(REGION, waiting)[0]!.id;
    });
    after(() => api.http.stop());

    it("shows everybody the rules in both languages", async () => {
      const { status, body } = await call("GET", "/rules", null);
      expect(status).to.equal(200);
      expect(body.rules?.length).to.equal(35);
    });
    it("lets in each route's roles alone, each in its region and on its own records", async () => {
      const decision = { region: REGION, outcome: "release", reason: "核实无误" };
      const routes: [string, string, unknown, Record<string, number>][] = [
        ["GET", `/regions/${REGION}/queue`, undefined, { officer: 200, auditor: 200, provider: 403, elsewhere: 403 }],
        ["GET", `/regions/${REGION}/rule-set`, undefined, { officer: 200, provider: 200, elsewhere: 403 }],
        [
          "GET",
          `/regions/${REGION}/days/${today() - 1}/review`,
          undefined,
          { auditor: 200, provider: 403, elsewhere: 403 },
        ],
        ["GET", `/regions/${REGION}/days/${today() - 1}/replay`, undefined, { auditor: 200, stranger: 403 }],
        [
          "GET",
          `/entries/${waiting}/verdicts?region=${REGION}`,
          undefined,
          { provider: 200, officer: 200, stranger: 403, elsewhere: 403 },
        ],
        [
          "POST",
          `/verdicts/${verdict}/explanation`,
          { region: REGION, purpose: "申诉准备" },
          { provider: 200, auditor: 200, stranger: 403, elsewhere: 403 },
        ],
        ["POST", `/entries/${waiting}/decisions`, decision, { provider: 403, auditor: 403, elsewhere: 403 }],
        ["POST", `/entries/${waiting}/decisions`, { ...decision, outcome: "answer" }, { officer: 403, stranger: 403 }],
        [
          "POST",
          "/rule-sets",
          { region: REGION, validFrom: 0, ruleSet: defaultRuleSet() },
          { auditor: 403, provider: 403, elsewhere: 403 },
        ],
        [
          "POST",
          "/feeds",
          {
            region: REGION,
            subject: w.elder,
            source: "x",
            event: { type: "leave", precision: "day", from: 0, official: 1 },
          },
          { auditor: 403, provider: 403, elsewhere: 403 },
        ],
      ];
      for (const [method, path, body, expected] of routes) {
        expect((await call(method, path, null, body)).status, path).to.equal(401);
        for (const [key, status] of Object.entries(expected))
          expect((await call(method, path, key, body)).status, `${path} ${key}`).to.equal(status);
      }
    });
    it("writes every reading of an explanation into the log", () => {
      const reads = sql()
        .prepare("SELECT count(*) FROM access WHERE region = ? AND day = ?")
        .pluck()
        .get(REGION, today());
      expect(reads).to.equal(2);
    });
    it("refuses a decision without a reason, an unknown outcome, a feed about two persons or none, an end before its beginning", async () => {
      const path = `/entries/${waiting}/decisions`;
      expect((await call("POST", path, "officer", { region: REGION, outcome: "release" })).body.code).to.equal(
        "invalid_input",
      );
      expect(
        (await call("POST", path, "officer", { region: REGION, outcome: "pay", reason: "核实无误" })).body.code,
      ).to.equal("invalid_input");
      const event = { type: "leave", precision: "day", from: 100, official: 1 };
      const feed = { region: REGION, source: "x", event };
      expect((await call("POST", "/feeds", "officer", feed)).body.code).to.equal("invalid_input");
      expect(
        (await call("POST", "/feeds", "officer", { ...feed, subject: w.elder, identifiers: { kind: "elder" } })).body
          .code,
      ).to.equal("invalid_input");
      expect(
        (await call("POST", "/feeds", "officer", { ...feed, subject: w.elder, event: { ...event, to: 50 } })).body.code,
      ).to.equal("invalid_input");
      expect(
        (await call("POST", "/feeds", "officer", { ...feed, identifiers: { kind: "elder", phone: "1" } })).body.code,
      ).to.equal("no_match");
      expect(
        (await call("POST", `/feeds/${freshId()}/retraction`, "officer", { region: REGION, reason: "无此信息" })).body
          .code,
      ).to.equal("not_found");
    });
    it("takes a provider's answer and an officer's release, and refuses the second release", async () => {
      const path = `/entries/${waiting}/decisions`;
      expect(
        (
          await call("POST", path, "provider", {
            region: REGION,
            outcome: "answer",
            reason: "照片在此",
            evidence: [`sha256:${"ab".repeat(32)}`],
          })
        ).status,
      ).to.equal(201);
      expect(
        (await call("POST", path, "officer", { region: REGION, outcome: "release", reason: "核实无误" })).status,
      ).to.equal(201);
      expect(
        (await call("POST", path, "second", { region: REGION, outcome: "release", reason: "核实无误" })).body.code,
      ).to.equal("line_state");
    });
  });
});
