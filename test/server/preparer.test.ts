import { expect } from "chai";
import { toHex } from "../../core/bytes.ts";
import type { Details } from "../../core/details.ts";
import { Refusal } from "../../core/errors.ts";
import { uuidBytes } from "../../server/db/uuid.ts";
import { openVault } from "../../server/db/vault.ts";
import { boxPlace, boxValues } from "../../server/entries/details.ts";
import type { DetailedVisit } from "../../server/entries/preparer.ts";
import type { VisitInput } from "../../server/records/schema.ts";
import { openApi } from "./api.ts";
import { freshId, freshSeed, makeWorld, PROVIDER, REGION, visit, visitBatch, type World } from "./world.ts";

/** Enough visits for the second thread. */
const MANY = 64;

describe("batches of visits, prepared and appended", () => {
  let w: World;
  const many = (change: Partial<DetailedVisit> = {}) =>
    Array.from({ length: MANY }, () => visit(w, change as never)) as DetailedVisit[];
  before(async () => {
    w = await makeWorld();
  });
  after(() => w.destroy());

  it("are hashed by the second thread as they are one by one, and their boxes open", async () => {
    const visits = many();
    const ready = await w.ledger.entries.readyVisits(visits);
    const vault = openVault(w.ledger.db.sql, w.home.key("vault"));
    ready.forEach((made, i) => {
      const { details, ...bare } = visits[i]!;
      expect(toHex(made.digest)).to.equal(toHex(w.ledger.entries.digestOf("Visit", bare, details as Details)));
      expect(made.seedMark).to.equal(w.ledger.entries.ready("Visit", bare, details as Details).seedMark);
      const values = made.boxes.map(({ slot, person, box }) =>
        boxValues(vault.open(REGION, uuidBytes(person), boxPlace(REGION, bare.id, slot), box)!),
      );
      expect(Object.assign({}, ...values)).to.deep.equal(details.values);
    });
  });

  it("fail alone where one of them cannot be hashed, and the next batch is prepared", async () => {
    const broken = many();
    broken[7]!.details = { seed: "0x00" as const, values: {} };
    const refusal = await w.ledger.entries.readyVisits(broken).catch((error: unknown) => error);
    expect(String(refusal)).to.include("seed");
    expect(await w.ledger.entries.readyVisits(many())).to.have.length(MANY);
  });

  it("are refused, not left waiting, when the second thread ends; the next batch starts another", async () => {
    const asked = w.ledger.entries.readyVisits(many()).catch((error: unknown) => error);
    await w.ledger.entries.close();
    expect(String(await asked)).to.include("ended");
    expect(await w.ledger.entries.readyVisits(many())).to.have.length(MANY);
  });

  it("leave the others of their group as they are when one is refused after its first row", async () => {
    const taken = visit(w);
    await w.ledger.records.submit(visitBatch(w, [taken]));
    const { size } = w.ledger.entries.store.regionRow(REGION);
    const batches = [[visit(w), visit(w)], [visit(w), visit(w, { id: taken.id })], [visit(w)]];
    const outcomes = await Promise.allSettled(batches.map((visits) => w.ledger.records.submit(visitBatch(w, visits))));
    expect(outcomes.map(({ status }) => status)).to.deep.equal(["fulfilled", "rejected", "fulfilled"]);
    const refused = (outcomes[1] as PromiseRejectedResult).reason as Refusal;
    expect(refused.code).to.equal("id_conflict");
    expect(refused.issues).to.deep.equal([{ pointer: "/visits/1/id", code: "id_taken", value: taken.id }]);
    const places = outcomes.map((outcome) =>
      outcome.status === "fulfilled" ? outcome.value.receipt.firstIndex : null,
    );
    expect(places).to.deep.equal([size, null, size + 2]);
    expect(w.ledger.entries.store.regionRow(REGION).size).to.equal(size + 3);
    expect((await w.ledger.fsck({ details: true, chain: false })).faults).to.deep.equal([]);
    const stands = (id: string) => w.ledger.entries.store.isTaken(REGION, id);
    expect(batches.map((visits) => visits.map(({ id }) => stands(id)))).to.deep.equal([
      [true, true],
      [false, true],
      [true],
    ]);
  });

  it("stand in the books as they do one by one, whatever their values", async () => {
    const { sql } = w.ledger.db;
    const rows = (from: number, to: number) =>
      ["entry", "visit", "detail_box"].map((table) =>
        sql
          .prepare(`SELECT * FROM ${table} WHERE region = ? AND day = ? AND idx >= ? AND idx < ? ORDER BY idx`)
          .all(REGION, w.ledger.entries.store.regionRow(REGION).openDay, from, to)
          .map((row) => {
            // Places, ids, seeds and what follows from them differ; so do boxes, but not their lengths.
            const values = row as Record<string, unknown>;
            const shape = (name: string) => (values[name] as Buffer | undefined)?.length;
            return { ...values, idx: 0, id: 0, digest: 0, submission: 0, details: shape("details"), box: shape("box") };
          }),
      );
    const note = `记录“引号” \\ ' " 😀`;
    const values = (i: number) => ({
      startedAt: w.clock.now() - 7200 - i,
      endedAt: w.clock.now() - 3600 + i,
      details: { seed: freshSeed(), values: { ...visit(w).details.values, note: note.repeat(1 + (i % 3)) } },
    });
    const before = w.ledger.entries.store.regionRow(REGION).size;
    for (let i = 0; i < MANY; i++) await w.ledger.records.submit(visitBatch(w, [visit(w, values(i))]));
    const middle = w.ledger.entries.store.regionRow(REGION).size;
    const all = Array.from({ length: MANY }, (_, i) => visit(w, values(i)));
    await w.ledger.records.submit(visitBatch(w, all));
    expect(middle - before).to.equal(MANY);
    expect(rows(middle, middle + MANY)).to.deep.equal(rows(before, middle));
    const types = "SELECT DISTINCT typeof(provider), typeof(caregiver), typeof(item), typeof(started_at) FROM visit";
    expect(sql.prepare(types).raw().all()).to.deep.equal([["text", "blob", "text", "integer"]]);
    expect((await w.ledger.fsck({ details: true, chain: false })).faults).to.deep.equal([]);
  });

  it("are refused whole for one taken id or one used seed among many, and the seeds of the others stay unused", async () => {
    const taken = visit(w);
    await w.ledger.records.submit(visitBatch(w, [taken]));
    const { size } = w.ledger.entries.store.regionRow(REGION);
    const visits = Array.from({ length: MANY }, () => visit(w));
    const refusal = async (change: Partial<VisitInput>) => {
      const batch = visits.map((one, i) => (i === 40 ? { ...one, ...change } : one));
      const outcome = await w.ledger.records.submit(visitBatch(w, batch)).catch((error: unknown) => error as Refusal);
      return outcome instanceof Refusal ? outcome.issues.map(({ pointer, code }) => [pointer, code]) : outcome;
    };
    expect(await refusal({ id: taken.id })).to.deep.equal([["/visits/40/id", "id_taken"]]);
    expect(await refusal({ details: taken.details })).to.deep.equal([["/visits/40/details/seed", "reused_seed"]]);
    expect(w.ledger.entries.store.regionRow(REGION).size).to.equal(size);
    await w.ledger.records.submit(visitBatch(w, visits));
    expect(w.ledger.entries.store.regionRow(REGION).size).to.equal(size + MANY);
  });

  it("are taken over HTTP in each encoding of JSON, with and without what has a default", async () => {
    const api = await openApi(w, [["provider", "provider", PROVIDER]]);
    const send = async (charset: string, encode: (text: string) => Uint8Array) => {
      const batch = visitBatch(w, many() as VisitInput[]);
      const bare = { ...batch, visits: batch.visits.map(({ replaces: _, ...rest }) => rest) };
      const answer = await fetch(`${api.http.url}/api/v1/visits`, {
        method: "POST",
        headers: {
          "content-type": `application/json; charset=${charset}`,
          authorization: `Bearer ${api.keys["provider"]}`,
        },
        body: encode(JSON.stringify(bare)) as Uint8Array<ArrayBuffer>,
      });
      return [answer.status, await answer.text()];
    };
    const utf16 = (text: string) => Buffer.from(`\ufeff${text}`, "utf16le");
    expect((await send("utf-8", (text) => Buffer.from(text)))[0]).to.equal(201);
    expect((await send("utf-8", (text) => Buffer.from(`\ufeff${text}`)))[0]).to.equal(201);
    expect((await send("utf-16", utf16))[0]).to.equal(201);
    await api.http.stop();
    expect((await w.ledger.fsck({ details: true, chain: false })).faults).to.deep.equal([]);
  });

  it("are refused over HTTP for a name that objects have by nature; minus zero is zero", async () => {
    const api = await openApi(w, [["provider again", "provider", PROVIDER]]);
    const send = async (count: number, change: (text: string) => string) => {
      const visits = (many() as VisitInput[]).slice(0, count);
      for (const one of visits) one.details.values.placeIn = { lon: 0, lat: 31_000_000, accuracyM: 5 };
      const answer = await fetch(`${api.http.url}/api/v1/visits`, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${api.keys["provider again"]}` },
        body: change(JSON.stringify(visitBatch(w, visits))),
      });
      const { issues } = (await answer.json()) as { issues?: { pointer: string; code: string }[] };
      return [answer.status, issues?.[0]?.pointer, issues?.[0]?.code];
    };
    for (const count of [1, MANY]) {
      for (const [at, pointer] of [
        ['"placeIn":{', "/visits/0/details/values/placeIn/__proto__"],
        ['"values":{', "/visits/0/details/values/__proto__"],
        ['"visits":[{', "/visits/0/__proto__"],
      ] as const)
        for (const name of ["__proto__", "\\u005f_proto__"])
          expect(await send(count, (text) => text.replace(at, `${at}"${name}":{"lon":1},`))).to.deep.equal([
            422,
            pointer,
            "unknown_field",
          ]);
      const [status] = await send(count, (text) => text.replaceAll('"lon":0,', '"lon":-0,'));
      expect(status).to.equal(201);
    }
    await api.http.stop();
    expect((await w.ledger.fsck({ details: true, chain: false })).faults).to.deep.equal([]);
  });

  it("are refused whole for an erased elder", async () => {
    const elder = freshId();
    w.ledger.db.sql
      .prepare("INSERT INTO erasure (region, day, idx, person, details) VALUES (?, 1, 1, ?, ?)")
      .run(REGION, uuidBytes(elder), Buffer.alloc(32));
    const refusal = await w.ledger.entries.readyVisits(many({ elder })).catch((error: unknown) => error);
    expect(refusal).to.be.instanceOf(Refusal).with.property("code", "erased");
  });
});
