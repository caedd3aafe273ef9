import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";

/** The command line as a person drives it: real folder, real processes, exit codes. */
const CLI = fileURLToPath(new URL("../../scripts/cli.ts", import.meta.url));
const temporary = mkdtempSync(join(tmpdir(), "silverledger-cli-"));
const home = join(temporary, "home");
const dataset = join(temporary, "dataset");

function run(args: string[], environment: Record<string, string> = {}): { code: number; out: string; err: string } {
  const result = spawnSync(process.execPath, ["--disable-warning=ExperimentalWarning", CLI, ...args], {
    encoding: "utf8",
    env: { ...process.env, SILVERLEDGER_HOME: home, SILVERLEDGER_LOG: "error", ...environment },
  });
  return { code: result.status ?? -1, out: result.stdout, err: result.stderr };
}
const edit = (file: string, change: (text: string) => string) =>
  writeFileSync(join(dataset, file), change(readFileSync(join(dataset, file), "utf8")));

// Hooks belong to this file alone: at the root they would run for every test of every file.
describe("flow: the command line", () => {
  before(() => {
    expect(run(["dataset", dataset, "--days", "2", "--instances", "1", "--seed", "7"]).code).to.equal(0);
  });
  after(() => rmSync(temporary, { recursive: true, force: true }));

  describe("cli: usage", () => {
    it("lists its verbs and exit codes, and refuses unknown ones", () => {
      expect(run(["help"]).out).to.contain("exit codes: 0 ok, 1 broken, 2 usage, 3 failed, 4 refused");
      expect(run(["nonsense"]).code).to.equal(2);
      expect(run(["fsck", "--nonsense"]).code).to.equal(2);
      expect(run(["verify", "missing.json"]).code).to.equal(2);
      expect(run(["fsck"]).err).to.contain("no ledger here");
    });
    it("refuses wrong configuration by name", () => {
      expect(run(["fsck"], { SILVERLEDGER_PORT: "seventy" }).err).to.contain("SILVERLEDGER_PORT");
    });
    it("writes the same dataset for the same seed", () => {
      const again = join(temporary, "again");
      run(["dataset", again, "--days", "2", "--instances", "1", "--seed", "7"]);
      for (const file of ["visits.csv", "elders.csv", "plans.csv"])
        expect(readFileSync(join(again, file), "utf8")).to.equal(readFileSync(join(dataset, file), "utf8"));
    });
  });

  describe("cli: import refuses by file, line, column and reason, and takes nothing", () => {
    const backup = join(temporary, "backup");
    before(() => cpSync(dataset, backup, { recursive: true }));
    afterEach(() => cpSync(backup, dataset, { recursive: true }));
    const cases: [string, string, (text: string) => string, string][] = [
      [
        "an unknown column",
        "visits.csv",
        (t) => t.replace("booked_minutes", "minutes_booked"),
        "visits.csv:1: minutes_booked: unknown column",
      ],
      [
        "an unknown enum value",
        "visits.csv",
        (t) => t.replace(/,auto,/, ",robot,"),
        "visits.csv:2: entry: not one of auto, manual",
      ],
      [
        "a wrong check digit",
        "providers.csv",
        (t) => t.replace(/(\d)[A-Z0-9],/, "$1?,"),
        "providers.csv:2: id: invalid_credit_code",
      ],
      [
        "an impossible date",
        "caregivers.csv",
        (t) => t.replace(/,20\d\d-\d\d-\d\d,,/, ",2026-02-30,,"),
        "caregivers.csv:2: hired_on: not a date",
      ],
      [
        "a time without offset",
        "visits.csv",
        (t) => t.replace("+08:00", ""),
        "visits.csv:2: started_at: not an ISO 8601 time with offset",
      ],
      ["a row with too few cells", "elders.csv", (t) => `${t}only-one-cell\n`, "malformed CSV"],
      ["an open quote", "items.csv", (t) => `${t}"open\n`, "malformed CSV"],
      [
        "a price on which its funds differ",
        "tariffs.csv",
        (t) => t.replace(/(city-care-2026),\d+/, "$1,1"),
        "tariffs.csv:3: price_fen: differs from the other shares of this price",
      ],
      [
        "shares above the price",
        "tariffs.csv",
        (t) => t.replace(/(city-care-2026,\d+),30/, "$1,41"),
        "tariffs.csv:2: shares: shares_over_hundred",
      ],
      [
        "a tariff of an item that is not in the catalogue",
        "tariffs.csv",
        (t) => t.replace(/\n[a-z-]+,/, "\nflying,"),
        "tariffs.csv:2: price: unknown_item",
      ],
      [
        "an assessment of somebody unknown",
        "assessments.csv",
        (t) => t.replace(/\n([^,]+),[^,]+,/, "\n$1,nobody,"),
        "assessments.csv:2: elder: unknown_elder",
      ],
      [
        "a score outside its item",
        "assessments.csv",
        (t) => t.replace(/gbt42195,\d/, "gbt42195,9"),
        "assessments.csv:2: scores: invalid_value",
      ],
      [
        "an enrolment in an unknown programme",
        "enrolments.csv",
        (t) => t.replace(/\n[a-z-]+,/, "\nnowhere,"),
        "enrolments.csv:2: programme: unknown_programme",
      ],
      ["an unknown elder", "visits.csv", (t) => t.replace(/(,[^,]*-c\d+,)[^,]+,/, "$1nobody,"), "elder: unknown_elder"],
      [
        "an end before its start",
        "visits.csv",
        (t) => t.replace(/(20\d\d-\d\d-\d\dT)(\d\d)(:\d\d:\d\d\+08:00),20\d\d-/, "$1$2$3,2019-"),
        "ended_at: end_before_start",
      ],
    ];
    for (const [name, file, change, reason] of cases) {
      it(name, () => {
        edit(file, change);
        const { code, err } = run(["import", dataset]);
        expect(err).to.contain(reason);
        expect(code).to.equal(4);
      });
    }
  });

  describe("cli: a day's work", () => {
    it("imports with --partial, leaving the wrong rows out by line, and says that it is attested", () => {
      edit("visits.csv", (text) => text.replace(/,auto,/, ",robot,"));
      const { code, out } = run(["import", dataset, "--partial"]);
      expect(code, out).to.equal(0);
      expect(out).to.contain("left out visits.csv:2: entry");
      expect(out).to.match(/\d+ visits taken, 1 rows left out \(attested/);
    });
    it("takes nothing of a file that holds what was taken before, and names every line", () => {
      const count = () => JSON.parse(run(["fsck", "--json"]).out).entries as number;
      const before = count();
      edit("visits.csv", (text) => text.replace(/,robot,/, ",auto,"));
      const { code, err } = run(["import", dataset]);
      expect(code).to.equal(4);
      // The one row that was left out before is free; all others stand in the books.
      expect(err).to.not.contain("visits.csv:2:");
      expect(err).to.contain("visits.csv:3: id: id_taken");
      expect(count()).to.equal(before);
    });
    it("finds nothing wrong, and prints one JSON value with --json", () => {
      const { code, out } = run(["fsck", "--json"]);
      expect(code).to.equal(0);
      expect(JSON.parse(out)).to.include({ ok: true, regions: 1 });
    });
    it("refuses a proof before the seal, and another visit's", () => {
      const id = readFileSync(join(dataset, "visits.csv"), "utf8").split("\n")[3]!.split(",")[0]!;
      expect(run(["proof", id]).err).to.contain("not_sealed");
      expect(run(["proof", "0198f2d3-7c1a-7b6e-9a54-1f2e3d4c5b6a"]).err).to.contain("not_found");
    });
    it("seals nothing before the day is over, and has nothing to anchor", () => {
      expect(run(["seal"]).out).to.contain("nothing is due");
      expect(run(["anchor"]).out).to.contain("0 days anchored");
    });
    it("makes keystores, registers and revokes keys", () => {
      const [file, pass] = [join(temporary, "provider.json"), join(temporary, "pass")];
      writeFileSync(pass, "correct horse battery staple");
      const { address } = JSON.parse(run(["keys", "new", "--out", file, "--passphrase-file", pass, "--json"]).out) as {
        address: string;
      };
      expect(existsSync(file)).to.equal(true);
      expect(run(["keys", "new", "--out", file, "--passphrase-file", pass]).code).to.equal(2);
      expect(
        run([
          "keys",
          "register",
          "--role",
          "Provider",
          "--scope",
          "91110000600037341L",
          "--person",
          "p",
          "--address",
          address,
        ]).code,
      ).to.equal(0);
      expect(run(["keys", "list"]).out).to.contain(`${address} Provider`);
      expect(run(["keys", "revoke", "--address", address]).code).to.equal(0);
      expect(run(["keys", "api", "--role", "auditor", "--scope", "310105", "--name", "a"]).out).to.match(/slk_/);
    });
    it("refuses to start a demo on a home that is not empty", () => {
      expect(run(["demo"]).code).to.equal(2);
      expect(run(["start", "--empty"]).code).to.equal(2);
    });
  });
});
