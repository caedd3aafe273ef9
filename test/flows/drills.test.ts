import { expect } from "chai";
import type { Fault } from "../../server/audits/fsck.ts";
import { endDay, freshId, freshSeed, makeWorld, REGION, visit, visitBatch, type World } from "../server/world.ts";

/** Somebody with the database's file in hands: triggers are dropped, rows are changed by raw SQL. fsck must see it. */
const TABLES = ["entry", "visit", "registry_entry", "erasure", "access", "close", "submission", "seal"] as const;
type Row = Record<string, Buffer | number | string | null>;

let w: World;
let firstDay: number;
const sql = () => w.ledger.db.sql;
const check = async (chain = false): Promise<Fault[]> => (await w.ledger.fsck({ details: true, chain })).faults;

// Hooks belong to this file alone: at the root they would run for every test of every file.
describe("flow: drills", () => {
  before(async () => {
    w = await makeWorld();
    firstDay = w.ledger.entries.store.regionRow(REGION).openDay;
    const first = visit(w);
    await w.ledger.records.submit(visitBatch(w, [first, visit(w), visit(w)]));
    const correction = visit(w, { replaces: first.id });
    correction.details.values.circumstances!.reason = "更正";
    await w.ledger.records.submit(visitBatch(w, [correction]));
    await w.ledger.erasures.recordAccess(REGION, first.id, "auditor", "抽查");
    const request = await w.ledger.erasures.request(REGION, w.otherCarer, "a", "离职申请");
    await w.ledger.erasures.approve(REGION, request, "b");
    await endDay(w);
    await w.ledger.records.submit(visitBatch(w, [visit(w), visit(w)]));
    await endDay(w);
    await w.ledger.records.submit(visitBatch(w, [visit(w)]));
  });
  after(() => w.destroy());

  describe("drills: the database refuses by itself", () => {
    for (const table of TABLES) {
      it(`refuses UPDATE and DELETE on ${table}`, () => {
        expect(() => sql().prepare(`UPDATE ${table} SET region = region`).run()).to.throw(`append-only: ${table}`);
        expect(() => sql().prepare(`DELETE FROM ${table}`).run()).to.throw(`append-only: ${table}`);
      });
    }
  });

  function dropTriggers(): () => void {
    const triggers = sql().prepare("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").all() as {
      name: string;
      sql: string;
    }[];
    for (const { name } of triggers) sql().exec(`DROP TRIGGER "${name}"`);
    return () => {
      for (const trigger of triggers) sql().exec(trigger.sql);
    };
  }

  /** Another value of the same type that the column could hold. */
  function changed(column: string, value: Row[string]): Row[string] {
    if (value === null) return column === "replaces" ? Buffer.alloc(16, 7) : Buffer.alloc(32, 7);
    if (column === "counts") return JSON.stringify((JSON.parse(value as string) as number[]).map((count) => count + 1));
    if (typeof value === "number") return column === "kind" ? (value + 1) % 9 : value + 1000;
    if (typeof value === "string") return `${value.slice(0, -1)}${value.endsWith("X") ? "Y" : "X"}`;
    const copy = Buffer.from(value);
    copy[copy.length - 1]! ^= 1;
    return copy;
  }

  describe("drills: one column of one row is changed", () => {
    let restore: () => void;
    before(async () => {
      expect(await check(true)).to.deep.equal([]);
      restore = dropTriggers();
    });
    after(async () => {
      restore();
      expect(await check(true)).to.deep.equal([]);
    });
    const columnsOf: Record<(typeof TABLES)[number], string[]> = {
      entry: ["region", "day", "idx", "kind", "id", "digest", "submission"],
      visit: [
        "region",
        "day",
        "idx",
        "provider",
        "caregiver",
        "elder",
        "item",
        "started_at",
        "ended_at",
        "replaces",
        "details",
      ],
      registry_entry: [
        "region",
        "day",
        "idx",
        "kind",
        "subject",
        "provider",
        "version",
        "valid_from",
        "valid_to",
        "details",
      ],
      erasure: ["region", "day", "idx", "person", "details"],
      access: ["region", "day", "idx", "entry", "details"],
      close: ["region", "day", "idx", "counts", "index_size", "index_root", "access_root"],
      submission: [
        "region",
        "hash",
        "submitter",
        "root",
        "count",
        "signed_at",
        "signature",
        "signer",
        "day",
        "first_index",
        "received_at",
        "head",
        "receipt_signature",
      ],
      seal: ["region", "day", "size", "root", "head"],
    };
    for (const table of TABLES) {
      it(`covers every column of ${table}`, () => {
        const columns = (sql().prepare(`PRAGMA table_info("${table}")`).all() as { name: string }[]).map(
          ({ name }) => name,
        );
        expect(columnsOf[table]).to.have.members(columns);
      });
      for (const column of columnsOf[table]) {
        it(`finds a changed ${table}.${column}, and where`, async () => {
          const rowid = sql()
            .prepare(`SELECT min(rowid) FROM "${table}" WHERE region = ?`)
            .pluck()
            .get(REGION) as number;
          const row = sql().prepare(`SELECT * FROM "${table}" WHERE rowid = ?`).get(rowid) as Row;
          const set = sql().prepare(`UPDATE "${table}" SET "${column}" = ? WHERE rowid = ?`);
          set.run(changed(column, row[column]!), rowid);
          const faults = await check().finally(() => set.run(row[column], rowid));
          expect(faults).to.not.deep.equal([]);
          const at = faults.filter((fault) => fault.region === REGION && fault.day === firstDay);
          expect(at, JSON.stringify(faults)).to.not.deep.equal([]);
          const index = table === "submission" ? row["first_index"] : row["idx"];
          const named = at.some(
            (fault) => fault.index === index || fault.field.startsWith(table) || fault.field === "entry.submission",
          );
          expect(named, JSON.stringify(faults)).to.equal(true);
        });
      }
    }
  });

  describe("drills: beside a server that goes on writing", () => {
    it("looks at one moment of the books, and cries out at nothing that came later", async () => {
      const { store } = w.ledger.entries;
      const before = store.regionRow(REGION);
      let written = 0;
      const write = () => {
        const person = freshId(w.clock.now());
        const values = { reader: "test", purpose: "written while fsck reads" };
        const entry = { id: freshId(w.clock.now()), region: REGION, entry: person };
        const access = w.ledger.entries.ready("Access", entry, { seed: freshSeed(), values });
        store.append([{ region: REGION, entries: [access], submission: null }], w.clock.now(), () => "0x");
        written++;
      };
      const report = await w.ledger.fsck({ details: true, chain: true, onProgress: write });
      expect(report.faults).to.deep.equal([]);
      expect(written).to.be.greaterThan(0);
      expect(store.regionRow(REGION).size).to.equal(before.size + written);
    });
  });

  describe("drills: rows are removed, added, swapped, forged", () => {
    let restore: () => void;
    before(() => {
      restore = dropTriggers();
    });
    after(async () => {
      restore();
      expect((await check(true)).every((fault) => fault.day === firstDay + 1)).to.equal(true);
    });
    // Each drill is undone by rolling the transaction back.
    async function drill(edit: () => void): Promise<Fault[]> {
      sql().exec("BEGIN");
      try {
        edit();
        return await check();
      } finally {
        sql().exec("ROLLBACK");
      }
    }
    const names = (faults: Fault[], day: number, index: number | null, field: string) =>
      expect(
        faults.some(
          (fault) => fault.day === day && (index === null || fault.index === index) && fault.field.includes(field),
        ),
        JSON.stringify(faults),
      ).to.equal(true);
    const visitIndex = () =>
      sql().prepare("SELECT min(idx) FROM visit WHERE region = ? AND day = ?").pluck().get(REGION, firstDay) as number;

    it("names a deleted visit", async () => {
      const index = visitIndex();
      names(
        await drill(() =>
          sql().prepare("DELETE FROM visit WHERE region = ? AND day = ? AND idx = ?").run(REGION, firstDay, index),
        ),
        firstDay,
        index,
        "entry.kind",
      );
    });
    it("names a deleted entry", async () => {
      const index = visitIndex();
      names(
        await drill(() =>
          sql().prepare("DELETE FROM entry WHERE region = ? AND day = ? AND idx = ?").run(REGION, firstDay, index),
        ),
        firstDay,
        index,
        "entry",
      );
    });
    it("says which day an inserted visit without an entry was put into", async () => {
      const edit = () =>
        sql()
          .prepare(
            "INSERT INTO visit SELECT region, day, idx + 500, provider, caregiver, elder, item, started_at, ended_at, NULL, details FROM visit WHERE region = ? AND day = ? LIMIT 1",
          )
          .run(REGION, firstDay);
      names(await drill(edit), firstDay, null, "visit");
    });
    it("says that a day's root disagrees when a whole entry was added", async () => {
      const size =
        (sql()
          .prepare("SELECT max(idx) + 1 FROM entry WHERE region = ? AND day = ?")
          .pluck()
          .get(REGION, firstDay) as number) + 0;
      const edit = () => {
        sql()
          .prepare(
            "INSERT INTO entry SELECT region, day, ?, kind, randomblob(16), digest, NULL FROM entry WHERE region = ? AND day = ? AND kind = 5 LIMIT 1",
          )
          .run(size, REGION, firstDay);
      };
      const faults = await drill(edit);
      names(faults, firstDay, null, "seal.size");
      names(faults, firstDay, null, "seal.root");
    });
    it("names two swapped visits", async () => {
      const index = visitIndex();
      const faults = await drill(() => {
        const move = sql().prepare("UPDATE visit SET idx = ? WHERE region = ? AND day = ? AND idx = ?");
        move.run(900, REGION, firstDay, index);
        move.run(index, REGION, firstDay, index + 1);
        move.run(index + 1, REGION, firstDay, 900);
      });
      names(faults, firstDay, index, "visit");
      names(faults, firstDay, index + 1, "visit");
    });
    it("names an altered box of details", async () => {
      const index = visitIndex();
      const edit = () =>
        sql()
          .prepare(
            "UPDATE detail_box SET box = substr(box, 1, length(box) - 1) || x'00' WHERE region = ? AND day = ? AND idx = ? AND slot = 0",
          )
          .run(REGION, firstDay, index);
      names(await drill(edit), firstDay, index, "detail_box");
    });
    it("names a box that was moved to another visit", async () => {
      const index = visitIndex();
      const edit = () =>
        sql()
          .prepare(
            "UPDATE detail_box SET box = (SELECT box FROM detail_box WHERE region = @r AND day = @d AND idx = @i + 1 AND slot = 0) WHERE region = @r AND day = @d AND idx = @i AND slot = 0",
          )
          .run({ r: REGION, d: firstDay, i: index });
      names(await drill(edit), firstDay, index, "detail_box");
    });
    it("says that the root disagrees when the seal row was edited", async () => {
      const faults = await drill(() =>
        sql().prepare("UPDATE seal SET root = randomblob(32) WHERE region = ? AND day = ?").run(REGION, firstDay),
      );
      names(faults, firstDay, null, "seal.root");
      names(faults, firstDay, null, "seal.head");
    });
    it("finds by the chain a day that was forged whole, with its Close, tiles and seal", async () => {
      const day = firstDay + 1;
      // The operator deletes a receipted visit and seals the day again, as if it had never been.
      const index = sql()
        .prepare("SELECT max(idx) FROM visit WHERE region = ? AND day = ?")
        .pluck()
        .get(REGION, day) as number;
      for (const table of ["visit", "entry", "detail_box"])
        sql().prepare(`DELETE FROM ${table} WHERE region = ? AND day = ? AND idx = ?`).run(REGION, day, index);
      sql().prepare("DELETE FROM submission WHERE region = ? AND day = ?").run(REGION, day);
      sql().prepare("UPDATE entry SET submission = NULL WHERE region = ? AND day = ?").run(REGION, day);
      for (const table of ["close", "tile", "seal"])
        sql().prepare(`DELETE FROM ${table} WHERE region = ? AND day = ?`).run(REGION, day);
      sql().prepare("DELETE FROM entry WHERE region = ? AND day = ? AND kind = 8").run(REGION, day);
      w.ledger.seals.sealRegion(REGION);
      expect((await check(false)).filter((fault) => fault.day === day)).to.deep.equal([]);
      const faults = await check(true);
      names(faults, day, null, "seal");
      expect(faults.find((fault) => fault.day === day)!.what).to.contain("the books were rewritten");
    });
  });
});
