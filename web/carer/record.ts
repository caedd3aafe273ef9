import { signVisits } from "../../core/batch.ts";
import { type Hex, toHex, utf8 } from "../../core/bytes.ts";
import { GRACE_SECONDS } from "../../core/claims.ts";
import { dateOfDay, dayOf } from "../../core/day.ts";
import { type Details, disclose } from "../../core/details.ts";
import { familyPath, familyToken } from "../../core/familyLink.ts";
import { keccak } from "../../core/hash.ts";
import { uuidv7 } from "../../core/id.ts";
import { signDigest } from "../../core/signature.ts";
import type { VisitInput } from "../../server/records/schema.ts";
import type { Workday } from "../../server/workdays/schema.ts";
import type { Fix, Kept } from "./phone.ts";

export interface Made {
  elder: string;
  item: string;
  startedAt: number;
  endedAt: number;
  placeIn: Fix | null;
  placeOut: Fix | null;
  two: boolean;
  note: string;
  photos: readonly string[];
  device: string;
  /** Why it is entered by hand; null for check-in and check-out. */
  reason: string | null;
}

const random = (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes));
export const now = (): number => Math.floor(Date.now() / 1000);

/** Two carers' phones, without a network, give one visit of two the same name: it follows from whom, what and which day. */
function groupOf({ elder, item, startedAt }: Made, day: Workday): string {
  const date = dateOfDay(dayOf(startedAt, day.offsetMinutes));
  return `two-${toHex(keccak(utf8(`${elder}/${item}/${date}`))).slice(2, 18)}`;
}

/** The record of a visit as it will be submitted: units as the log's rules will count them, at the tariff's price. */
export function recordOf(made: Made, day: Workday): Kept {
  const item = day.items.find(({ code }) => code === made.item)!;
  const units = Math.max(1, Math.floor((made.endedAt - made.startedAt + GRACE_SECONDS) / (item.unitMinutes * 60)));
  const values = {
    ...(made.placeIn && { placeIn: { ...made.placeIn } }),
    ...(made.placeOut && { placeOut: { ...made.placeOut } }),
    device: { id: made.device, startedAt: made.startedAt },
    ...(made.photos.length > 0 && { evidence: [...made.photos] }),
    circumstances: {
      bookedMinutes: units * item.unitMinutes,
      units,
      priceFen: units * item.priceFen,
      entry: made.reason === null ? ("auto" as const) : ("manual" as const),
      ...(made.reason !== null && { reason: made.reason }),
      ...(made.two && { twoCarer: 1, group: groupOf(made, day) }),
    },
    ...(made.note !== "" && { note: made.note }),
  };
  const seed = toHex(random(16));
  const visit: VisitInput = {
    id: uuidv7(Date.now(), random(10)),
    region: day.region,
    provider: day.provider,
    caregiver: day.carer.id,
    elder: made.elder,
    item: made.item,
    startedAt: made.startedAt,
    endedAt: made.endedAt,
    replaces: null,
    details: { seed, values },
  };
  const token = familyToken(disclose("Visit", visit.details as Details, ["circumstances"]))!;
  return {
    id: visit.id,
    elderName: day.elders.find(({ id }) => id === made.elder)?.name ?? "",
    itemCode: made.item,
    startedAt: made.startedAt,
    endedAt: made.endedAt,
    state: "unsigned",
    visit,
    batch: null,
    receipt: null,
    problem: null,
    familyPath: familyPath(day.region, visit.id, token),
  };
}

/** Signs one record as its own submission; sent again, it gives the same receipt. */
export function signRecord(kept: Kept, ledgerId: Hex, key: Uint8Array): Kept {
  const signer = {
    ledgerId,
    submitter: kept.visit.provider,
    sign: (digest: Uint8Array) => signDigest(digest, key),
    now,
  };
  return { ...kept, state: "queued", batch: signVisits(signer, [kept.visit]), problem: null };
}
