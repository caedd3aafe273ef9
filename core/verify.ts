import { fromHex, type Hex, toHex } from "./bytes.ts";
import { dayOf, dayStart, SEAL_DUE_SECONDS } from "./day.ts";
import { type DetailedKind, type Disclosure, verifyDisclosure } from "./details.ts";
import { type EntryKind, type EntryOf, entryDigest } from "./entry.ts";
import { type Grant, keyProblem, regionScope, submitterAuthority } from "./keyBook.ts";
import { headsAfter } from "./seal.ts";
import { type Recover, recover as recoverPure } from "./signature.ts";
import { RECEIPT, type Receipt, SUBMISSION, type Submission } from "./statement.ts";
import { log } from "./tree.ts";
import { domainSeparator, typedDigest } from "./typedData.ts";
import { type MoneyAnchorage, type PaidEntry, type PaymentProof, verifyPayment } from "./verifyPayment.ts";

/** `*.proof.json`, version 1: everything that one entry needs to be checked without our server (P8). */
export interface Proof {
  format: "silverledger-proof";
  version: 1;
  ledgerId: Hex;
  /** As the maker states it; the anchor says whether it is so. */
  simulated: boolean;
  kind: EntryKind;
  entry: EntryOf[EntryKind];
  /** Groups of the details that are shown, the others as hashes; absent when nothing is shown. */
  disclosure?: Disclosure;
  /** Who signed it and what we promised; absent for the operator's own entries (an allowance's Entitlement). */
  submission?: Submission;
  signature?: Hex;
  /** Place of the entry in its submission, and the proof of it. */
  leaf?: number;
  submissionProof?: Hex[];
  receipt?: Receipt;
  receiptSignature?: Hex;
  day: number;
  index: number;
  size: number;
  inclusion: Hex[];
  /** The region's fixed offset and first day, and every seal from the first day on: they chain to the head. */
  offset: number;
  firstDay: number;
  seals: { day: number; size: number; root: Hex }[];
  /** How it was settled and paid; absent before its day is settled. */
  payment?: PaymentProof;
  anchor?: { chainId: number; contract: Hex; tx: Hex; blockNumber: number; blockHash: Hex };
}

/** What a verifier trusts instead of the file: a chain node, or a checkpoint that it holds. */
export interface Anchorage {
  /** In words: which node and contract, or which checkpoint and key. */
  source: string;
  ledgerId: Hex;
  simulated: boolean | null;
  /** Whether the chain's part was put there again after a loss; null when the source cannot say. */
  replayed: boolean | null;
  /** Whether this head is the head of the region after that day, by the chain or by the checkpoint. */
  headAfter(region: number, day: number): Promise<Hex | null>;
  /** Root and size of a sealed day, and when the block sealed it; null when the source does not have single days. */
  day(region: number, day: number): Promise<{ root: Hex; size: number; sealedAt: number } | null>;
  /** The last day that the source knows of, for the region. */
  lastDay(region: number): Promise<number | null>;
  /** A key's authority; null when the source has no registry, undefined when the key is not in it. */
  grantOf(address: Hex): Promise<Grant | undefined | null>;
  /** Submissions of the region that providers put on chain because the operator did not answer, two days ago or more. */
  lodged(region: number): Promise<Hex[]>;
  /** SubsidyLedger's own word on money; null when the source has none. */
  money: MoneyAnchorage | null;
  /** Addresses that the caller trusts as operator where there is no registry. */
  trustedOperators: Hex[];
}

export type Status = "held" | "broken" | "late" | "attested" | "simulated" | "not covered";
export interface Finding {
  property: "P1" | "P2" | "P3" | "P4" | "P5" | "P6" | "P7" | "P8";
  status: Status;
  what: string;
}

export interface Verdict {
  ok: boolean;
  findings: Finding[];
  operator: Hex | null;
  source: string;
}

type Check = (property: Finding["property"], holds: boolean, held: string, broken: string) => boolean;

/** A proof of what somebody signed and we receipted. */
export type ReceiptedProof = Proof &
  Required<Pick<Proof, "submission" | "signature" | "leaf" | "submissionProof" | "receipt" | "receiptSignature">>;
const regionOf = (proof: Proof): number => (proof.entry as { region: number }).region;

function bindsToSubmission(proof: ReceiptedProof, digest: Uint8Array): boolean {
  const { submission, leaf, submissionProof } = proof;
  return log.verifyInclusion(
    leaf,
    submission.count,
    log.leafHash(digest),
    submissionProof.map(fromHex),
    fromHex(submission.root),
  );
}

function receiptNamesPlace(proof: ReceiptedProof): boolean {
  const { receipt, submission, entry, day, index, leaf, offset } = proof;
  return (
    receipt.submission === toHex(SUBMISSION.hash(submission)) &&
    receipt.count === submission.count &&
    receipt.region === (entry as { region: number }).region &&
    receipt.day === day &&
    receipt.firstIndex + leaf === index &&
    dayOf(receipt.receivedAt, offset) === day
  );
}

async function signerSpeaks(
  anchorage: Anchorage,
  address: Hex | null,
  role: "Operator" | "submitter",
  proof: ReceiptedProof,
): Promise<string | null> {
  if (!address) return "the signature is not a valid one";
  const grant = await anchorage.grantOf(address);
  if (grant === null) {
    if (role === "submitter") return null;
    return anchorage.trustedOperators.includes(address) ? null : `${address} is not the operator that you trust`;
  }
  const authority =
    role === "Operator"
      ? { role: "Operator" as const, scope: regionScope(proof.receipt.region) }
      : submitterAuthority(proof.submission.submitter);
  return keyProblem(grant, authority.role, authority.scope, proof.receipt.receivedAt);
}

/** Nothing in the file is believed: seals must chain to a head that the anchorage itself holds. */
async function checkHistory(proof: Proof, anchorage: Anchorage, check: Check): Promise<void> {
  const region = regionOf(proof);
  const heads = headsAfter(
    proof.ledgerId,
    { region, firstDay: proof.firstDay, offsetMinutes: proof.offset },
    proof.seals,
  );
  const last = await anchorage.lastDay(region);
  const known = Math.min(proof.seals.at(-1)?.day ?? -1, last ?? -1);
  const expected = last === null || known < proof.day ? null : await anchorage.headAfter(region, known);
  const held = heads !== null && expected !== null && heads.get(known) === expected;
  check(
    "P3",
    held,
    `days ${proof.firstDay}–${known} chain to the anchored head`,
    heads === null
      ? "the days have a gap"
      : expected === null
        ? `day ${proof.day} is not anchored there`
        : "the days do not chain to the anchored head",
  );
  if (
    heads &&
    proof.receipt &&
    proof.receipt.head !== heads.get(proof.day - 1) &&
    ![...heads.entries()].some(([day, head]) => day < proof.day && head === proof.receipt?.head)
  ) {
    check("P3", false, "", "the receipt was given under another history than the one that is anchored");
  }
}

async function checkDay(
  proof: Proof,
  anchorage: Anchorage,
  digest: Uint8Array,
  check: Check,
  findings: Finding[],
): Promise<void> {
  const region = regionOf(proof);
  const stated = proof.seals.find((seal) => seal.day === proof.day);
  const day = await anchorage.day(region, proof.day);
  const root = day ?? stated ?? null;
  const holds =
    root !== null &&
    root.size === proof.size &&
    (!day || (stated?.root === day.root && stated.size === day.size)) &&
    log.verifyInclusion(
      proof.index,
      proof.size,
      log.leafHash(digest),
      proof.inclusion.map(fromHex),
      fromHex(root.root),
    );
  check(
    "P2",
    holds,
    `stands at region ${region}, day ${proof.day}, index ${proof.index} of ${proof.size}`,
    "is not at that place of the sealed day",
  );
  if (!day) return;
  const late = day.sealedAt - (dayStart(proof.day + 1, proof.offset) + SEAL_DUE_SECONDS);
  if (late > 0)
    findings.push({ property: "P3", status: "late", what: `the day was sealed ${late} seconds after it was due` });
}

/**
 * Checks one proof against an anchorage and says of each property whether it is held. Never throws on a wrong file:
 * whatever is malformed counts as broken.
 */
export async function verifyProof(
  proof: Proof,
  anchorage: Anchorage,
  recover: Recover = recoverPure,
): Promise<Verdict> {
  const findings: Finding[] = [];
  const check: Check = (property, holds, held, broken) => {
    findings.push({ property, status: holds ? "held" : "broken", what: holds ? held : broken });
    return holds;
  };
  let operator: Hex | null = null;
  try {
    operator = await checkAll(proof, anchorage, recover, check, findings);
  } catch (error) {
    findings.push({
      property: "P8",
      status: "broken",
      what: `the file is not well formed: ${(error as Error).message}`,
    });
  }
  return { ok: findings.every((finding) => finding.status !== "broken"), findings, operator, source: anchorage.source };
}

async function checkAll(
  proof: Proof,
  anchorage: Anchorage,
  recover: Recover,
  check: Check,
  findings: Finding[],
): Promise<Hex | null> {
  if (proof.format !== "silverledger-proof" || proof.version !== 1) throw new RangeError("unknown format or version");
  check("P8", proof.ledgerId === anchorage.ledgerId, `ledger ${proof.ledgerId}`, "the proof is of another ledger");
  const domain = domainSeparator(proof.ledgerId);
  const digest = entryDigest(domain, proof.kind, proof.entry as never);

  const operator = isReceipted(proof) ? await checkPromise(proof, anchorage, recover, digest, check, findings) : null;
  if (!isReceipted(proof)) {
    // Only what the operator writes itself has nobody's signature: a visit without one is a visit that nobody made.
    if (OWN_KINDS.includes(proof.kind))
      findings.push({ property: "P1", status: "not covered", what: "the operator's own entry: nobody else signed it" });
    else check("P1", false, "", "the signed submission and its receipt are missing");
  }

  await checkDay(proof, anchorage, digest, check, findings);
  await checkHistory(proof, anchorage, check);
  const lodged = (await anchorage.lodged(regionOf(proof))).filter((hash) => hash !== proof.receipt?.submission);
  if (lodged.length > 0)
    findings.push({
      property: "P2",
      status: "not covered",
      what: `${lodged.length} submissions were put on chain by providers whom the operator had not answered; ask for their proofs: ${lodged.join(" ")}`,
    });
  if (proof.disclosure) {
    const shown = verifyDisclosure(proof.kind as DetailedKind, proof.disclosure, commitmentOf(proof));
    check("P7", shown, "the shown details are the committed ones", "the shown details are not the committed ones");
  } else findings.push({ property: "P7", status: "not covered", what: "no details are shown" });
  if (proof.payment) findings.push(...(await verifyPayment(paidEntryOf(proof), proof.payment, anchorage.money)));
  for (const property of proof.payment ? (["P6"] as const) : (["P4", "P5", "P6"] as const))
    findings.push({ property, status: "not covered", what: "not in this proof" });
  if (anchorage.replayed)
    findings.push({
      property: "P3",
      status: "attested",
      what: "the chain was replayed after a loss: key periods are its deployer's word, block times are later ones",
    });
  if (anchorage.simulated ?? proof.simulated)
    findings.push({ property: "P8", status: "simulated", what: "a demonstration ledger on a simulated clock" });
  return operator;
}

/** Who signed an entry, and that we promised its place. Returns the operator's address. */
async function checkPromise(
  proof: ReceiptedProof,
  anchorage: Anchorage,
  recover: Recover,
  digest: Uint8Array,
  check: Check,
  findings: Finding[],
): Promise<Hex | null> {
  const domain = domainSeparator(proof.ledgerId);
  const provider = recover(typedDigest(domain, SUBMISSION, proof.submission), proof.signature);
  const providerProblem = await signerSpeaks(anchorage, provider, "submitter", proof);
  check(
    "P1",
    bindsToSubmission(proof, digest) && providerProblem === null,
    `signed by ${proof.submission.submitter} with ${provider}`,
    providerProblem ?? "the entry is not in the signed submission",
  );
  if (provider && (await anchorage.grantOf(provider)) === null) {
    findings.push({
      property: "P1",
      status: "not covered",
      what: "no key registry here: whether that key is the submitter's was not checked",
    });
  }
  if (proof.submission.submitter.startsWith("import:"))
    findings.push({ property: "P1", status: "attested", what: "an administration imported it; no provider signed" });

  const operator = recover(typedDigest(domain, RECEIPT, proof.receipt), proof.receiptSignature);
  const operatorProblem = await signerSpeaks(anchorage, operator, "Operator", proof);
  check(
    "P1",
    receiptNamesPlace(proof) && operatorProblem === null,
    `receipted by ${operator}`,
    operatorProblem ?? "the receipt does not name this place",
  );
  return operator;
}

const OWN_KINDS: readonly EntryKind[] = [
  "Erasure",
  "Access",
  "Close",
  "Account",
  "Entitlement",
  "RuleSet",
  "Review",
  "Verdict",
  "Decision",
  "Feed",
  "Gap",
];
const isReceipted = (proof: Proof): proof is ReceiptedProof => proof.submission !== undefined;

function paidEntryOf(proof: Proof): PaidEntry {
  const { provider, elder } = proof.entry as { provider?: string; elder?: string };
  const payee = proof.kind === "Visit" ? provider! : (elder ?? "");
  return { region: regionOf(proof), day: proof.day, index: proof.index, payee };
}

function commitmentOf(proof: Proof): Hex {
  const { details } = proof.entry as { details: Hex };
  return details;
}
