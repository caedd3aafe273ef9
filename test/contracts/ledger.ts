import { randomBytes } from "node:crypto";
import { network } from "hardhat";
import { fromHex, type Hex, toHex, utf8 } from "../../core/bytes.ts";
import { ROLE } from "../../core/keyBook.ts";
import { addressOfKey, signDigest } from "../../core/signature.ts";
import {
  CHECKPOINT,
  type Checkpoint,
  RECEIPT,
  type Receipt,
  SUBMISSION,
  type Submission,
} from "../../core/statement.ts";
import { log, memoryNodes, rootOfDigests } from "../../core/tree.ts";
import { domainSeparator, typedDigest } from "../../core/typedData.ts";

/** A deployed ledger on a simulated network, and what its people would sign; used by the contract tests. */
export const { ethers, networkHelpers } = await network.create();
export const REGION = 310105;
export const OFFSET = 480;
export const WINDOW = 2 * 86_400;
export const GRANT_DELAY = 86_400;
export const PROVIDER = "91110000600037341L";
export const Role = { None: 0, ...ROLE } as const;
export const regionScope = (region: number) => `0x${region.toString(16).padStart(64, "0")}` as Hex;
export const providerScope = (code: string) => toHex(utf8(code)).padEnd(66, "0") as Hex;
export const person = (name: string) => ethers.id(name) as Hex;
export const FOREVER = 2n ** 64n - 1n;
export const EMPTY = ethers.keccak256("0x") as Hex;

export async function now(): Promise<number> {
  return await networkHelpers.time.latest();
}

/** The day that is over at the chain's time. */
export async function lastDay(): Promise<number> {
  return Math.floor(((await now()) + OFFSET * 60) / 86_400) - 1;
}

export async function deployLedger() {
  const [deployer, registrar, memberA, memberB, memberC, operator, provider, stranger] = await ethers.getSigners();
  const council = await ethers.deployContract("Council", [[memberA!.address, memberB!.address, memberC!.address]]);
  const authority = await ethers.deployContract("KeyAuthority", [
    await council.getAddress(),
    [registrar!.address],
    GRANT_DELAY,
    [],
  ]);
  const keys = await ethers.getContractAt("KeyRegistry", await authority.getFunction("registry")());
  const ledgerId = toHex(new Uint8Array(randomBytes(32)));
  const ledger = await ethers.deployContract("RecordLedger", [ledgerId, await keys.getAddress(), false, WINDOW]);
  // The signing key of receipts, kept apart from the account that sends transactions only by the test's convenience.
  const signingKey = new Uint8Array(randomBytes(32));
  const soon = (await now()) + 10;
  const register = keys.connect(registrar!).getFunction("register");
  for (const [key, who, role, scope] of [
    [operator!.address, "operator", Role.Operator, regionScope(REGION)],
    [addressOfKey(signingKey), "operator", Role.Operator, regionScope(REGION)],
    [provider!.address, "provider", Role.Provider, providerScope(PROVIDER)],
  ] as const) {
    await register(key, person(who), role, scope, soon, FOREVER);
  }
  await networkHelpers.time.increaseTo(soon + 1);
  return {
    deployer: deployer!,
    registrar: registrar!,
    memberA: memberA!,
    memberB: memberB!,
    memberC: memberC!,
    operator: operator!,
    provider: provider!,
    stranger: stranger!,
    council,
    authority,
    keys,
    ledger,
    ledgerId,
    signingKey,
    domain: domainSeparator(ledgerId),
  };
}
export type Deployed = Awaited<ReturnType<typeof deployLedger>>;

export const digests = (count: number, salt = 0): Uint8Array[] =>
  Array.from({ length: count }, (_, i) => fromHex(ethers.id(`${salt}/${i}`)));

export function inclusion(leaves: Uint8Array[], index: number): Hex[] {
  return log
    .proveInclusion(
      index,
      leaves.length,
      memoryNodes(
        log,
        leaves.map((leaf) => log.leafHash(leaf)),
      ),
    )
    .map(toHex);
}

/** A submission over some digests, and the operator's signed receipt for it. */
export function receiptFor(
  d: Deployed,
  leaves: Uint8Array[],
  place: { day: number; firstIndex: number; receivedAt: number; region?: number },
  key = d.signingKey,
) {
  const submission: Submission = {
    submitter: PROVIDER,
    root: toHex(rootOfDigests(leaves)),
    count: leaves.length,
    signedAt: place.receivedAt,
  };
  const receipt: Receipt = {
    submission: toHex(SUBMISSION.hash(submission)),
    region: place.region ?? REGION,
    day: place.day,
    firstIndex: place.firstIndex,
    count: leaves.length,
    receivedAt: place.receivedAt,
    head: EMPTY,
  };
  return { submission, receipt, signature: signDigest(typedDigest(d.domain, RECEIPT, receipt), key) };
}

export function checkpointFor(d: Deployed, checkpoint: Partial<Checkpoint> & { day: number }, key = d.signingKey) {
  const full: Checkpoint = { region: REGION, size: 1, root: EMPTY, head: EMPTY, ...checkpoint };
  return { checkpoint: full, signature: signDigest(typedDigest(d.domain, CHECKPOINT, full), key) };
}
