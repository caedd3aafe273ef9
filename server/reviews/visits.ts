import { dayOf } from "../../core/day.ts";
import type { Fix, ReviewVisit } from "../../core/rules/rule.ts";
import { uuidText } from "../db/uuid.ts";
import type { Vault } from "../db/vault.ts";
import { boxPlace, boxValues } from "../entries/details.ts";
import type { BoxRow, ReviewStore, SubmissionRow, VisitRow } from "./store.ts";

interface Circumstances {
  bookedMinutes: number;
  units: number;
  priceFen: number;
  entry: "auto" | "manual";
  reason?: string;
  group?: string;
  twoCarer?: number;
  alternateProof?: "none" | "qr" | "nfc";
  family?: "none" | "confirmed" | "denied";
  submittedAt?: number;
}
interface Device {
  id: string;
  startedAt?: number;
  mock?: number;
}
interface VisitValues {
  placeIn?: Fix;
  placeOut?: Fix;
  device?: Device;
  evidence?: string[];
  circumstances?: Circumstances;
}

/** Visits of the log with their details opened, as rules read them. */
export class VisitReader {
  readonly #store: ReviewStore;
  readonly #vault: Vault;
  readonly #region: number;
  readonly #offset: number;

  constructor(store: ReviewStore, vault: Vault, region: number, offsetMinutes: number) {
    this.#store = store;
    this.#vault = vault;
    this.#region = region;
    this.#offset = offsetMinutes;
  }

  /** Every visit of a log day whose details can still be read, in the order of the log, as they are read. */
  *day(day: number): Generator<ReviewVisit> {
    const submissions = this.#store.submissions(this.#region, day);
    const boxes = this.#store.boxes(this.#region, day);
    try {
      let next = boxes.next();
      for (const row of this.#store.visits(this.#region, day)) {
        const own: BoxRow[] = [];
        while (!next.done && next.value[1] <= row[1]) {
          if (next.value[1] === row[1]) own.push(next.value);
          next = boxes.next();
        }
        const visit = this.#read(row, own, submissions);
        if (visit) yield visit;
      }
    } finally {
      boxes.return?.();
    }
  }

  /** One visit by its place; null when it is none, or was erased. */
  at(day: number, index: number, submissions = this.#store.submissions(this.#region, day)): ReviewVisit | null {
    const row = this.#store.visit(this.#region, day, index);
    return row ? this.#read(row, this.#store.boxesAt(this.#region, day, index), submissions) : null;
  }

  #read(row: VisitRow, boxes: readonly BoxRow[], submissions: ReadonlyMap<string, SubmissionRow>): ReviewVisit | null {
    const [day, index, idBytes, provider, carer, elder, item, startedAt, endedAt, replaces, hash] = row;
    const id = uuidText(idBytes);
    let values: VisitValues = {};
    for (const [, , slot, person, box] of boxes) {
      const opened = this.#vault.open(this.#region, person, boxPlace(this.#region, id, slot), box);
      // Of an erased elder nothing can be judged any more; of an erased carer the device alone is missing.
      if (opened === null && slot === 0) return null;
      if (opened !== null) values = { ...values, ...boxValues(opened) };
    }
    const { device } = values;
    const c: Partial<Circumstances> = values.circumstances ?? {};
    const submission = hash ? submissions.get(hash.toString("hex")) : undefined;
    const receivedAt = submission?.receivedAt ?? endedAt;
    const attested = submission?.submitter.startsWith("import:") ?? false;
    const local = startedAt + this.#offset * 60;
    return {
      id,
      day,
      index,
      provider: provider,
      carer: uuidText(carer),
      elder: uuidText(elder),
      item: item,
      startedAt,
      endedAt,
      serviceDay: dayOf(startedAt, this.#offset),
      startMinute: Math.floor((((local % 86_400) + 86_400) % 86_400) / 60),
      // Whoever attests a whole district says when each record came; a provider's own word does not count against ours.
      sentAt: attested ? Math.min(c.submittedAt ?? receivedAt, receivedAt) : receivedAt,
      replaces: replaces && uuidText(replaces),
      placeIn: values.placeIn ?? null,
      placeOut: values.placeOut ?? null,
      device: device?.id ?? "",
      deviceStartedAt: device?.startedAt ?? null,
      mock: device?.mock === 1,
      evidence: values.evidence ?? [],
      bookedMinutes: c.bookedMinutes ?? 0,
      units: c.units ?? 0,
      priceFen: c.priceFen ?? 0,
      manual: c.entry === "manual",
      reason: c.reason ?? "",
      group: c.group ?? "",
      twoCarer: c.twoCarer === 1,
      alternateProof: c.alternateProof === "qr" || c.alternateProof === "nfc",
      family: c.family ?? "none",
    };
  }
}
