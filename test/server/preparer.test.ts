import { expect } from "chai";
import { toHex } from "../../core/bytes.ts";
import type { Details } from "../../core/details.ts";
import { Refusal } from "../../core/errors.ts";
import { uuidBytes } from "../../server/db/uuid.ts";
import { openVault } from "../../server/db/vault.ts";
import { boxPlace, boxValues } from "../../server/entries/details.ts";
import type { DetailedVisit } from "../../server/entries/preparer.ts";
import { freshId, makeWorld, REGION, visit, visitBatch, type World } from "./world.ts";

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

  it("are refused whole for an erased elder", async () => {
    const elder = freshId();
    w.ledger.db.sql
      .prepare("INSERT INTO erasure (region, day, idx, person, details) VALUES (?, 1, 1, ?, ?)")
      .run(REGION, uuidBytes(elder), Buffer.alloc(32));
    const refusal = await w.ledger.entries.readyVisits(many({ elder })).catch((error: unknown) => error);
    expect(refusal).to.be.instanceOf(Refusal).with.property("code", "erased");
  });
});
