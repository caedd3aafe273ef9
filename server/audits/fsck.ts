import { Worker } from "node:worker_threads";
import { equal, fromHex, type Hex, toHex } from "../../core/bytes.ts";
import { dayOf } from "../../core/day.ts";
import { ENTRY_KINDS, type EntryKind, entryDigest, ofRegistryKinds } from "../../core/entry.ts";
import { ROLE, regionScope } from "../../core/keyBook.ts";
import { firstHead, nextHead } from "../../core/seal.ts";
import type { Recover } from "../../core/signature.ts";
import { RECEIPT, SUBMISSION } from "../../core/statement.ts";
import { log } from "../../core/tree.ts";
import { typedDigest } from "../../core/typedData.ts";
import type { ChainSeal } from "../chain/client.ts";
import type { Vault } from "../db/vault.ts";
import type { EntryStore, RegionRow } from "../entries/store.ts";
import type { Keys } from "../keys/service.ts";
import { TileBuilder } from "../seals/nodes.ts";
import type { SealStore } from "../seals/store.ts";
import { CHUNK, Chunk, listOf } from "./fsckChunk.ts";
import type { MoneyCounts } from "./fsckMoney.ts";
import type { EntryRow, FsckStore, SubmissionRow, TypedTable } from "./fsckStore.ts";
import {
  type DetailTask,
  type IndexTask,
  runTasks,
  type TaskCounter,
  type TaskFault,
  type TaskResult,
} from "./fsckTasks.ts";
import { SubmissionWalk, TileWalk } from "./fsckWalks.ts";

/** What does not add up, and where. */
export interface Fault {
  region: number;
  day: number | null;
  index: number | null;
  field: string;
  what: string;
}

export interface FsckReport {
  ok: boolean;
  regions: number;
  days: number;
  entries: number;
  /** Entries whose details were opened and hashed; entries whose person was erased. */
  details: number;
  erased: number;
  /** Days whose seal was found on the chain as it stands here; null when no chain could be asked. */
  anchored: number | null;
  /** Settlements, runs and bank files that were computed and added up again. */
  money: MoneyCounts;
  faults: Fault[];
}

/** What a second thread needs to read for itself. */
export interface DataAccess {
  file: string;
  vaultKey: Uint8Array;
}

/** A region's part of the chain. */
export interface OnChain {
  seals: ChainSeal[];
  /** Submissions that providers lodged, and whose time to be sealed is over. */
  lodged: { submission: Hex }[];
}

export interface FsckParts {
  store: FsckStore;
  seals: SealStore;
  entries: EntryStore;
  vault: Vault;
  keys: Keys;
  /** What the chain holds of every region, read before the books; null leaves the chain out. */
  anchored: ReadonlyMap<number, OnChain> | null;
  recover: Recover;
  domain: Uint8Array;
  ledgerId: Hex;
  withDetails: boolean;
  access: DataAccess;
  onProgress?: (entries: number) => void;
  /** Checks the money of one region; counts what it looked at. */
  checkMoney(
    region: number,
    fault: (day: number | null, index: number | null, field: string, what: string) => void,
  ): MoneyCounts;
}

const MAX_FAULTS = 1000;
/** A Gap says nothing but that it is there: no table holds more of it. */
const TYPED_TABLE: Record<EntryKind, TypedTable | null> = {
  ...ofRegistryKinds(() => "registry_entry" as const),
  Visit: "visit",
  Erasure: "erasure",
  Access: "access",
  Close: "close",
  Entitlement: "entitlement",
  RuleSet: "rule_set",
  Review: "review",
  Verdict: "verdict",
  Decision: "decision",
  Feed: "feed",
  Gap: null,
};

/** Recomputes every leaf from the typed rows (and details), every tree, every signature, and compares with the chain. */
export async function fsck(parts: FsckParts): Promise<FsckReport> {
  const report: FsckReport = {
    ok: true,
    regions: 0,
    days: 0,
    entries: 0,
    details: 0,
    erased: 0,
    anchored: parts.anchored ? 0 : null,
    money: { settlements: 0, runs: 0, bankFiles: 0 },
    faults: [],
  };
  const add = (fault: Fault) => {
    report.ok = false;
    if (report.faults.length < MAX_FAULTS) report.faults.push(fault);
  };
  const regions = parts.entries.regions();
  for (const region of parts.store.regionsNamed()) {
    if (!regions.some((row) => row.region === region))
      add({
        region,
        day: null,
        index: null,
        field: "region",
        what: "the ledger has rows of a region that is not open here",
      });
  }
  const finish = startTasks(parts, regions);
  for (const row of regions) new RegionCheck(parts, row, report, add).run();
  for (const { opened, erased, faults } of await finish()) {
    report.details += opened;
    report.erased += erased;
    for (const fault of faults) addTaskFault(report, fault, add);
  }
  return report;
}

/** A typed row that does not hash to its digest, and details that are not its commitment's: the commitment was changed. */
function addTaskFault(report: FsckReport, fault: TaskFault, add: (fault: Fault) => void): void {
  const twin = report.faults.find(
    ({ region, day, index, field }) =>
      region === fault.region && day === fault.day && index === fault.index && field.endsWith(" or entry.id"),
  );
  if (twin && fault.what.startsWith("the details are not")) twin.field = twin.field.replace(" or entry.id", ".details");
  else add(fault);
}

/** Days of this many entries are worth a second thread. */
const THREAD_ENTRIES = 20_000;
/** What is opened is let go at once: a small nursery holds it, and the thread's memory stays small. */
const YOUNG_MB = 8;

/** Cuts all days into tasks and starts the second thread; the returned function helps with the rest and waits. */
function startTasks(parts: FsckParts, regions: RegionRow[]): () => Promise<TaskResult[]> {
  const { file, vaultKey } = parts.access;
  const indexes: IndexTask[] = [];
  const details: DetailTask[] = [];
  let total = 0;
  for (const { region } of regions) {
    for (const [day, count, max] of parts.store.sizes(region)) {
      total += count;
      if (parts.seals.of(region, day)) indexes.push({ region, day });
      for (let from = 0; from <= max; from += CHUNK) details.push({ region, day, from, to: from + CHUNK });
    }
  }
  const tasks = parts.withDetails ? [...indexes, ...details] : indexes;
  const next: TaskCounter = new Int32Array(new SharedArrayBuffer(4));
  const other =
    total < THREAD_ENTRIES
      ? null
      : new Promise<TaskResult>((resolve, reject) => {
          const worker = new Worker(new URL("./fsckWorker.ts", import.meta.url), {
            workerData: { file, vaultKey, tasks, next },
            resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
          });
          worker.once("message", resolve).once("error", reject);
        });
  return async () => {
    const own = runTasks(parts, tasks, next);
    return other ? [own, await other] : [own];
  };
}

class RegionCheck {
  readonly #p: FsckParts;
  readonly #row: RegionRow;
  readonly #report: FsckReport;
  readonly #add: (fault: Fault) => void;
  constructor(parts: FsckParts, row: RegionRow, report: FsckReport, add: (fault: Fault) => void) {
    this.#p = parts;
    this.#row = row;
    this.#report = report;
    this.#add = add;
  }

  #fault(day: number | null, index: number | null, field: string, what: string): void {
    this.#add({ region: this.#row.region, day, index, field, what });
  }

  run(): void {
    const { region, firstDay, openDay, offsetMinutes } = this.#row;
    const sizes = new Map(this.#p.store.sizes(region).map(([day, count, max]) => [day, { count, max }]));
    for (const day of sizes.keys())
      if (day < firstDay || day > openDay) this.#fault(day, null, "day", "entries stand outside the region's days");
    this.#checkTypedCounts();
    const sealed = this.#p.seals.list(region, 0, Number.MAX_SAFE_INTEGER);
    let head = firstHead(this.#p.ledgerId, region, firstDay, offsetMinutes);
    for (const [i, seal] of sealed.entries()) {
      if (seal.day !== firstDay + i)
        this.#fault(firstDay + i, null, "seal", "a day between the first and the last has no seal");
      const root = this.#checkDay(seal.day, (sizes.get(seal.day)?.max ?? -1) + 1, true);
      if (root.size !== seal.size)
        this.#fault(seal.day, null, "seal.size", `sealed with ${seal.size} entries, ${root.size} stand here`);
      if (root.root !== seal.root)
        this.#fault(seal.day, null, "seal.root", "the day's root disagrees with its entries");
      head = nextHead(head, seal);
      if (head !== seal.head)
        this.#fault(seal.day, null, "seal.head", "the day's head does not follow from the days before");
      head = seal.head;
    }
    const last = sealed.at(-1)?.day ?? firstDay - 1;
    for (let day = last + 1; day <= openDay; day++) this.#checkDay(day, (sizes.get(day)?.max ?? -1) + 1, false);
    if (toHex(this.#row.head) !== head)
      this.#fault(null, null, "region.head", "is not the head of the last sealed day");
    if (this.#row.size !== (sizes.get(openDay)?.count ?? 0))
      this.#fault(openDay, null, "region.size", "is not the number of entries of the open day");
    this.#checkChain(sealed);
    const counts = this.#p.checkMoney(region, (day, index, field, what) => this.#fault(day, index, field, what));
    for (const name of Object.keys(counts) as (keyof MoneyCounts)[]) this.#report.money[name] += counts[name];
    this.#report.regions++;
    this.#report.days += openDay - firstDay + 1;
  }

  #checkTypedCounts(): void {
    const { region } = this.#row;
    const expected = new Map<string, number>();
    for (const [day, kind, count] of this.#p.store.kinds(region)) {
      const table = TYPED_TABLE[ENTRY_KINDS[kind] ?? "Visit"];
      expected.set(`${table}/${day}`, (expected.get(`${table}/${day}`) ?? 0) + count);
    }
    for (const table of new Set(Object.values(TYPED_TABLE))) {
      if (!table) continue;
      for (const [day, count] of this.#p.store.typedCounts(table, region)) {
        if ((expected.get(`${table}/${day}`) ?? 0) !== count)
          this.#fault(day, null, table, "has rows that no entry stands for, or lacks some");
      }
    }
    const days = new Set(this.#p.store.sizes(region).map(([day]) => day));
    for (const [day] of this.#p.store.typedCounts("submission", region)) {
      if (!days.has(day)) this.#fault(day, null, "submission", "names a day that has no entries");
    }
  }

  /** Streams one day; returns the root and size of what stands there. */
  #checkDay(day: number, end: number, sealed: boolean): { root: Hex; size: number } {
    const { region } = this.#row;
    const tiles = sealed
      ? new TileWalk(this.#p.store.tiles(region, day), (what) => this.#fault(day, null, "tile.hashes", what))
      : null;
    const builder = new TileBuilder((level, row, hashes) => tiles?.pass(level, row, hashes));
    const counts = new Array<number>(ENTRY_KINDS.length).fill(0);
    const accessLeaves = log.frontier();
    const walk = new SubmissionWalk(
      this.#p.store.submissions(region, day),
      (row, root) => this.#checkSubmission(row, root),
      (index, field, what) => this.#fault(day, index, field, what),
    );
    let close: { counts: number[]; indexSize: number; indexRoot: Buffer; accessRoot: Buffer; index: number } | null =
      null;
    let gap = false;
    for (let from = 0; from < end; from += CHUNK) {
      const chunk = new Chunk(this.#p.store, region, day, from, Math.min(from + CHUNK, end));
      for (let index = from; index < Math.min(from + CHUNK, end); index++) {
        const entry = chunk.entry(index);
        if (!entry) {
          // A run of missing entries is one fault, at its first place.
          if (!gap) this.#fault(day, index, "entry", "is missing");
          gap = true;
          continue;
        }
        gap = false;
        const leaf = log.leafHash(entry[3]);
        builder.append(leaf);
        walk.pass(index, entry[4], leaf);
        const kind = ENTRY_KINDS[entry[1]];
        counts[entry[1]] = (counts[entry[1]] ?? 0) + 1;
        if (kind === "Access") accessLeaves.append(leaf);
        this.#checkEntry(chunk, entry, kind, day, index);
        if (kind === "Close") {
          counts[entry[1]] = 0;
          const row = chunk.close(index);
          if (row) close = { counts: listOf(row[1]), indexSize: row[2], indexRoot: row[3], accessRoot: row[4], index };
        }
        this.#report.entries++;
      }
      this.#p.onProgress?.(this.#report.entries);
    }
    walk.end();
    if (sealed && end > 0) this.#checkClose(day, end, close, counts, accessLeaves.root());
    builder.finish();
    tiles?.end();
    return { root: toHex(builder.root()), size: builder.size };
  }

  #checkEntry(chunk: Chunk, entry: EntryRow, kind: EntryKind | undefined, day: number, index: number): void {
    if (!kind) return void this.#fault(day, index, "entry.kind", "is not a kind of entry");
    const typed = chunk.typed(kind, entry);
    if (!typed)
      return void this.#fault(
        day,
        index,
        "entry.kind",
        `no ${TYPED_TABLE[kind]} row of kind ${kind} stands at this place`,
      );
    const digest = this.#digestOf(kind, typed);
    if (digest && equal(digest, entry[3])) return;
    this.#fault(day, index, `${TYPED_TABLE[kind]} or entry.id`, "the typed row does not hash to the entry's digest");
  }

  #checkSubmission(row: SubmissionRow, root: Uint8Array): void {
    const { region, offsetMinutes } = this.#row;
    const fault = (field: string, what: string) => this.#fault(row.day, row.firstIndex, `submission.${field}`, what);
    if (!equal(root, row.root)) fault("root", "the entries do not hash to the signed root");
    const submission = { submitter: row.submitter, root: toHex(row.root), count: row.count, signedAt: row.signedAt };
    if (!equal(SUBMISSION.hash(submission), row.hash))
      fault("hash", "submitter, root, count or signed_at were changed");
    const signer = this.#p.recover(typedDigest(this.#p.domain, SUBMISSION, submission), toHex(row.signature));
    if (signer !== toHex(row.signer)) fault("signature", "is not the signer's");
    const receipt = {
      submission: toHex(row.hash),
      region,
      day: row.day,
      firstIndex: row.firstIndex,
      count: row.count,
      receivedAt: row.receivedAt,
      head: toHex(row.head),
    };
    const operator = this.#p.recover(typedDigest(this.#p.domain, RECEIPT, receipt), toHex(row.receiptSignature));
    const grant = operator && this.#p.keys.grantOf(operator);
    const speaks =
      grant &&
      grant.role === ROLE.Operator &&
      grant.scope === regionScope(region) &&
      grant.from <= row.receivedAt &&
      row.receivedAt < grant.to;
    if (!speaks)
      fault(
        "receipt_signature",
        "the receipt is not the operator's: day, first_index, received_at, head or the signature were changed",
      );
    if (dayOf(row.receivedAt, offsetMinutes) !== row.day) fault("received_at", "lies outside the day");
  }

  #checkClose(
    day: number,
    end: number,
    close: { counts: number[]; indexSize: number; indexRoot: Buffer; accessRoot: Buffer; index: number } | null,
    counts: number[],
    accessRoot: Uint8Array,
  ): void {
    if (!close || close.index !== end - 1)
      return void this.#fault(day, end - 1, "close", "the last entry of the day is not its Close");
    if (JSON.stringify(close.counts) !== JSON.stringify(counts))
      this.#fault(day, close.index, "close.counts", "are not the day's");
    if (!equal(close.accessRoot, accessRoot))
      this.#fault(day, close.index, "close.access_root", "is not that of the day's reads");
  }

  // A tampered row may hold what no entry could: that is a fault to report, never a reason to stop.
  #digestOf(kind: EntryKind, typed: object): Uint8Array | null {
    try {
      return entryDigest(this.#p.domain, kind, typed as never);
    } catch {
      return null;
    }
  }

  #checkChain(sealed: { day: number; size: number; root: Hex; head: Hex }[]): void {
    const anchored = this.#p.anchored?.get(this.#row.region);
    if (!anchored) return;
    for (const { submission } of anchored.lodged) {
      if (!this.#p.entries.submissionOf(this.#row.region, fromHex(submission)))
        this.#fault(
          null,
          null,
          "submission",
          `${submission} was lodged on chain by its provider and is not in the books`,
        );
    }
    const onChain = new Map(anchored.seals.map((seal) => [seal.day, seal]));
    for (const seal of sealed) {
      const anchored = onChain.get(seal.day);
      if (!anchored) continue;
      if (anchored.root !== seal.root || anchored.size !== seal.size || anchored.head !== seal.head) {
        this.#fault(
          seal.day,
          null,
          "seal",
          "the chain holds another root, size or head for this day: the books were rewritten",
        );
      } else this.#report.anchored = (this.#report.anchored ?? 0) + 1;
      onChain.delete(seal.day);
    }
    for (const day of onChain.keys())
      this.#fault(day, null, "seal", "the chain holds a sealed day that is missing here");
  }
}
