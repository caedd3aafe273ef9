import type { Hex } from "./bytes.ts";
import { structType } from "./typedData.ts";

/** What people and the operator sign: submissions, receipts and checkpoints. */

/** A provider's (or importer's) signature over the tree of its entries' digests, in order. */
export interface Submission {
  /** Credit code of the provider, or `import:<region>` for what an administration imports. */
  submitter: string;
  root: Hex;
  count: number;
  signedAt: number;
}

/** The operator's promise: leaf k of the submission stands at firstIndex + k of that day's tree. */
export interface Receipt {
  /** EIP-712 struct hash of the submission. */
  submission: Hex;
  region: number;
  day: number;
  firstIndex: number;
  count: number;
  receivedAt: number;
  /** Head of the last sealed day when it was given. */
  head: Hex;
}

/** The operator's statement of a day's tree at one size. */
export interface Checkpoint {
  region: number;
  day: number;
  size: number;
  root: Hex;
  /** Head of the last day sealed before. */
  head: Hex;
}

export const SUBMISSION = structType<Submission>("Submission", [
  ["submitter", "string"],
  ["root", "bytes32"],
  ["count", "uint32"],
  ["signedAt", "uint64"],
]);

export const RECEIPT = structType<Receipt>("Receipt", [
  ["submission", "bytes32"],
  ["region", "uint32"],
  ["day", "uint32"],
  ["firstIndex", "uint64"],
  ["count", "uint32"],
  ["receivedAt", "uint64"],
  ["head", "bytes32"],
]);

export const CHECKPOINT = structType<Checkpoint>("Checkpoint", [
  ["region", "uint32"],
  ["day", "uint32"],
  ["size", "uint64"],
  ["root", "bytes32"],
  ["head", "bytes32"],
]);
