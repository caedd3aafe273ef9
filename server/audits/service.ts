import { type Hex, toHex, ZERO_HASH } from "../../core/bytes.ts";
import { DETAIL_GROUPS, type DetailedKind, type Disclosure, narrow } from "../../core/details.ts";
import { Refusal } from "../../core/errors.ts";
import type { Receipt, Submission } from "../../core/statement.ts";
import { log, memoryNodes } from "../../core/tree.ts";
import type { Proof } from "../../core/verify.ts";
import type { AnchorStore } from "../anchors/store.ts";
import type { Vault } from "../db/vault.ts";
import { boxPlace, unpackDetails } from "../entries/details.ts";
import type { EntryStore } from "../entries/store.ts";
import type { Seals } from "../seals/service.ts";
import type { AuditStore, Place } from "./store.ts";

export interface Audits {
  /** Everything that checks one entry without us. Throws Refusal not_found, not_sealed. */
  proof(region: number, id: string, shown?: readonly string[]): Proof;
  /** Opens the details of an entry; groups of an erased person stay hashes. Throws Refusal erased when none is left. */
  details(region: number, id: string): { at: Place; disclosure: Disclosure };
  /** What the operator shows when leaf k of a receipt is challenged. */
  answer(region: number, day: number, index: number): Answer | null;
  store: AuditStore;
}

export interface Answer {
  receipt: Receipt;
  submission: Submission;
  k: number;
  digest: Hex;
  submissionProof: Hex[];
  dayProof: Hex[];
}

/** Boxes opened into one list of groups: a group is shown by its owner's box, and a hash in everybody else's. */
export function mergeDisclosures(kind: DetailedKind, parts: Disclosure[]): Disclosure {
  return DETAIL_GROUPS[kind].map((group, i) => {
    const fields = parts.map((part) => part[i]!);
    return fields.find((field) => "value" in field) ?? fields[0] ?? { group, fieldHash: ZERO_HASH };
  });
}

export function openAudits(parts: {
  store: AuditStore;
  entries: EntryStore;
  seals: Seals;
  anchors: AnchorStore;
  vault: Vault;
  ledgerId: Hex;
  simulated: boolean;
  /** How an entry was settled and paid; undefined while it was not. */
  payment: (at: Place, entry: Proof["entry"]) => Proof["payment"];
}): Audits {
  const { store, entries, seals, anchors, vault } = parts;

  function find(region: number, id: string): Place {
    const at = store.place(region, id);
    if (!at) throw new Refusal("not_found");
    return at;
  }

  function open(at: Place): Disclosure | null {
    const opened = store
      .boxes(at)
      .map(({ slot, person, box }) => vault.open(at.region, person, boxPlace(at.region, at.id, slot), box));
    const readable = opened.filter((box) => box !== null).map(unpackDetails);
    return readable.length === 0 ? null : mergeDisclosures(at.kind as DetailedKind, readable);
  }

  function submissionProof(region: number, day: number, firstIndex: number, count: number, leaf: number): Hex[] {
    const leaves = store.digests(region, day, firstIndex, firstIndex + count).map((digest) => log.leafHash(digest));
    return log.proveInclusion(leaf, count, memoryNodes(log, leaves)).map(toHex);
  }

  /** Who signed an entry and what we promised of it. */
  function promise(at: Place, hash: Uint8Array) {
    const { submission, signature, receipt, receiptSignature } = entries.submissionOf(at.region, hash)!;
    const leaf = at.index - receipt.firstIndex;
    const proofOfLeaf = submissionProof(at.region, at.day, receipt.firstIndex, receipt.count, leaf);
    return { submission, signature, leaf, submissionProof: proofOfLeaf, receipt, receiptSignature };
  }

  function proof(region: number, id: string, shown: readonly string[] = []): Proof {
    const at = find(region, id);
    const sealed = seals.store.of(region, at.day);
    if (!sealed) throw new Refusal("not_sealed");
    const entry = store.entry(at);
    const payment = parts.payment(at, entry);
    const { offsetMinutes, firstDay } = entries.regionRow(region);
    const anchor = anchors.of(region, at.day);
    const full = shown.length > 0 ? open(at) : null;
    if (shown.length > 0 && !full) throw new Refusal("erased");
    return {
      format: "silverledger-proof",
      version: 1,
      ledgerId: parts.ledgerId,
      simulated: parts.simulated,
      kind: at.kind,
      entry,
      ...(full && { disclosure: narrow(at.kind as DetailedKind, full, shown) }),
      ...(at.submission && promise(at, at.submission)),
      day: at.day,
      index: at.index,
      size: sealed.size,
      inclusion: seals.inclusion(region, at.day, at.index),
      offset: offsetMinutes,
      firstDay,
      seals: seals.store
        .list(region, firstDay, Number.MAX_SAFE_INTEGER)
        .map(({ day, size, root }) => ({ day, size, root })),
      ...(payment && { payment }),
      ...(anchor && {
        anchor: {
          chainId: anchor.chainId,
          contract: anchor.contract,
          tx: anchor.tx,
          blockNumber: anchor.blockNumber,
          blockHash: anchor.blockHash,
        },
      }),
    };
  }

  return {
    store,
    proof,
    details(region, id) {
      const at = find(region, id);
      const disclosure = open(at);
      if (!disclosure) throw new Refusal("erased");
      return { at, disclosure };
    },
    answer(region, day, index) {
      const hash = store.submissionAt(region, day, index);
      const signed = hash && entries.submissionOf(region, hash);
      if (!signed) return null;
      const k = index - signed.receipt.firstIndex;
      const digest = store.digests(region, day, index, index + 1)[0];
      if (!digest || k >= signed.receipt.count) return null;
      return {
        receipt: signed.receipt,
        submission: signed.submission,
        k,
        digest: toHex(digest),
        submissionProof: submissionProof(region, day, signed.receipt.firstIndex, signed.receipt.count, k),
        dayProof: seals.inclusion(region, day, index),
      };
    },
  };
}
