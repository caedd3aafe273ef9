import { expect } from "chai";
import { pino } from "pino";
import type { Hex } from "../../core/bytes.ts";
import { dayOf } from "../../core/day.ts";
import { ISSUES, PROBLEMS } from "../../core/errors.ts";
import { readNote } from "../../core/note.ts";
import { recover } from "../../core/signature.ts";
import { CHECKPOINT, RECEIPT, type Receipt } from "../../core/statement.ts";
import { domainSeparator, typedDigest } from "../../core/typedData.ts";
import { type Proof, type ReceiptedProof, verifyProof } from "../../core/verify.ts";
import { chainAnchorage } from "../../server/chain/anchorage.ts";
import type { VisitBatch, VisitInput } from "../../server/records/schema.ts";
import { type Running, serve } from "../../server/serve.ts";
import { openApi, requestOf } from "./api.ts";
import {
  carerEntry,
  elderEntry,
  endDay,
  freshId,
  freshSeed,
  makeWorld,
  OTHER_PROVIDER,
  PROVIDER,
  REGION,
  registerKey,
  registryBatch,
  visit,
  visitBatch,
  type World,
} from "./world.ts";

interface Problem {
  code: keyof typeof PROBLEMS;
  status: number;
  title: string;
  title_zh: string;
  issues?: { pointer: string; code: keyof typeof ISSUES; zh: string; en: string }[];
}

let w: World;
let http: Running;
const apiKeys: Record<string, string> = {};

async function call(
  method: string,
  path: string,
  body?: unknown,
  key = apiKeys["provider"],
): Promise<{ status: number; body: never; type: string }> {
  const response = await fetch(http.url + path, requestOf(method, key, body));
  const text = await response.text();
  const type = response.headers.get("content-type") ?? "";
  return { status: response.status, body: (type.includes("json") ? JSON.parse(text) : text) as never, type };
}
const post = (batch: unknown, key?: string) => call("POST", "/api/v1/visits", batch, key);
const submit = (visits: VisitInput[]) => post(visitBatch(w, visits));

/** Posts and expects a refusal with this code and, where given, this issue at this place. */
async function refused(
  batch: unknown,
  code: keyof typeof PROBLEMS,
  issue?: keyof typeof ISSUES,
  pointer?: string,
  key?: string,
): Promise<Problem> {
  const answer = await post(batch, key);
  const problem = answer.body as Problem;
  expect(problem.code, JSON.stringify(problem)).to.equal(code);
  expect(answer.status).to.equal(PROBLEMS[code].status);
  expect(answer.type).to.contain("application/problem+json");
  if (issue) expect(problem.issues!.map((i) => `${i.pointer} ${i.code}`)).to.include(`${pointer} ${issue}`);
  return problem;
}
const size = () => w.ledger.entries.store.regionRow(REGION).size;

// Hooks belong to this file alone: at the root they would run for every test of every file.
describe("the API", () => {
  before(async () => {
    w = await makeWorld();
    const api = await openApi(w, [
      ["provider", "provider", PROVIDER],
      ["other", "provider", OTHER_PROVIDER],
      ["importer", "importer", String(REGION)],
      ["officer-a", "officer", String(REGION)],
      ["officer-b", "officer", String(REGION)],
      ["auditor", "auditor", String(REGION)],
      ["elsewhere", "auditor", "110101"],
    ]);
    http = api.http;
    Object.assign(apiKeys, api.keys);
  });
  after(async () => {
    await http.stop();
    await w.destroy();
  });

  describe("HTTP: limits", () => {
    it("answers 429 with its code once a caller asks too often, and says when to come back", async () => {
      const strict = await serve(w.ledger, pino({ level: "silent" }), {
        host: "127.0.0.1",
        port: 0,
        rateLimit: 2,
        worker: false,
      });
      const answers = await Promise.all([1, 2, 3].map(() => fetch(`${strict.url}/api/v1/openapi.json`)));
      await strict.stop();
      expect(answers.map(({ status }) => status).sort()).to.deep.equal([200, 200, 429]);
      const refused = answers.find(({ status }) => status === 429)!;
      expect(((await refused.json()) as Problem).code).to.equal("rate_limited");
      expect(Number(refused.headers.get("retry-after"))).to.be.within(1, 60);
    });
  });

  describe("HTTP: submitting visits", () => {
    it("answers a signed receipt that names the place, and marks the ledger as simulated", async () => {
      const { status, body } = await submit([visit(w), visit(w)]);
      const answer = body as { receipt: Receipt; signature: Hex; operator: Hex; simulated: boolean };
      expect(status).to.equal(201);
      expect(
        recover(typedDigest(domainSeparator(w.ledger.file.ledgerId), RECEIPT, answer.receipt), answer.signature),
      ).to.equal(answer.operator);
      expect(answer.receipt.firstIndex + 2).to.equal(size());
      expect(answer.simulated).to.equal(true);
    });
    it("makes no key of a person whom only a stranger's batch names", async () => {
      const keysOf = () => w.ledger.db.sql.prepare("SELECT count(*) FROM person_key").pluck().get();
      const before = keysOf();
      const today = dayOf(w.clock.now(), 480);
      const stranger = registryBatch(w, [elderEntry(freshId(), today)], w.home.key("provider-stranger"));
      const { body } = await call("POST", "/api/v1/registry", stranger, apiKeys["importer"]);
      expect((body as Problem).code).to.equal("key_unknown");
      expect(keysOf()).to.equal(before);
    });
    it("gives the same receipt for the same submission, and appends nothing", async () => {
      const batch = visitBatch(w, [visit(w)]);
      const first = await post(batch);
      const before = size();
      const again = await post(batch);
      expect(again.body).to.deep.equal(first.body);
      expect(size()).to.equal(before);
    });
    it("takes 1,000 visits in one batch", async () => {
      expect((await submit(Array.from({ length: 1000 }, () => visit(w)))).status).to.equal(201);
    });
    it("corrects a visit once, with a reason, by its provider", async () => {
      const wrong = visit(w);
      await submit([wrong]);
      const right = visit(w, { replaces: wrong.id });
      right.details.values.circumstances!.reason = "结束时间填错";
      const path = `/api/v1/visits/${wrong.id}/correction`;
      expect((await call("POST", path, visitBatch(w, [right]))).status).to.equal(201);
      const shown = (await call("GET", `/api/v1/visits/${wrong.id}?region=${REGION}`)).body as { replacedBy: string };
      expect(shown.replacedBy).to.equal(right.id);
      const again = visit(w, { replaces: wrong.id });
      again.details.values.circumstances!.reason = "再改一次";
      await refused(visitBatch(w, [again]), "invalid_input", "already_replaced", "/visits/0/replaces");
    });
  });

  describe("HTTP: refusals of a batch", () => {
    const one = (change: Partial<VisitInput>): VisitBatch => visitBatch(w, [visit(w, change)]);
    const raw = (change: object): unknown => ({ ...visitBatch(w, [visit(w)]), ...change });
    const withVisit = (edit: (v: Record<string, unknown>) => void): unknown => {
      const batch = structuredClone(visitBatch(w, [visit(w)])) as unknown as { visits: Record<string, unknown>[] };
      edit(batch.visits[0]!);
      return batch;
    };

    it("refuses an unknown field", () =>
      refused(
        withVisit((v) => (v["colour"] = 1)),
        "invalid_input",
        "unknown_field",
        "/visits/0/colour",
      ));
    it("refuses a missing field", () =>
      refused(
        withVisit((v) => delete v["item"]),
        "invalid_input",
        "missing_field",
        "/visits/0/item",
      ));
    it("refuses a wrong type", () =>
      refused(
        withVisit((v) => (v["startedAt"] = "noon")),
        "invalid_input",
        "wrong_type",
        "/visits/0/startedAt",
      ));
    it("refuses an invalid UUID", () =>
      refused(
        withVisit((v) => (v["elder"] = "not-a-uuid")),
        "invalid_input",
        "invalid_uuid",
        "/visits/0/elder",
      ));
    it("refuses an invalid region", () =>
      refused(
        withVisit((v) => (v["region"] = 990101)),
        "invalid_input",
        "invalid_region",
        "/visits/0/region",
      ));
    it("refuses a credit code with a wrong check digit", () =>
      refused(
        withVisit((v) => (v["provider"] = "91110000600037341M")),
        "invalid_input",
        "invalid_credit_code",
        "/visits/0/provider",
      ));
    it("refuses too long a list", () =>
      refused(raw({ visits: Array.from({ length: 1001 }, () => visit(w)) }), "invalid_input", "too_long", "/visits"));
    it("refuses an empty list", () => refused(raw({ visits: [] }), "invalid_input", "too_short", "/visits"));
    it("refuses too long a text", () => {
      const v = visit(w);
      v.details.values.note = "长".repeat(2001);
      return refused(visitBatch(w, [v]), "invalid_input", "too_long", "/visits/0/details/values/note");
    });
    it("refuses a body that is not JSON", () => refused("{", "invalid_json"));
    it("refuses an oversized body", () => refused(JSON.stringify({ x: "x".repeat(5_000_000) }), "body_too_large"));
    it("refuses an end before the start", () =>
      refused(
        one({ endedAt: w.clock.now() - 4000, startedAt: w.clock.now() - 3000 }),
        "invalid_input",
        "end_before_start",
        "/visits/0/endedAt",
      ));
    it("refuses a visit of more than 24 hours", () =>
      refused(one({ startedAt: w.clock.now() - 90_000 }), "invalid_input", "too_long_visit", "/visits/0/endedAt"));
    it("refuses a visit in the future", () =>
      refused(one({ endedAt: w.clock.now() + 3600 }), "invalid_input", "in_future", "/visits/0/endedAt"));
    it("refuses a visit older than the policy", () =>
      refused(
        one({ startedAt: w.clock.now() - 60 * 86_400, endedAt: w.clock.now() - 60 * 86_400 + 1800 }),
        "invalid_input",
        "too_old",
        "/visits/0/startedAt",
      ));
    it("refuses an unknown carer", () =>
      refused(one({ caregiver: freshId() }), "invalid_input", "unknown_carer", "/visits/0/caregiver"));
    it("refuses an unknown elder", () =>
      refused(one({ elder: freshId() }), "invalid_input", "unknown_elder", "/visits/0/elder"));
    it("refuses an unknown item", () =>
      refused(one({ item: "massage" }), "invalid_input", "unknown_item", "/visits/0/item"));
    it("refuses an unknown provider", async () => {
      const unknown = "91310105MA1FW0002F";
      const { withCreditCheck } = await import("../../core/id.ts");
      const code = withCreditCheck(unknown.slice(0, 17));
      await refused(
        visitBatch(w, [visit(w, { provider: code })], w.providerKey, PROVIDER),
        "invalid_input",
        "unknown_provider",
        "/visits/0/provider",
      );
    });
    it("refuses a carer of another provider", () =>
      refused(one({ caregiver: w.otherCarer }), "invalid_input", "carer_of_other_provider", "/visits/0/caregiver"));
    it("refuses another provider's record", () =>
      refused(
        visitBatch(w, [visit(w, { provider: OTHER_PROVIDER, caregiver: w.otherCarer })]),
        "invalid_input",
        "other_provider",
        "/visits/0/provider",
      ));
    it("refuses a region that is not served here", () =>
      refused(visitBatch(w, [visit(w, { region: 110101 })]), "invalid_input", "unknown_region", "/region"));
    it("refuses a zero seed", () =>
      refused(
        one({ details: { seed: `0x${"00".repeat(16)}`, values: {} } }),
        "invalid_input",
        "zero_seed",
        "/visits/0/details",
      ));
    it("refuses a seed that was used before", async () => {
      const seed = freshSeed();
      await submit([visit(w, { details: { seed, values: {} } })]);
      await refused(one({ details: { seed, values: {} } }), "invalid_input", "reused_seed", "/visits/0/details/seed");
    });
    it("refuses a seed twice in one batch", async () => {
      const seed = freshSeed();
      await refused(
        visitBatch(w, [visit(w, { details: { seed, values: {} } }), visit(w, { details: { seed, values: {} } })]),
        "invalid_input",
        "reused_seed",
        "/visits/1/details/seed",
      );
    });
    it("refuses an id twice in one batch", async () => {
      const id = freshId();
      await refused(
        visitBatch(w, [visit(w, { id }), visit(w, { id })]),
        "invalid_input",
        "duplicate_id",
        "/visits/1/id",
      );
    });
    it("refuses a manual entry and a correction without a reason", async () => {
      const manual = visit(w);
      manual.details.values.circumstances!.entry = "manual";
      await refused(visitBatch(w, [manual]), "invalid_input", "reason_missing", "/visits/0/details");
      await refused(one({ replaces: freshId() }), "invalid_input", "reason_missing", "/visits/0/details");
    });
    const correcting = (replaces: string, change: Partial<VisitInput> = {}) => {
      const v = visit(w, { replaces, ...change });
      v.details.values.circumstances!.reason = "更正";
      return v;
    };
    it("refuses a correction of a visit that does not exist", () =>
      refused(visitBatch(w, [correcting(freshId())]), "invalid_input", "replaces_missing", "/visits/0/replaces"));
    it("refuses a correction of another provider's visit", async () => {
      const theirs = visit(w, { provider: OTHER_PROVIDER, caregiver: w.otherCarer });
      expect((await post(visitBatch(w, [theirs], w.otherKey, OTHER_PROVIDER), apiKeys["other"])).status).to.equal(201);
      await refused(
        visitBatch(w, [correcting(theirs.id)]),
        "invalid_input",
        "replaces_other_provider",
        "/visits/0/replaces",
      );
    });
    it("refuses two corrections of one visit in one batch", async () => {
      const v = visit(w);
      await submit([v]);
      await refused(
        visitBatch(w, [correcting(v.id), correcting(v.id)]),
        "invalid_input",
        "already_replaced",
        "/visits/1/replaces",
      );
    });
    it("refuses a correction at another visit's address", async () => {
      const answer = await call(
        "POST",
        `/api/v1/visits/${freshId()}/correction`,
        visitBatch(w, [correcting(freshId())]),
      );
      expect((answer.body as Problem).issues![0]!.pointer).to.equal("/visits/0/replaces");
    });
    it("refuses one bad record with the whole batch, and lists every reason", async () => {
      const before = size();
      const problem = await refused(
        visitBatch(w, [visit(w), visit(w, { item: "massage", elder: freshId() }), visit(w, { caregiver: freshId() })]),
        "invalid_input",
      );
      expect(problem.issues!.map((issue) => issue.pointer)).to.have.members([
        "/visits/1/item",
        "/visits/1/elder",
        "/visits/2/caregiver",
      ]);
      expect(size()).to.equal(before);
    });
    it("refuses a changed byte in a signed batch: root_mismatch", async () => {
      const batch = visitBatch(w, [visit(w)]);
      batch.visits[0]!.endedAt -= 1;
      await refused(batch, "root_mismatch");
      const details = visitBatch(w, [visit(w)]);
      details.visits[0]!.details.values.placeIn!.lon += 1;
      await refused(details, "root_mismatch");
    });
    it("refuses a count that is not the list's", async () => {
      const batch = visitBatch(w, [visit(w), visit(w)]);
      batch.visits.pop();
      await refused(batch, "count_mismatch");
    });
    it("refuses an id that was accepted with other bytes: 409 that lists the ids", async () => {
      const v = visit(w);
      await submit([v]);
      const problem = await refused(
        visitBatch(w, [visit(w), visit(w, { id: v.id })]),
        "id_conflict",
        "id_taken",
        "/visits/1/id",
      );
      expect(problem.issues).to.have.length(1);
    });
    it("refuses a signature that is none", () =>
      refused(raw({ signature: `0x${"00".repeat(65)}` }), "signature_invalid"));
    it("refuses a stranger's signature", () =>
      refused(visitBatch(w, [visit(w)], new Uint8Array(32).fill(3)), "key_unknown"));
    it("refuses another provider's key", () => refused(visitBatch(w, [visit(w)], w.otherKey), "key_unknown"));
    it("refuses a key that is not valid yet", async () => {
      const key = new Uint8Array(32).fill(4);
      const { addressOfKey } = await import("../../core/signature.ts");
      const { providerScope } = await import("../../core/keyBook.ts");
      await w.ledger.contracts.register(
        w.home.key("registrar"),
        addressOfKey(key),
        `0x${"01".repeat(32)}`,
        "Provider",
        providerScope(PROVIDER),
        w.clock.now() + 5000,
        null,
      );
      await w.ledger.keys.refresh();
      await refused(visitBatch(w, [visit(w)], key), "key_not_yet_valid");
    });
    it("refuses a revoked key, while its earlier receipts stay valid", async () => {
      const key = new Uint8Array(32).fill(5);
      const { addressOfKey } = await import("../../core/signature.ts");
      const { providerScope } = await import("../../core/keyBook.ts");
      await registerKey(w, key, "Provider", providerScope(PROVIDER), "provider, second key");
      const early = visitBatch(w, [visit(w)], key);
      expect((await post(early)).status).to.equal(201);
      w.clock.moveTo(w.clock.now() + 60);
      await w.ledger.contracts.revoke(w.home.key("registrar"), addressOfKey(key));
      w.clock.moveTo(w.clock.now() + 60);
      await w.ledger.keys.refresh();
      await refused(visitBatch(w, [visit(w)], key), "key_ended");
      expect((await post(early)).status).to.equal(201);
    });
  });

  describe("HTTP: who may do what", () => {
    it("refuses a missing, malformed or wrong API key", async () => {
      const batch = visitBatch(w, [visit(w)]);
      for (const key of ["", "slk_short", `slk_${"a".repeat(43)}`])
        await refused(batch, "unauthenticated", undefined, undefined, key);
    });
    it("refuses a key of another provider", () =>
      refused(visitBatch(w, [visit(w)]), "forbidden", undefined, undefined, apiKeys["other"]));
    it("refuses a revoked API key", async () => {
      const key = await w.ledger.identity.createKey({ name: "short-lived", role: "auditor", scope: String(REGION) });
      const list = () => call("GET", `/api/v1/visits?region=${REGION}`, undefined, key);
      expect((await list()).status).to.equal(200);
      await w.ledger.identity.revokeKey("short-lived");
      expect((await list()).status).to.equal(401);
    });
    it("never keeps an API key as it is", () => {
      const rows = JSON.stringify(w.ledger.db.sql.prepare("SELECT * FROM api_key").all());
      for (const key of Object.values(apiKeys)) expect(rows).to.not.contain(key);
    });
    it("shows a provider its own visits only", async () => {
      const mine = visit(w);
      await submit([mine]);
      expect((await call("GET", `/api/v1/visits/${mine.id}?region=${REGION}`)).status).to.equal(200);
      expect(
        (await call("GET", `/api/v1/visits/${mine.id}?region=${REGION}`, undefined, apiKeys["other"])).status,
      ).to.equal(404);
      const theirs = (await call("GET", `/api/v1/visits?region=${REGION}&limit=200`, undefined, apiKeys["other"]))
        .body as { visits: { provider: string }[] };
      expect(new Set(theirs.visits.map((v) => v.provider))).to.deep.equal(new Set([OTHER_PROVIDER]));
    });
    it("refuses an auditor of another region", async () => {
      expect((await call("GET", `/api/v1/visits?region=${REGION}`, undefined, apiKeys["elsewhere"])).status).to.equal(
        403,
      );
    });
    it("refuses roles that a route does not name", async () => {
      const id = freshId();
      const cases: [string, string, unknown, string][] = [
        ["POST", "/api/v1/visits", visitBatch(w, [visit(w)]), "auditor"],
        ["POST", "/api/v1/registry", registryBatch(w, [elderEntry(freshId(), 20_000)]), "provider"],
        ["POST", "/api/v1/erasures", { region: REGION, person: id, reason: "本人申请" }, "auditor"],
        ["GET", `/api/v1/registry/Elder/${w.elder}?region=${REGION}`, undefined, "provider"],
      ];
      for (const [method, path, body, role] of cases)
        expect((await call(method, path, body, apiKeys[role])).status, path).to.equal(403);
    });
  });

  describe("HTTP: reading", () => {
    it("pages through the list without gaps or repeats", async () => {
      const seen: string[] = [];
      let cursor = "";
      for (;;) {
        const page = (
          await call(
            "GET",
            `/api/v1/visits?region=${REGION}&limit=199${cursor && `&cursor=${cursor}`}`,
            undefined,
            apiKeys["auditor"],
          )
        ).body as { visits: { id: string }[]; next: string | null };
        seen.push(...page.visits.map((v) => v.id));
        if (!page.next) break;
        cursor = page.next;
      }
      const all = w.ledger.db.sql.prepare("SELECT count(*) FROM visit").pluck().get();
      expect(seen.length).to.equal(all);
      expect(new Set(seen).size).to.equal(all);
    });
    it("refuses a wrong cursor, limit or region", async () => {
      for (const query of [
        "region=310105&cursor=x",
        "region=310105&limit=0",
        "region=310105&limit=1001",
        "region=1",
        "",
        "region=310105&colour=red&limit=x",
      ]) {
        expect((await call("GET", `/api/v1/visits?${query}`)).status, query).to.equal(422);
      }
    });
    it("asks the registry for all versions, and for the one that was valid on a past day", async () => {
      const today = w.ledger.entries.store.regionRow(REGION).openDay;
      const second = carerEntry(w.carer, PROVIDER, today, 2);
      const moved = { ...second, validFrom: today, details: { ...second.details } } as typeof second;
      await w.ledger.registry.register(registryBatch(w, [moved]));
      const ask = async (query: string) =>
        (
          (
            await call(
              "GET",
              `/api/v1/registry/Carer/${w.carer}?region=${REGION}${query}`,
              undefined,
              apiKeys["auditor"],
            )
          ).body as { versions: { version: number }[] }
        ).versions.map((v) => v.version);
      expect(await ask("")).to.deep.equal([1, 2]);
      expect(await ask(`&onDay=${today - 1}`)).to.deep.equal([1]);
      expect(await ask(`&onDay=${today}`)).to.deep.equal([2]);
      expect(
        (await call("GET", `/api/v1/registry/Carer/${w.carer}?region=${REGION}&onDay=1`, undefined, apiKeys["auditor"]))
          .status,
      ).to.equal(404);
    });
    it("refuses a version out of order, and an identity number with a wrong check digit", async () => {
      const entry = carerEntry(w.carer, PROVIDER, 20_000, 9);
      const send = (e: typeof entry) => call("POST", "/api/v1/registry", registryBatch(w, [e]), apiKeys["importer"]);
      expect(((await send(entry)).body as Problem).issues![0]!.code).to.equal("version_out_of_order");
      const elder = elderEntry(freshId(), 20_000);
      (elder.details.values as { identity: { idNumber: string } }).identity.idNumber = "310105194501010021";
      expect(((await send(elder)).body as Problem).issues![0]!.code).to.equal("invalid_id_number");
    });
    it("refuses a proof before the day is sealed, and of an entry that does not exist", async () => {
      const v = visit(w);
      await submit([v]);
      expect((await call("GET", `/api/v1/entries/${v.id}/proof?region=${REGION}`)).status).to.equal(409);
      expect((await call("GET", `/api/v1/entries/${freshId()}/proof?region=${REGION}`)).status).to.equal(404);
    });
    it("signs checkpoints, and proves that a later one begins with an earlier one", async () => {
      const take = async () => readNote((await call("GET", `/api/v1/regions/${REGION}/checkpoint`)).body as string)!;
      const first = await take();
      await submit([visit(w), visit(w), visit(w)]);
      const second = await take();
      const operator = recover(
        typedDigest(domainSeparator(second.ledgerId), CHECKPOINT, second.checkpoint),
        second.signature,
      );
      expect(operator).to.equal(w.home.address("operator"));
      const path = (from: number, to: number) =>
        `/api/v1/regions/${REGION}/days/${second.checkpoint.day}/consistency?from=${from}&to=${to}`;
      const { proof } = (await call("GET", path(first.checkpoint.size, second.checkpoint.size))).body as {
        proof: Hex[];
      };
      const { log } = await import("../../core/tree.ts");
      const { fromHex } = await import("../../core/bytes.ts");
      expect(
        log.verifyConsistency(
          first.checkpoint.size,
          second.checkpoint.size,
          fromHex(first.checkpoint.root),
          fromHex(second.checkpoint.root),
          proof.map(fromHex),
        ),
      ).to.equal(true);
      expect((await call("GET", path(0, 1))).status).to.equal(422);
      expect((await call("GET", path(1, 10_000_000))).status).to.equal(422);
    });
    it("answers health, readiness, metrics, OpenAPI and a readable page of it", async () => {
      expect((await call("GET", "/healthz")).status).to.equal(200);
      expect((await call("GET", "/readyz")).body).to.include({ ready: true, chain: "up" });
      expect((await call("GET", "/metrics")).body).to.contain("silverledger_http_requests_total");
      expect((await call("GET", "/api/v1/openapi.json")).body).to.include({ openapi: "3.1.0" });
      expect((await call("GET", "/api/docs")).body).to.contain("提交服务记录");
    });
    it("refuses what is not there, and methods that an address does not take", async () => {
      expect(((await call("GET", "/nowhere")).body as Problem).code).to.equal("not_found");
      expect(((await call("DELETE", "/api/v1/visits")).body as Problem).code).to.equal("method_not_allowed");
    });
  });

  describe("HTTP: proofs, details, erasure", () => {
    let sealed: VisitInput;
    before(async () => {
      sealed = visit(w);
      await submit([sealed]);
      await endDay(w);
    });
    const proofOf = async () =>
      (await call("GET", `/api/v1/entries/${sealed.id}/proof?region=${REGION}`)).body as Proof;
    const check = async (proof: Proof) => {
      const anchorage = await chainAnchorage(w.ledger.contracts.chain.rpcUrl, w.ledger.file.contracts.ledger);
      return await verifyProof(proof, anchorage).finally(() => anchorage.close());
    };

    it("gives a proof that holds against the chain and hides all details", async () => {
      const verdict = await check(await proofOf());
      expect(verdict.ok, JSON.stringify(verdict.findings)).to.equal(true);
      expect(verdict.findings.map((f) => f.status)).to.include("simulated");
    });
    it("is refused when any byte of it is altered", async () => {
      const proof = await proofOf();
      const flip = (hex: Hex) => `${hex.slice(0, -1)}${hex.endsWith("0") ? "1" : "0"}` as Hex;
      const edits: [string, (p: ReceiptedProof) => void][] = [
        ["ledgerId", (p) => (p.ledgerId = flip(p.ledgerId))],
        ["kind", (p) => (p.kind = "Access")],
        ["entry", (p) => ((p.entry as { item: string }).item = "meals")],
        ["submission.root", (p) => (p.submission.root = flip(p.submission.root))],
        ["submission.count", (p) => (p.submission.count += 1)],
        ["signature", (p) => (p.signature = flip(p.signature))],
        ["leaf", (p) => (p.leaf += 1)],
        ["receipt.day", (p) => (p.receipt.day += 1)],
        ["receipt.firstIndex", (p) => (p.receipt.firstIndex += 1)],
        ["receipt.receivedAt", (p) => (p.receipt.receivedAt += 1)],
        ["receipt.head", (p) => (p.receipt.head = flip(p.receipt.head))],
        ["receiptSignature", (p) => (p.receiptSignature = flip(p.receiptSignature))],
        ["day", (p) => (p.day += 1)],
        ["index", (p) => (p.index += 1)],
        ["size", (p) => (p.size += 1)],
        ["inclusion byte", (p) => (p.inclusion[0] = flip(p.inclusion[0]!))],
        ["inclusion too short", (p) => p.inclusion.pop()],
        ["inclusion too long", (p) => p.inclusion.push(p.inclusion[0]!)],
        ["offset", (p) => (p.offset += 60)],
        ["firstDay", (p) => (p.firstDay -= 1)],
        ["seal root", (p) => (p.seals[0]!.root = flip(p.seals[0]!.root))],
        ["seal size", (p) => (p.seals[0]!.size += 1)],
        ["seal dropped", (p) => p.seals.shift()],
        ["submission dropped", (p) => delete (p as Proof).submission],
        ["receipt dropped", (p) => delete (p as Proof).receipt],
        ["format", (p) => ((p as { version: number }).version = 2)],
      ];
      for (const [name, edit] of edits) {
        const bad = structuredClone(proof);
        edit(bad as ReceiptedProof);
        expect((await check(bad)).ok, name).to.equal(false);
      }
      expect((await check({} as Proof)).ok).to.equal(false);
    });
    it("reads details for a purpose only, writes the read into the log first, and proves single groups", async () => {
      const path = `/api/v1/entries/${sealed.id}/details`;
      expect((await call("POST", path, { region: REGION })).status).to.equal(422);
      expect((await call("POST", path, { region: REGION, purpose: "别家机构查看" }, apiKeys["other"])).status).to.equal(
        404,
      );
      const before = w.ledger.db.sql.prepare("SELECT count(*) FROM access").pluck().get() as number;
      const answer = (
        await call("POST", path, { region: REGION, purpose: "抽查 2026-11", groups: ["placeIn"] }, apiKeys["auditor"])
      ).body as { values: Record<string, unknown>; proof: Proof };
      expect(answer.values).to.deep.equal({ placeIn: sealed.details.values.placeIn });
      expect((await check(answer.proof)).findings.find((f) => f.property === "P7")?.status).to.equal("held");
      const tampered = structuredClone(answer.proof);
      (tampered.disclosure![0] as { value: string }).value = '{"accuracyM":1,"lat":1,"lon":1}';
      expect((await check(tampered)).ok).to.equal(false);
      expect(w.ledger.db.sql.prepare("SELECT count(*) FROM access").pluck().get()).to.equal(before + 1);
    });
    it("erases a person by two persons; earlier proofs still hold, details are gone", async () => {
      const before = await proofOf();
      const ask = (key: string) =>
        call(
          "POST",
          "/api/v1/erasures",
          { region: REGION, person: w.elder, reason: "家属申请删除个人信息" },
          apiKeys[key],
        );
      const { id } = (await ask("officer-a")).body as { id: string };
      const approve = (key: string, which = id) =>
        call("POST", `/api/v1/erasures/${which}/approval`, { region: REGION }, apiKeys[key]);
      expect(((await approve("officer-a")).body as Problem).code).to.equal("second_person_needed");
      expect((await approve("officer-b", freshId())).status).to.equal(404);
      expect((await approve("officer-b")).status).to.equal(201);
      expect(((await approve("officer-b")).body as Problem).code).to.equal("already_done");
      expect((await check(before)).ok).to.equal(true);
      expect((await check(await proofOf())).ok).to.equal(true);
      const details = (
        await call(
          "POST",
          `/api/v1/entries/${sealed.id}/details`,
          { region: REGION, purpose: "再次抽查" },
          apiKeys["auditor"],
        )
      ).body as { values: Record<string, unknown> };
      // The carer's own group (the device) is still readable; everything of the elder's is not.
      expect(Object.keys(details.values)).to.deep.equal(["device"]);
      const key = w.ledger.db.sql
        .prepare("SELECT count(*) FROM person_key WHERE person = ?")
        .pluck()
        .get(Buffer.from(w.elder.replaceAll("-", ""), "hex"));
      expect(key).to.equal(0);
      await refused(visitBatch(w, [visit(w)]), "erased");
      await endDay(w);
      expect((await w.ledger.fsck({ details: true, chain: true })).faults).to.deep.equal([]);
    });
  });

  describe("HTTP: the whole is consistent after all of this", () => {
    it("fsck finds nothing", async () => {
      const report = await w.ledger.fsck({ details: true, chain: true });
      expect(report.faults).to.deep.equal([]);
      expect(report.anchored).to.be.greaterThan(1);
    });
    it("names every problem and issue in both languages", () => {
      for (const { zh, en } of [...Object.values(PROBLEMS), ...Object.values(ISSUES)]) {
        expect(zh).to.match(/[\u4e00-\u9fff]/);
        expect(en).to.match(/[a-z]/);
      }
    });
  });
});
