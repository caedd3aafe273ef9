import { toHex } from "../../core/bytes.ts";
import { DETAIL_GROUPS, type DetailedKind, type Disclosure, verifyDisclosure } from "../../core/details.ts";
import { ENTRY_KINDS } from "../../core/entry.ts";
import { uuidText } from "../db/uuid.ts";
import type { Vault } from "../db/vault.ts";
import { boxPlace } from "../entries/service.ts";
import type { BoxRow, FsckStore } from "./fsckStore.ts";
import { mergeDisclosures } from "./service.ts";

/** A stretch of one day whose boxes are opened and compared with what its entries commit to. */
export interface DetailTask {
  region: number;
  day: number;
  from: number;
  to: number;
}

export interface DetailFault {
  region: number;
  day: number;
  index: number;
  field: string;
  what: string;
}

export interface DetailResult {
  opened: number;
  /** Boxes whose person was erased. */
  erased: number;
  faults: DetailFault[];
}

/** Where each next task is taken from, by this thread and the others alike. */
export type TaskCounter = Int32Array<SharedArrayBuffer>;

/** Takes tasks until none is left; several threads may share one list and counter. */
export function checkDetails(store: FsckStore, vault: Vault, tasks: DetailTask[], next: TaskCounter): DetailResult {
  const result: DetailResult = { opened: 0, erased: 0, faults: [] };
  for (let i = Atomics.add(next, 0, 1); i < tasks.length; i = Atomics.add(next, 0, 1)) {
    checkTask(store, vault, tasks[i]!, result);
  }
  return result;
}

function checkTask(store: FsckStore, vault: Vault, task: DetailTask, result: DetailResult): void {
  const { region, day, from, to } = task;
  const boxes: (BoxRow[] | undefined)[] = [];
  for (const box of store.boxes(region, day, from, to)) {
    boxes[box[0] - from] ??= [];
    boxes[box[0] - from]!.push(box);
  }
  for (const [index, kindNumber, idBytes, details] of store.committed(region, day, from, to)) {
    const kind = ENTRY_KINDS[kindNumber];
    if (!kind || kind === "Close" || !details) continue;
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
  result: DetailResult,
): Disclosure | null | "altered" {
  const parts: Disclosure[] = [];
  for (const [, slot, person, box] of boxes) {
    try {
      const text = vault.open(region, person, boxPlace(region, id, slot), box);
      if (text === null) result.erased++;
      else parts.push(JSON.parse(text) as Disclosure);
    } catch {
      return "altered";
    }
  }
  if (parts.length === 0 || parts.some((part) => part.length !== DETAIL_GROUPS[kind].length)) return null;
  result.opened++;
  return mergeDisclosures(kind, parts);
}
