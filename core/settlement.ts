import { concat, fromHex, type Hex, toHex, word, writeHex, writeWord, ZERO_HASH } from "./bytes.ts";
import { keccak } from "./hash.ts";
import { divideFen, type Share } from "./money.ts";
import { MAX_AMOUNT, type SumNode, type SumNodeHex, sumChunks, sumHex, sumRoot } from "./sumTree.ts";

/**
 * The settlement of a sealed day: for each fund one line per entry of the day, with the amount that the fund pays for it.
 * Pure: the same entries, decisions and tariffs give the same roots on any machine. A revision is the same call again,
 * in full, on what was known at a later time.
 */
export const LINE_STATUSES = ["none", "paid", "zero", "held", "denied", "replaced"] as const;
export type LineStatus = (typeof LINE_STATUSES)[number];

/** What one unit of an item costs on the day of the visit, and who bears it; the elder's part is what is left. */
export interface Tariff {
  unitPriceFen: bigint;
  /** Funds and their whole percentages; at most 100 together. */
  shares: readonly Share[];
}

/** What is known of one entry of the day. Entries that are not paid by units have `claim` null: status none. */
export interface EntryClaim {
  index: number;
  claim: UnitClaim | FixedClaim | CarriedLine | null;
}

/** The line that an earlier revision gave, where the details that it rested on were erased since. */
export interface CarriedLine {
  carried: Priced;
}

/** Sealed days that a settlement may know: everything up to and with them, and nothing after. */
export interface AsOf {
  region: number;
  day: number;
  head: Hex;
}

/** keccak of the number of days named and, for each, its region, number and head. */
export function asOfHash(list: readonly AsOf[]): Hex {
  const words = list.flatMap(({ region, day, head }) => [word(region), word(day), fromHex(head)]);
  return toHex(keccak(concat(word(list.length), ...words)));
}

/** A visit: paid are the whole units that were booked, evidenced and authorised, whichever is least. */
export interface UnitClaim {
  payee: Hex;
  bookedUnits: number;
  evidencedUnits: number;
  authorisedUnits: number;
  /** Null: no tariff of any fund covers the item on that day. */
  tariff: Tariff | null;
  decision: Decision;
}

/** An entitlement: a fixed amount of one fund. */
export interface FixedClaim {
  payee: Hex;
  fund: string;
  amountFen: bigint;
  decision: Decision;
}

/** What the review says: verdicts may hold or deny, a later correction replaces. `verdicts` is the hash of their ids. */
export interface Decision {
  outcome: "pay" | "held" | "denied" | "replaced";
  verdicts: Hex;
}

/** One fund's line of one entry. */
export interface SettlementLine {
  index: number;
  status: LineStatus;
  priceFen: bigint;
  shareFen: bigint;
  verdicts: Hex;
  payee: Hex;
}

export interface SettledPart {
  fund: string;
  lines: SettlementLine[];
  /** Roots of each 256 lines. */
  chunks: SumNode[];
  root: SumNodeHex;
}

const NOTHING = { status: "none", priceFen: 0n, shares: [], verdicts: ZERO_HASH, payee: ZERO_HASH } as const;

export interface Priced {
  status: LineStatus;
  priceFen: bigint;
  /** Amounts by fund. */
  shares: readonly (readonly [fund: string, shareFen: bigint])[];
  verdicts: Hex;
  payee: Hex;
}

/** Whole units that are paid: never more than was booked, than the stay gives evidence of, than the plan authorised. */
export function payableUnits({ bookedUnits, evidencedUnits, authorisedUnits }: UnitClaim): number {
  const units = Math.min(bookedUnits, evidencedUnits, authorisedUnits);
  if (!Number.isSafeInteger(units)) throw new RangeError("units: whole numbers only");
  return Math.max(0, units);
}

function sharesOf(priceFen: bigint, { shares }: Tariff): (readonly [string, bigint])[] {
  const funds = shares.reduce((sum, { percent }) => sum + percent, 0);
  const amounts = divideFen(priceFen, [...shares, { bearer: "", percent: 100 - funds }]);
  return shares.map(({ bearer }, i) => [bearer, amounts[i]!] as const);
}

function price(claim: UnitClaim | FixedClaim | CarriedLine): Priced {
  if ("carried" in claim) return claim.carried;
  const { payee, decision } = claim;
  const { verdicts } = decision;
  if (decision.outcome !== "pay") return { ...NOTHING, status: decision.outcome, verdicts, payee };
  if ("amountFen" in claim) {
    if (claim.amountFen === 0n) return { ...NOTHING, status: "zero", verdicts, payee };
    return { status: "paid", priceFen: claim.amountFen, shares: [[claim.fund, claim.amountFen]], verdicts, payee };
  }
  const priceFen = claim.tariff ? BigInt(payableUnits(claim)) * claim.tariff.unitPriceFen : 0n;
  if (!claim.tariff || priceFen === 0n) return { ...NOTHING, status: "zero", verdicts, payee };
  return { status: "paid", priceFen, shares: sharesOf(priceFen, claim.tariff), verdicts, payee };
}

/** Leaf of a line: keccak(0x00 ‖ abi.encode(index, status, priceFen, shareFen, verdicts, payee)). */
export function settlementLeaf({ index, status, priceFen, shareFen, verdicts, payee }: SettlementLine): SumNode {
  // Written where the last one stood: a day has a hundred thousand of them for each fund.
  leafInput.fill(0);
  writeWord(index, leafInput, 1);
  writeWord(LINE_STATUSES.indexOf(status), leafInput, 33);
  leafView.setBigUint64(1 + 2 * 32 + 24, requireAmount(priceFen));
  leafView.setBigUint64(1 + 3 * 32 + 24, requireAmount(shareFen));
  if (verdicts !== ZERO_HASH) writeHex(verdicts, 2, leafInput, 129);
  if (payee !== ZERO_HASH) writeHex(payee, 2, leafInput, 161);
  return { hash: keccak(leafInput), sum: shareFen };
}
const leafInput = new Uint8Array(1 + 6 * 32);
const leafView = new DataView(leafInput.buffer);

function requireAmount(amountFen: bigint): bigint {
  if (amountFen < 0n || amountFen > MAX_AMOUNT) throw new RangeError("amountFen: outside 64 bits");
  return amountFen;
}

/**
 * Settles a day for all funds at once. `claims` holds one item for each entry of the day, in order; `funds` are those
 * that take part, also where they pay nothing (a fund that had a share before must have one again). Parts come in the
 * ascending order of the funds' codes. Throws RangeError on a gap, an unknown fund, or amounts outside their range.
 */
export function settleDay(claims: readonly EntryClaim[], funds: readonly string[]): SettledPart[] {
  const parts = [...new Set(funds)].sort().map((fund) => ({ fund, lines: [] as SettlementLine[] }));
  const known = new Set(funds);
  claims.forEach(({ index, claim }, i) => {
    if (index !== i) throw new RangeError(`entry ${i}: every entry of the day has one line`);
    const { status, priceFen, shares, verdicts, payee } = claim ? price(claim) : NOTHING;
    const amounts = new Map(shares);
    for (const fund of amounts.keys()) if (!known.has(fund)) throw new RangeError(`entry ${i}: no fund ${fund} here`);
    for (const { fund, lines } of parts)
      lines.push({ index, status, priceFen, shareFen: amounts.get(fund) ?? 0n, verdicts, payee });
  });
  return parts.map(({ fund, lines }) => {
    const chunks = sumChunks(lines.map(settlementLeaf));
    return { fund, lines, chunks, root: sumHex(sumRoot(chunks)) };
  });
}

/** Whether the funds' lines of one entry agree with one another and do not exceed its price: what a verifier checks. */
export function linesAgree(lines: readonly SettlementLine[]): boolean {
  const [first] = lines;
  if (!first) return false;
  const same = lines.every(
    ({ index, status, priceFen, verdicts, payee }) =>
      index === first.index &&
      status === first.status &&
      priceFen === first.priceFen &&
      verdicts === first.verdicts &&
      payee === first.payee,
  );
  const total = lines.reduce((sum, { shareFen }) => sum + shareFen, 0n);
  return same && total <= first.priceFen && (first.status === "paid" || total === 0n);
}
