import { expect } from "chai";
import { AbiCoder, keccak256, TypedDataEncoder } from "ethers";
import fc from "fast-check";
import { type Hex, toHex, ZERO_HASH } from "../../core/bytes.ts";
import { FUND_ACTION, nameHash, RUN_ACTION, type RunTerms, runAction } from "../../core/payout.ts";
import {
  type BankRequest,
  describeRequest,
  type FundRequest,
  type Opening,
  openingHash,
  type RunRequest,
  requestDigest,
  requestProblem,
  signRequest,
  validSignatures,
} from "../../core/request.ts";
import { addressOfKey, recover, signDigest } from "../../core/signature.ts";
import { moneyJson, SigningRequestInput } from "../../server/payouts/schema.ts";

const OPENING_TYPE =
  "tuple(uint128 appropriated,uint128 withdrawn,uint128 released,uint128 returned,uint128 repaid,tuple(bytes32 hash,uint128 sum) debts,uint32 debtors,uint64 runs,tuple(uint32 day,uint32 revision,uint128 total,uint128 consumed,bytes32 root)[] dayList,tuple(uint64 run,tuple(bytes32 hash,uint128 sum) lines,uint32 payees)[] runList,tuple(uint64 run,uint32 index,uint64 amountFen)[] returnList,bytes32 document)";
const CONTRACT: Hex = `0x${"ab".repeat(20)}`;
const KEY = new Uint8Array(32).fill(7);
const sign = (digest: Uint8Array) => signDigest(digest, KEY);

const hash = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(toHex);
const fen = fc.bigInt({ min: 0n, max: 2n ** 100n });
const small = fc.integer({ min: 0, max: 2 ** 31 });
const node = fc.record({ hash, sum: fen });
const opening: fc.Arbitrary<Opening> = fc.record({
  appropriated: fen,
  withdrawn: fen,
  released: fen,
  returned: fen,
  repaid: fen,
  debts: node,
  debtors: small,
  runs: small,
  dayList: fc.array(fc.record({ day: small, revision: small, total: fen, consumed: fen, root: hash }), {
    maxLength: 4,
  }),
  runList: fc.array(fc.record({ run: small, lines: node, payees: small }), { maxLength: 4 }),
  returnList: fc.array(fc.record({ run: small, index: small, amountFen: fc.bigInt({ min: 0n, max: 2n ** 60n }) }), {
    maxLength: 4,
  }),
  document: hash,
});

const common = {
  format: "silverledger-request",
  version: 1,
  chainId: 20_235,
  contract: CONTRACT,
  region: 310_105,
  signatures: [],
} as const;
const TERMS: RunTerms = {
  fund: nameHash("city-care-2026"),
  number: 3,
  dayList: [20_600, 20_606],
  returnList: [{ run: 1, index: 4 }],
  lines: { hash: nameHash("lines"), sum: 1_234_560n },
  payees: 6,
  debts: { hash: nameHash("debts"), sum: 0n },
  debtors: 0,
  window: 86_400,
  patience: 864_000,
};
const run = (): RunRequest => ({
  ...common,
  signatures: [],
  kind: "run",
  terms: TERMS,
  message: runAction("approve", "city-care-2026", TERMS, 1_790_000_000),
});
const fund = (o: Opening): FundRequest => ({
  ...common,
  signatures: [],
  kind: "fund",
  opening: o,
  message: { action: "open", fund: "f", amountFen: o.appropriated, document: openingHash(310_105, o), deadline: 9 },
});
const LINE = { index: 2, payee: nameHash("p"), account: nameHash("a"), amountFen: 650n };
const bank = (): BankRequest => ({
  ...common,
  signatures: [],
  kind: "bank",
  message: {
    action: "return",
    fund: "f",
    run: 1,
    index: 2,
    payee: LINE.payee,
    amountFen: 650n,
    document: ZERO_HASH,
    deadline: 9,
  },
  line: LINE,
  proof: [{ hash: nameHash("n"), sum: 5n }],
});

describe("request: what officials sign", () => {
  it("hashes an opening as the contract does, whatever is in it", () => {
    fc.assert(
      fc.property(opening, (o) => {
        const encoded = AbiCoder.defaultAbiCoder().encode(["uint32", OPENING_TYPE], [310_105, o]);
        expect(openingHash(310_105, o)).to.equal(keccak256(encoded));
      }),
    );
  });
  it("has the digest that a wallet shows for the same message", () => {
    const domain = { name: "SilverLedger", version: "1", chainId: 20_235, verifyingContract: CONTRACT };
    const types = (type: { name: string; fields: readonly (readonly [string, string])[] }) => ({
      [type.name]: type.fields.map(([name, of]) => ({ name, type: of })),
    });
    expect(toHex(requestDigest(run()))).to.equal(TypedDataEncoder.hash(domain, types(RUN_ACTION), run().message));
    const request = { ...fund({ ...OPEN }), opening: null };
    expect(toHex(requestDigest(request))).to.equal(TypedDataEncoder.hash(domain, types(FUND_ACTION), request.message));
  });
  it("refuses to sign anything of which the message and what it stands for differ", () => {
    expect([run(), fund(OPEN), bank()].map(requestProblem)).to.deep.equal([null, null, null]);
    const wrong: [string, RunRequest | FundRequest | BankRequest][] = [
      ["totalFen", { ...run(), message: { ...run().message, totalFen: 1n } }],
      ["payees", { ...run(), message: { ...run().message, payees: 7 } }],
      ["terms", { ...run(), message: { ...run().message, terms: ZERO_HASH } }],
      ["terms.fund", { ...run(), message: { ...run().message, fund: "another" } }],
      ["lastDay", { ...run(), message: { ...run().message, lastDay: 20_607 } }],
      ["run", { ...run(), message: { ...run().message, run: 4 } }],
      ["opening", { ...fund(OPEN), opening: { ...OPEN, released: 1n } }],
      ["opening", { ...fund(OPEN), opening: null }],
      ["amountFen", { ...fund(OPEN), message: { ...fund(OPEN).message, amountFen: 1n } }],
      ["opening", { ...fund(OPEN), message: { ...fund(OPEN).message, action: "withdraw" } }],
      ["line", { ...bank(), message: { ...bank().message, amountFen: 649n } }],
      ["line", { ...bank(), message: { ...bank().message, payee: ZERO_HASH } }],
      ["line", { ...bank(), line: { ...LINE, index: 3 } }],
    ];
    for (const [field, request] of wrong) {
      expect(requestProblem(request), field).to.match(new RegExp(`^${field}:`));
      expect(() => signRequest(request, sign, addressOfKey(KEY)), field).to.throw(RangeError);
    }
    // A debt may be paid in part.
    expect(requestProblem({ ...bank(), message: { ...bank().message, action: "repay", amountFen: 1n } })).to.equal(
      null,
    );
    expect(
      requestProblem({ ...bank(), message: { ...bank().message, action: "repay", amountFen: 651n } }),
    ).to.not.equal(null);
  });
  it("keeps one signature of a key, and knows those that are not what they say", () => {
    const signer = addressOfKey(KEY);
    const once = signRequest(run(), sign, signer);
    expect(signRequest(once, sign, signer).signatures).to.have.length(1);
    expect(validSignatures(once, recover)).to.deep.equal(once.signatures);
    const moved = { ...once, chainId: 1 };
    expect(validSignatures(moved, recover)).to.deep.equal([]);
    const stolen = { ...once, signatures: [{ ...once.signatures[0]!, signer: CONTRACT }] };
    expect(validSignatures(stolen, recover)).to.deep.equal([]);
  });
  it("shows figures and words of everything that is signed, in Chinese and English", () => {
    const text = describeRequest(run()).join("\n");
    for (const word of [
      "批准拨付批次 Approve a payout run",
      "city-care-2026",
      "12345.60 元 yuan",
      "2026-05-27 – 2026-06-02",
      "收款人 payees: 6",
      run().message.terms,
      CONTRACT,
    ])
      expect(text).to.contain(word);
    expect(describeRequest(bank()).join("\n")).to.contain("6.50 元 yuan").and.to.contain("登记银行退票");
  });
  it("is the same after it went through a file; a file with anything else is refused", () => {
    for (const request of [run(), fund(OPEN), bank()]) {
      expect(SigningRequestInput.parse(JSON.parse(moneyJson(request)))).to.deep.equal(request);
      const raw = JSON.parse(moneyJson(request)) as Record<string, unknown>;
      expect(SigningRequestInput.safeParse({ ...raw, more: 1 }).success).to.equal(false);
      expect(SigningRequestInput.safeParse({ ...raw, version: 2 }).success).to.equal(false);
      expect(SigningRequestInput.safeParse({ ...raw, contract: "0x12" }).success).to.equal(false);
    }
    const raw = JSON.parse(moneyJson(run())) as { message: { totalFen: string } };
    for (const totalFen of ["-1", "1.5", "01", "1e3", ""])
      expect(
        SigningRequestInput.safeParse({ ...raw, message: { ...raw.message, totalFen } }).success,
        totalFen,
      ).to.equal(false);
  });
});

const OPEN: Opening = {
  appropriated: 500n,
  withdrawn: 0n,
  released: 0n,
  returned: 0n,
  repaid: 0n,
  debts: { hash: nameHash("d"), sum: 0n },
  debtors: 0,
  runs: 0,
  dayList: [],
  runList: [],
  returnList: [],
  document: ZERO_HASH,
};
