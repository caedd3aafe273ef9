import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { readRegion } from "../../scripts/dataset/read.ts";
import { cellErrors, FILES } from "../../server/imports/schema.ts";

/** Cells of the dataset folder, as other programs write them. */
describe("cells of a dataset folder", () => {
  const visit = {
    id: "01900000-0000-7000-8000-000000000001",
    provider: "91110000600037341L",
    ...{ caregiver: "C1", elder: "E1", item: "bath", booked_minutes: "30", units: "1", price_fen: "3000" },
    ...{ started_at: "2026-09-01T09:00:00+08:00", ended_at: "2026-09-01T09:31:00+08:00", entry: "auto" },
    ...{ manual_reason: "", in_lon: "121.4", in_lat: "31.2", in_accuracy_m: "12" },
    ...{ out_lon: "", out_lat: "", out_accuracy_m: "", mock: "0", device: "d", device_started_at: "", evidence: "" },
    ...{ group: "", two_carer: "0", replaces: "", submitted_at: "2026-09-01T09:40:00+08:00" },
    ...{ alternate_proof: "none", family: "none" },
  };
  const read = (change: Record<string, string>) => {
    const parsed = FILES["visits.csv"].safeParse({ ...visit, ...change });
    return parsed.success ? parsed.data : cellErrors("visits.csv", 2, parsed.error).map(({ reason }) => reason);
  };

  it("takes degrees to the nearest millionth, however many decimals there are", () => {
    for (const [cell, value] of [
      ["121.4737", 121_473_700],
      ["121.47369999999999", 121_473_700],
      ["121.47370000000001", 121_473_700],
      ["121.4736995", 121_473_700],
      ["121.4736994999", 121_473_699],
      ["-0.0000004", 0],
      ["-73.9999999", -74_000_000],
      ["180", 180_000_000],
    ] as const) {
      const row = read({ in_lon: cell });
      expect(row, cell).to.have.property("in_lon", value);
      // Nobody is shown a minus zero.
      expect(Object.is((row as { in_lon: number }).in_lon, -0), cell).to.equal(false);
    }
  });

  it("takes parts of a metre and of a second", () => {
    expect(read({ in_accuracy_m: "8.2" })).to.have.property("in_accuracy_m", 9);
    expect(read({ in_accuracy_m: "8.0" })).to.have.property("in_accuracy_m", 8);
    const exact = read({ started_at: "2026-09-01T09:00:00.123456+08:00" });
    expect(exact).to.have.property("started_at", Date.parse("2026-09-01T09:00:00+08:00") / 1000);
    for (const same of [
      "2026-09-01T01:00:00Z",
      "2026-09-01T09:00:00+0800",
      "2026-09-01 09:00:00+08:00",
      "2026-09-01 09:00+0800",
    ])
      expect(read({ started_at: same }), same).to.have.property("started_at", Date.UTC(2026, 8, 1, 1) / 1000);
  });

  it("takes whole numbers with a point, and nothing behind it", () => {
    expect(read({ units: "2.0" })).to.have.property("units", 2);
    expect(read({ price_fen: "3000.00" })).to.have.property("price_fen", 3000);
    expect(read({ units: "2.5" })).to.deep.equal(["not an integer"]);
    expect(read({ units: "2." })).to.deep.equal(["not an integer"]);
  });

  it("takes a region's code as a number or as text, with or without a byte order mark", () => {
    const folder = mkdtempSync(join(tmpdir(), "silverledger-region-"));
    const write = (text: string) => writeFileSync(join(folder, "region.json"), text);
    const region = { code: 310105, name: "长宁区", utc_offset_minutes: 480 };
    for (const code of [310105, "310105"]) {
      write(`\uFEFF${JSON.stringify({ ...region, code })}`);
      expect(readRegion(folder)).to.deep.equal({ ...region, policies: {} });
    }
    for (const code of ["31010", "990105", 31, "3101O5"]) {
      write(JSON.stringify({ ...region, code }));
      expect(() => readRegion(folder), String(code)).to.throw("region.json: code");
    }
    write("{");
    expect(() => readRegion(folder)).to.throw(/region\.json: not JSON/);
    rmSync(folder, { recursive: true });
  });

  it("refuses what is neither, and says what it should be", () => {
    expect(read({ in_lon: "1e2" })).to.deep.equal(["not degrees"]);
    expect(read({ in_lon: "180.0000005" })).to.deep.equal(["outside the globe"]);
    expect(read({ in_accuracy_m: "-1" })).to.deep.equal(["not metres"]);
    expect(read({ in_accuracy_m: "100000.5" })).to.deep.equal(["above 100000"]);
    expect(read({ started_at: "2026-09-01 09:00" })).to.deep.equal(["not an ISO 8601 time with offset"]);
    expect(read({ started_at: "2026-09-31T09:00:00+0800" })).to.deep.equal(["not a real time"]);
    expect(read({ mock: "" })).to.deep.equal(["not 0 or 1"]);
  });
});
