import { equal } from "../../core/bytes.ts";
import { log } from "../../core/tree.ts";
import type { SubmissionRow, TileRows } from "./fsckStore.ts";

/** Collects the leaves of the submission that is being passed, at most 1,000, and checks it when it is complete. */
export class SubmissionWalk {
  readonly #rows: IterableIterator<SubmissionRow>;
  #current: SubmissionRow | undefined;
  #leaves: Uint8Array[] = [];
  readonly #check: (row: SubmissionRow, root: Uint8Array) => void;
  readonly #fault: (index: number, field: string, what: string) => void;
  constructor(
    rows: IterableIterator<SubmissionRow>,
    check: (row: SubmissionRow, root: Uint8Array) => void,
    fault: (index: number, field: string, what: string) => void,
  ) {
    this.#rows = rows;
    this.#check = check;
    this.#fault = fault;
    this.#current = rows.next().value as SubmissionRow | undefined;
  }

  pass(index: number, named: Buffer | null, leaf: Uint8Array): void {
    const row = this.#current;
    const inside = row !== undefined && index >= row.firstIndex && index < row.firstIndex + row.count;
    const expected = inside ? row.hash : null;
    if (expected === null ? named !== null : named === null || !equal(named, expected)) {
      this.#fault(index, "entry.submission", "does not name the submission whose receipt covers this place");
    }
    if (!inside) return;
    this.#leaves.push(leaf);
    if (this.#leaves.length === row.count) this.#next(row);
  }

  #next(row: SubmissionRow): void {
    const flat = new Uint8Array(this.#leaves.length * 32);
    this.#leaves.forEach((leaf, i) => {
      flat.set(leaf, i * 32);
    });
    this.#check(row, log.root(flat));
    this.#leaves = [];
    this.#current = this.#rows.next().value as SubmissionRow | undefined;
  }

  end(): void {
    if (this.#current)
      this.#fault(this.#current.firstIndex, "submission", "its receipt promises entries that are not there");
    // An iterator that is not run to its end would keep the connection busy.
    this.#rows.return?.();
  }
}

/** Compares stored rows of tiles with those of the entries, each as soon as it is complete. */
export class TileWalk {
  readonly #stored: TileRows;
  readonly #fault: (what: string) => void;
  #passed = 0;
  constructor(stored: TileRows, fault: (what: string) => void) {
    this.#stored = stored;
    this.#fault = fault;
  }

  pass(level: number, row: number, hashes: Uint8Array): void {
    this.#passed++;
    const found = this.#stored.of(level, row);
    if (!found || !equal(found, hashes)) this.#fault(`level ${level}, row ${row} is not that of the entries`);
  }

  end(): void {
    if (this.#stored.count() > this.#passed) this.#fault("there are rows that no entries stand for");
  }
}
