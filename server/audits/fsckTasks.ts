import { equal, toHex } from "../../core/bytes.ts";
import { buildIndex } from "../../core/close.ts";
import { DETAIL_GROUPS, type DetailedKind, type Disclosure, verifyDisclosure } from "../../core/details.ts";
import { ENTRY_KINDS } from "../../core/entry.ts";
import { uuidText } from "../db/uuid.ts";
import type { Vault } from "../db/vault.ts";
import { boxPlace, unpackDetails } from "../entries/details.ts";
import type { SealStore } from "../seals/store.ts";
import type { BoxRow, FsckStore } from "./fsckStore.ts";
import { mergeDisclosures } from "./service.ts";

/** A day whose index is built again and compared with its Close entry. */
export interface IndexTask {
  region: number;
  day: number;
}

/** A stretch of one day whose boxes are opened and compared with what its entries commit to. */
export interface DetailTask {
  region: number;
  day: number;
  from: number;
  to: number;
}

export interface TaskFault {
  region: number;
  day: number;
  index: number;
  field: string;
  what: string;
}

export interface TaskResult {
  opened: number;
  /** Boxes whose person was erased. */
  erased: number;
  faults: TaskFault[];
}

/** Where each next task is taken from, by this thread and the others alike. */
export type TaskCounter = Int32Array<SharedArrayBuffer>;

export interface TaskParts {
  store: FsckStore;
  seals: SealStore;
  vault: Vault;
}

/** Takes tasks until none is left; several threads may share one list and counter. */
export function runTasks(parts: TaskParts, tasks: (IndexTask | DetailTask)[], next: TaskCounter): TaskResult {
  const result: TaskResult = { opened: 0, erased: 0, faults: [] };
  for (let i = Atomics.add(next, 0, 1); i < tasks.length; i = Atomics.add(next, 0, 1)) {
    const task = tasks[i]!;
    if ("from" in task) checkDetails(parts.store, parts.vault, task, result);
    else checkIndex(parts, task, result);
  }
  return result;
}

// A tampered row may hold what no entry could: that is a fault to report, never a reason to stop.
function indexOf(seals: SealStore, { region, day }: IndexTask): { size: number; root: Uint8Array } | null {
  try {
    return buildIndex(seals.index(region, day));
  } catch {
    return null;
  }
}

function checkIndex({ store, seals }: TaskParts, task: IndexTask, result: TaskResult): void {
  const close = store.closes(task.region, task.day, 0, Number.MAX_SAFE_INTEGER).at(-1);
  // A day without its Close is a fault of the day's own check.
  if (!close) return;
  const [index, , indexSize, indexRoot] = close;
  const fault = (field: string, what: string) => result.faults.push({ ...task, index, field, what });
  const built = indexOf(seals, task);
  if (!built) return void fault("close.index_root", "the day's index cannot be built: a subject is not well formed");
  if (built.size !== indexSize) fault("close.index_size", "is not that of the day's index");
  if (!equal(built.root, indexRoot)) {
    fault("close.index_root", "is not that of the day's index: a provider, carer or elder was changed");
  }
}

function checkDetails(store: FsckStore, vault: Vault, task: DetailTask, result: TaskResult): void {
  const { region, day, from, to } = task;
  const boxes: (BoxRow[] | undefined)[] = [];
  for (const box of store.boxes(region, day, from, to)) {
    boxes[box[0] - from] ??= [];
    boxes[box[0] - from]!.push(box);
  }
  for (const [index, kindNumber, idBytes, details] of store.committed(region, day, from, to)) {
    const kind = ENTRY_KINDS[kindNumber];
    if (!kind || kind === "Close" || kind === "RuleSet" || kind === "Review" || kind === "Gap" || !details) continue;
    const fault = (field: string, what: string) => result.faults.push({ region, day, index, field, what });
    const own = boxes[index - from] ?? [];
    const expected = kind === "Visit" ? 2 : 1;
    if (own.length !== expected) fault("detail_box", `${own.length} boxes instead of ${expected}`);
    const opened = open(vault, region, uuidText(idBytes), kind, own, result);
    if (opened === "altered") fault("detail_box.box", "was altered or moved");
    else if (opened && !verifyDisclosure(kind, opened, toHex(details))) {
      fault("detail_box.box", "the details are not those that the entry commits to");
    }
  }
}

function open(
  vault: Vault,
  region: number,
  id: string,
  kind: DetailedKind,
  boxes: BoxRow[],
  result: TaskResult,
): Disclosure | null | "altered" {
  const parts: Disclosure[] = [];
  for (const [, slot, person, box] of boxes) {
    try {
      const opened = vault.open(region, person, boxPlace(region, id, slot), box);
      if (opened === null) result.erased++;
      else parts.push(unpackDetails(opened));
    } catch {
      return "altered";
    }
  }
  if (parts.length === 0 || parts.some((part) => part.length !== DETAIL_GROUPS[kind].length)) return null;
  result.opened++;
  return mergeDisclosures(kind, parts);
}
