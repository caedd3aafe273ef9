import { type ChildProcess, spawn, spawnSync } from "node:child_process";
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

  describe("cli: submit", () => {
    it("refuses names that are no pseudonyms by line and column, before anything is sent", () => {
      const [key, apiKey] = [join(temporary, "provider.key"), join(temporary, "api.key")];
      writeFileSync(key, `0x${"11".repeat(32)}\n`);
      writeFileSync(apiKey, "slk_none\n");
      // Nobody listens there.
      const where = ["--server", "http://127.0.0.1:9", "--region", "310105", "--key", key, "--api-key-file", apiKey];
      const { code, err } = run(["submit", join(dataset, "visits.csv"), ...where]);
      expect(code).to.equal(4);
      expect(err).to.contain("visits.csv:2: caregiver: not a pseudonym (UUID) of the registry");
      expect(err).to.contain("visits.csv:2: elder: not a pseudonym (UUID) of the registry");
      expect(err).to.not.contain("--partial");
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
    it("refuses a region that is not served here", () => {
      const { code, err } = run(["replay", "--region", "999999"]);
      expect(code).to.equal(4);
      expect(err).to.include("/region").and.include("not served here");
    });

    it("replays nothing where no day was reviewed, and refuses a day that is named and was not", () => {
      expect(run(["replay"])).to.include({ code: 0, out: "no day was reviewed\n" });
      const named = run(["replay", "--day", "2026-01-05"]);
      expect(named.code).to.equal(4);
      expect(named.err).to.contain("not_found");
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

  describe("cli: money, beside a running server", () => {
    let server: ChildProcess;
    before(async () => {
      server = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", CLI, "serve"], {
        env: { ...process.env, SILVERLEDGER_HOME: home, SILVERLEDGER_LOG: "error", SILVERLEDGER_PORT: "0" },
        stdio: ["ignore", "pipe", "inherit"],
      });
      await new Promise((resolve) => server.stdout!.once("data", resolve));
    });
    after(async () => {
      const gone = new Promise((resolve) => server.once("exit", resolve));
      server.kill("SIGTERM");
      await gone;
    });

    it("opens a fund and budgets it with keys that the server never sees, and prints its books", async () => {
      const at = (name: string) => join(temporary, name);
      writeFileSync(at("pass"), "correct horse battery staple");
      for (const role of ["Treasury", "Supervisor"]) {
        const made = run(["keys", "new", "--out", at(`${role}.json`), "--passphrase-file", at("pass"), "--json"]);
        const { address } = JSON.parse(made.out) as { address: string };
        const who = ["--role", role, "--scope", "310105", "--person", role, "--address", address];
        expect(run(["keys", "register", ...who]).code).to.equal(0);
      }
      // A key speaks some seconds after it was registered.
      await new Promise((resolve) => setTimeout(resolve, 12_000));
      const sign = (file: string, role: string, ...more: string[]) =>
        run(["sign", at(file), "--key", at(`${role}.json`), "--passphrase-file", at("pass"), ...more]);
      const fund = "city-care-2026";
      expect(run(["fund", "open", "--fund", "nowhere", "--out", at("x.json")]).err).to.contain("no fund nowhere");
      expect(run(["fund", "open", "--fund", fund, "--out", at("open.json")]).code).to.equal(0);
      expect(sign("open.json", "Treasury").err).to.contain("add --yes");
      const shown = sign("open.json", "Treasury", "--yes");
      expect(shown.code, shown.err).to.equal(0);
      expect(shown.err).to.contain("开立资金 Open the fund").and.to.contain(fund);
      expect(run(["relay", at("open.json")]).err).to.contain("signature_missing");
      expect(sign("open.json", "Supervisor", "--yes").code).to.equal(0);
      expect(run(["relay", at("open.json")]).code).to.equal(0);
      expect(run(["relay", at("open.json")]).err).to.contain("already_done");
      writeFileSync(at("order.txt"), "预算〔2026〕1号");
      const budget = ["fund", "appropriate", "--fund", fund, "--document", at("order.txt"), "--out", at("budget.json")];
      expect(run([...budget, "--yuan", "12.345"]).err).to.contain("--yuan");
      expect(run([...budget, "--yuan", "5000.05"]).code).to.equal(0);
      const text = readFileSync(at("budget.json"), "utf8");
      expect(sign("budget.json", "Treasury", "--yes").code).to.equal(0);
      const changed = readFileSync(at("budget.json"), "utf8").replace('"500005"', '"900005"');
      writeFileSync(at("changed.json"), changed);
      expect(run(["relay", at("changed.json")]).err).to.contain("signature_invalid");
      writeFileSync(at("bad.json"), text.replace('"500005"', '"5e5"'));
      expect(run(["relay", at("bad.json")]).err).to.contain("message.amountFen");
      expect(run(["relay", at("budget.json")]).code).to.equal(0);
      const books = run(["books", "--fund", fund]);
      expect(books.code).to.equal(0);
      expect(books.out)
        .to.contain("下达 appropriated: 5000.05")
        .and.to.contain("+5000.05 Appropriated")
        .and.to.contain("成立 holds");
      expect(run(["books", "--fund", fund, "--date", "2020-01-01"]).out).to.contain("下达 appropriated: 0.00");
    });
    it("has nothing to settle or pay before the first seal, and says so", () => {
      expect(run(["settle"]).out).to.contain("nothing is due");
      expect(run(["settle", "--revise"]).out).to.contain("0 of 0 days differ");
      expect(run(["entitle", "--month", "2026-11"]).err).to.contain("not_sealed");
      expect(run(["entitle", "--month", "november"]).code).to.equal(2);
      expect(run(["payout", "prepare", "--fund", "city-care-2026"]).err).to.contain("nothing_due");
      expect(run(["payout", "prepare", "--fund", "ltci-2026"]).err).to.contain("fund_not_open");
      expect(run(["payout", "publicity", "--fund", "city-care-2026", "--run", "1"]).err).to.contain("not_found");
      expect(run(["payout", "release", "--fund", "city-care-2026", "--run", "x"]).code).to.equal(2);
    });
    it("changes an account by two persons", () => {
      const payee = readFileSync(join(dataset, "providers.csv"), "utf8").split("\n")[1]!.split(",")[0]!;
      const ask = ["account", "request", "--payee", payee, "--by", "zhang", "--reason", "原账户已销"];
      expect(run([...ask, "--account", "62 22"]).code).to.equal(2);
      const { id } = JSON.parse(run([...ask, "--account", "6222000011", "--json"]).out) as { id: string };
      expect(run(["account", "list"]).out).to.contain(id);
      expect(run(["account", "approve", "--id", id, "--by", "zhang"]).err).to.contain("second_person_needed");
      expect(run(["account", "approve", "--id", id, "--by", "li"]).out).to.contain("paid there from");
    });
  });
});
