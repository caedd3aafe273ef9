import { randomBytes } from "node:crypto";
import { type Hex, toHex } from "../../core/bytes.ts";
import { buildIndex } from "../../core/close.ts";
import { dayOf } from "../../core/day.ts";
import { type Close, ENTRY_KINDS } from "../../core/entry.ts";
import { Refusal } from "../../core/errors.ts";
import { uuidv7 } from "../../core/id.ts";
import { firstHead, nextHead } from "../../core/seal.ts";
import type { SignDigest } from "../../core/signature.ts";
import { CHECKPOINT, type Checkpoint } from "../../core/statement.ts";
import { log, rootOfDigests } from "../../core/tree.ts";
import { typedDigest } from "../../core/typedData.ts";
import type { Clock } from "../clock.ts";
import type { Entries } from "../entries/service.ts";
import { MAX_SILENCE_SECONDS } from "../entries/store.ts";
import { nodeReader, TILE_WIDTH, TileBuilder } from "./nodes.ts";
import type { SealedDay, SealStore } from "./store.ts";

const ACCESS_KIND = ENTRY_KINDS.indexOf("Access");

export interface Seals {
  /**
   * Ends every day that is over and seals it, oldest first. Returns what was sealed, and for each region that could
   * not be sealed the reason: one region never holds up another. Start-up and the worker call it.
   */
  sealDue(): { sealed: SealedDay[]; refused: { region: number; refusal: Refusal }[] };
  /** The same for one region. */
  sealRegion(region: number): SealedDay[];
  /**
   * The operator's signed statement of the open day (or of a sealed day) as it stands. Throws Refusal not_found, or
   * not_sealed while the day before waits for its seal.
   */
  checkpoint(region: number, day?: number): { checkpoint: Checkpoint; signature: Hex };
  /** Inclusion proof in a sealed day. Throws Refusal not_sealed. */
  inclusion(region: number, day: number, index: number): Hex[];
  /** Consistency proof between two sizes of one day, open or sealed. */
  consistency(region: number, day: number, from: number, to: number): Hex[];
  store: SealStore;
}

/** Rows of the open day, extended as it grows; forgotten when the day turns. */
class OpenDay {
  readonly #rows = new Map<number, Uint8Array[]>();
  readonly builder = new TileBuilder((level, _row, hashes) => {
    const rows = this.#rows.get(level) ?? [];
    rows.push(hashes);
    this.#rows.set(level, rows);
  });

  /** `count` hashes of a level from `first` on; they never cross a row. */
  tile(level: number, first: number, count: number): Uint8Array {
    const row = this.#rows.get(level)?.[Math.floor(first / TILE_WIDTH)];
    if (row) return row.subarray((first % TILE_WIDTH) * 32, ((first % TILE_WIDTH) + count) * 32);
    const open = this.builder.open(level);
    return open.hashes.slice((first - open.first) * 32, (first - open.first + count) * 32);
  }
}

export function openSeals(parts: {
  store: SealStore;
  entries: Entries;
  clock: Clock;
  domain: Uint8Array;
  ledgerId: Hex;
  /** How a region's operator signs. */
  signOf: (region: number) => SignDigest;
}): Seals {
  const { store, entries, clock } = parts;
  const open = new Map<string, OpenDay>();

  /** The day's Close entry: what the day held, and the roots of its index and of its log of reads. */
  function closeOf(region: number, day: number): Close {
    const counts = new Array<number>(ENTRY_KINDS.length).fill(0);
    for (const [kind, count] of store.counts(region, day)) counts[kind] = count;
    const { size, root } = buildIndex(store.index(region, day));
    const accessRoot = toHex(rootOfDigests(store.accessDigests(region, day, ACCESS_KIND)));
    const id = uuidv7(clock.now() * 1000, new Uint8Array(randomBytes(10)));
    return { id, region, day, counts, indexSize: size, indexRoot: toHex(root), accessRoot };
  }

  function buildDay(region: number, day: number, head: Hex): SealedDay {
    const held = store.sizeOf(region, day);
    const close = held > 0 ? entries.readyBare("Close", closeOf(region, day)) : null;
    const tiles: { level: number; index: number; hashes: Uint8Array }[] = [];
    const builder = new TileBuilder((level, index, hashes) => tiles.push({ level, index, hashes }));
    for (const digest of store.digests(region, day)) builder.append(log.leafHash(digest));
    if (close) builder.append(log.leafHash(close.digest));
    builder.finish();
    const size = builder.size;
    const root = toHex(builder.root());
    const sealed = { region, day, size, root, head: nextHead(head, { day, size, root }) };
    store.seal(sealed, tiles, () => {
      if (close) entries.store.appendClose(close, region, day, held);
    });
    return sealed;
  }

  function sealRegion(region: number): SealedDay[] {
    const row = entries.store.regionRow(region);
    const today = dayOf(clock.now(), row.offsetMinutes);
    // What was receipted and lost comes back first: a day is sealed once.
    if (entries.store.held(region)) throw new Refusal("restored");
    // A clock that jumped must not end days that have not been: somebody looks first.
    if (clock.now() > row.lastReceivedAt + MAX_SILENCE_SECONDS) throw new Refusal("clock_refused");
    // A crash here leaves a day that ended and waits: the next call finds it.
    store.turn(region, today, clock.now());
    const { openDay, firstDay } = entries.store.regionRow(region);
    const last = store.last(region);
    let head = last?.head ?? firstHeadOf(region);
    const done: SealedDay[] = [];
    for (let day = (last?.day ?? firstDay - 1) + 1; day < openDay; day++) {
      const sealed = buildDay(region, day, head);
      head = sealed.head;
      done.push(sealed);
      open.delete(`${region}/${day}`);
    }
    return done;
  }

  function openDay(region: number, day: number): OpenDay {
    const name = `${region}/${day}`;
    const known = open.get(name) ?? new OpenDay();
    open.set(name, known);
    for (const digest of store.digests(region, day, known.builder.size)) known.builder.append(log.leafHash(digest));
    return known;
  }

  function reader(region: number, day: number, sealed: boolean) {
    const growing = sealed ? null : openDay(region, day);
    const stored = store.tiles(region, day);
    return nodeReader((level, first, count) => growing?.tile(level, first, count) ?? stored(level, first, count));
  }

  function statement(region: number, day: number): Checkpoint {
    const head = headBefore(region, day);
    const sealed = store.of(region, day);
    if (sealed) return { region, day, size: sealed.size, root: sealed.root, head };
    // Nothing is stated of a day that lacks what was receipted.
    if (entries.store.held(region)) throw new Refusal("restored");
    const { builder } = openDay(region, day);
    return { region, day, size: builder.size, root: toHex(builder.root()), head };
  }

  /** A day continues the head of the day before: while that one waits for its seal, nothing can be stated. */
  function headBefore(region: number, day: number): Hex {
    if (day === entries.store.regionRow(region).firstDay) return firstHeadOf(region);
    const before = store.of(region, day - 1);
    if (!before) throw new Refusal("not_sealed");
    return before.head;
  }

  function firstHeadOf(region: number): Hex {
    const { firstDay, offsetMinutes } = entries.store.regionRow(region);
    return firstHead(parts.ledgerId, region, firstDay, offsetMinutes);
  }

  return {
    store,
    sealRegion,
    sealDue() {
      const sealed: SealedDay[] = [];
      const refused: { region: number; refusal: Refusal }[] = [];
      for (const { region } of entries.store.regions()) {
        try {
          sealed.push(...sealRegion(region));
        } catch (error) {
          if (!(error instanceof Refusal)) throw error;
          refused.push({ region, refusal: error });
        }
      }
      return { sealed, refused };
    },
    checkpoint(region, day) {
      const row = entries.store.regionRow(region);
      const asked = day ?? row.openDay;
      if (asked > row.openDay || asked < row.firstDay) throw new Refusal("not_found");
      const checkpoint = statement(region, asked);
      return { checkpoint, signature: parts.signOf(region)(typedDigest(parts.domain, CHECKPOINT, checkpoint)) };
    },
    inclusion(region, day, index) {
      const sealed = store.of(region, day);
      if (!sealed) throw new Refusal("not_sealed");
      return log.proveInclusion(index, sealed.size, reader(region, day, true)).map(toHex);
    },
    consistency(region, day, from, to) {
      const sealed = store.of(region, day);
      if (!sealed && entries.store.held(region)) throw new Refusal("restored");
      const size = sealed?.size ?? openDay(region, day).builder.size;
      if (from < 1 || from > to || to > size) {
        throw new Refusal("invalid_input", [
          { pointer: from < 1 || from > to ? "/from" : "/to", code: "invalid_value" },
        ]);
      }
      return log.proveConsistency(from, to, reader(region, day, sealed !== null)).map(toHex);
    },
  };
}
