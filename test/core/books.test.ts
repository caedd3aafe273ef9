import { expect } from "chai";
import fc from "fast-check";
import {
  type Balances,
  balancesAfter,
  booksOf,
  conserved,
  type MoneyEvent,
  NO_BALANCES,
  runsOf,
} from "../../core/books.ts";
import { ZERO_HASH } from "../../core/bytes.ts";
import { nameHash } from "../../core/payout.ts";

const fund = nameHash("f");
let block = 0;
const event = (name: MoneyEvent["name"], args: Record<string, string> = {}): MoneyEvent => ({
  name,
  fund,
  args,
  tx: ZERO_HASH,
  blockNumber: ++block,
  logIndex: 0,
  at: block,
});
const opened = event("FundOpened", { region: "310105", code: "f" });
const proposed = (run: number, total: number) =>
  event("RunProposed", {
    run: String(run),
    total: String(total),
    termsHash: ZERO_HASH,
    windowEnds: "9",
    person: nameHash("p"),
  });

describe("books: balances add up from events alone", () => {
  it("follows money through a run that is paid, sent back, and a debt", () => {
    const events = [
      opened,
      event("Appropriated", { amountFen: "1000" }),
      event("Withdrawn", { amountFen: "100" }),
      proposed(1, 300),
      event("RunApproved", { run: "1", person: nameHash("q") }),
      event("RunReleased", { run: "1", total: "300", owed: "40" }),
      event("PaymentReturned", { run: "1", index: "0", amountFen: "50" }),
      event("DebtRepaid", { payee: ZERO_HASH, amountFen: "15" }),
    ];
    expect(booksOf(events)).to.deep.equal({
      appropriatedFen: 1000n,
      withdrawnFen: 100n,
      availableFen: 665n,
      reservedFen: 0n,
      releasedFen: 300n,
      returnedFen: 50n,
      repaidFen: 15n,
      owedFen: 25n,
    });
    for (const { balances } of balancesAfter(events)) expect(conserved(balances)).to.equal(true);
  });
  it("gives back what a void run had reserved", () => {
    const books = booksOf([
      opened,
      event("Appropriated", { amountFen: "10" }),
      proposed(1, 7),
      event("RunVoided", { run: "1" }),
    ]);
    expect(books).to.include({ availableFen: 10n, reservedFen: 0n, releasedFen: 0n });
  });
  it("begins anew at a successor's opening, with what its predecessor had, and ends what was live", () => {
    const opening = {
      appropriated: "1000",
      withdrawn: "100",
      released: "300",
      returned: "50",
      repaid: "15",
      owed: "25",
      runs: "1",
    };
    const events = [
      opened,
      event("Appropriated", { amountFen: "1000" }),
      proposed(1, 300),
      event("FundOpened", opening),
    ];
    expect(booksOf(events)).to.include({ availableFen: 665n, reservedFen: 0n, owedFen: 25n });
    expect(runsOf(events).get(1)).to.include({ state: "void" });
  });
  it("calls nothing conserved that is not: one balance off by one fen, or below zero", () => {
    const amount = fc.bigInt({ min: 0n, max: 10n ** 12n });
    const honest = fc
      .tuple(amount, amount, amount, amount, amount)
      .map(([available, reserved, released, withdrawn, owed]) => ({
        ...NO_BALANCES,
        availableFen: available,
        reservedFen: reserved,
        releasedFen: released,
        withdrawnFen: withdrawn,
        appropriatedFen: available + reserved + released + withdrawn,
        owedFen: owed,
      }));
    const names = Object.keys(NO_BALANCES).filter((name) => name !== "owedFen") as (keyof Balances)[];
    fc.assert(
      fc.property(honest, fc.constantFrom(...names), fc.constantFrom(1n, -1n), (books, name, by) => {
        expect(conserved(books)).to.equal(true);
        expect(conserved({ ...books, [name]: books[name] + by })).to.equal(false);
      }),
    );
    expect(conserved({ ...NO_BALANCES, owedFen: -1n })).to.equal(false);
  });
});

describe("books: where runs stand", () => {
  it("is proposed, approved, frozen, thawed with a later window, released", () => {
    const events = [opened, proposed(3, 5)];
    const status = () => runsOf(events).get(3)!;
    expect(status()).to.include({ state: "proposed", frozen: false, windowEnds: 9, approver: null });
    events.push(event("RunApproved", { run: "3", person: nameHash("q") }), event("RunObjected", { run: "3" }));
    expect(status()).to.include({ state: "approved", frozen: true, approver: nameHash("q") });
    events.push(event("ObjectionDismissed", { run: "3", windowEnds: "20" }));
    expect(status()).to.include({ frozen: false, windowEnds: 20 });
    events.push(event("RunReleased", { run: "3", total: "5", owed: "0" }));
    expect(status()).to.include({ state: "released" });
  });
  it("does not make a run of events whose proposal is not there", () => {
    expect(runsOf([opened, event("RunApproved", { run: "1", person: ZERO_HASH })]).size).to.equal(0);
  });
});
