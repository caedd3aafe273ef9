import { dateOfDay } from "../../core/day.ts";
import type { Scene } from "./scene.ts";

/** What looks like fraud and is none: for every rule the honest case that lies nearest to it. */
type Case = (scene: Scene) => void;

const CARE = "day-care";
const NO_FIX = { in_lon: "", in_lat: "", in_accuracy_m: "", out_lon: "", out_lat: "", out_accuracy_m: "" };

function pair(scene: Scene): { carer: string; elder: string } {
  const carer = scene.carer();
  const elder = scene.elder();
  scene.plan(elder, scene.provider(carer), CARE);
  return { carer, elder };
}

export const LOOKALIKES: Record<string, Case> = {
  coupleInOneHome(scene) {
    const { carer, elder } = pair(scene);
    const home = scene.home(elder);
    const spouse = scene.elder({ household: `h-${elder}` }, home);
    scene.plan(spouse, scene.provider(carer), CARE);
    const day = scene.day();
    scene.visit(carer, elder, CARE, day, 540, 60);
    scene.visit(carer, spouse, CARE, day, 560, 60);
  },
  clockSkew(scene) {
    const { carer, elder } = pair(scene);
    const next = scene.elder({}, scene.away(scene.home(elder), 500));
    scene.plan(next, scene.provider(carer), CARE);
    const day = scene.day();
    scene.visit(carer, elder, CARE, day, 540, 60, { ended_at: scene.time(day, 603) });
    scene.visit(carer, next, CARE, day, 600, 60);
  },
  plannedTwoCarers(scene) {
    const first = scene.carer();
    const second = scene.carer(scene.provider(first));
    const elder = scene.elder();
    scene.plan(elder, scene.provider(first), CARE, { carers: 2 });
    const day = scene.day();
    const both = { group: `g-${elder}`, two_carer: 1 };
    for (const carer of [first, second]) scene.visit(carer, elder, CARE, day, 540, 60, both);
  },
  nurseWithAide(scene) {
    const nurse = scene.carer(undefined, "nurse");
    const aide = scene.carer(scene.provider(nurse));
    const elder = scene.elder();
    for (const item of [CARE, "like-dressing"]) scene.plan(elder, scene.provider(nurse), item);
    const day = scene.day();
    scene.visit(nurse, elder, "like-dressing", day, 540, 30);
    scene.visit(aide, elder, CARE, day, 540, 60);
  },
  correctedClock(scene) {
    const { carer, elder } = pair(scene);
    const day = scene.day(1, 3);
    // The record with the wrong clock was one; its correction takes its place, and nothing stands against it any more.
    const wrong = scene.visit(carer, elder, CARE, day, 540, 60, { device_started_at: scene.time(day, 240) });
    scene.visit(carer, elder, CARE, day, 540, 60, {
      replaces: wrong["id"]!,
      manual_reason: "手机时钟有误,已校正",
      submitted_at: scene.time(day + 1, 700),
    });
  },
  gpsDrift(scene) {
    const { carer, elder } = pair(scene);
    const first = scene.day(1, 4);
    for (let i = 0; i < 3; i++)
      scene.visit(carer, elder, CARE, first + i, 540 + i, 60, {
        at: scene.away(scene.home(elder), 240),
        in_accuracy_m: 150,
        out_accuracy_m: 160,
      });
  },
  approvedPlace(scene) {
    const { carer, elder } = pair(scene);
    const at = scene.away(scene.home(elder), 2500);
    const first = scene.day(1, 6);
    scene.tables.places.push({
      id: `place-${elder}`,
      elder,
      name: "女儿家",
      longitude: at.lon.toFixed(6),
      latitude: at.lat.toFixed(6),
      valid_from: dateOfDay(first),
      valid_to: "",
    });
    for (let i = 0; i < 4; i++) scene.visit(carer, elder, CARE, first + i, 540 + scene.whole(60), 60, { at });
  },
  wrongAddress(scene) {
    const elder = scene.elder();
    const at = scene.away(scene.home(elder), 900);
    const first = scene.carer();
    const day = scene.day(1, 3);
    scene.plan(elder, scene.provider(first), CARE);
    [first, ...Array.from({ length: 5 }, () => scene.carer(scene.provider(first)))].forEach((carer, i) => {
      scene.visit(carer, elder, CARE, day + (i % 2), 400 + i * 90, 60, { at });
    });
  },
  basement(scene) {
    const { carer, elder } = pair(scene);
    scene.visit(carer, elder, CARE, scene.day(), 540, 60, { ...NO_FIX, alternate_proof: scene.pick(["qr", "nfc"]) });
    scene.visit(carer, elder, CARE, scene.day(), 700, 60, { ...NO_FIX, family: "confirmed" });
  },
  communityMeal(scene) {
    const carer = scene.carer();
    const hall = scene.away(scene.options.centre, 300);
    const elders = Array.from({ length: 6 }, () => scene.elder());
    for (const elder of elders) scene.plan(elder, scene.provider(carer), "like-canteen");
    for (const day of scene.days())
      for (const elder of elders)
        scene.visit(carer, elder, "like-canteen", day, 680 + scene.whole(40), 30, {
          at: hall,
          group: `hall-${carer}-${day}`,
        });
  },
  mealRound(scene) {
    const carer = scene.carer();
    const start = scene.away(scene.options.centre, 1500);
    const elders = Array.from({ length: 22 }, () => scene.elder({}, scene.away(start, 60 + scene.whole(150))));
    for (const elder of elders) scene.plan(elder, scene.provider(carer), "like-delivery");
    // Every day: a round is no sudden crowd of equal amounts.
    for (const day of scene.days())
      for (const [i, elder] of elders.entries())
        scene.visit(carer, elder, "like-delivery", day, 540 + i * 24 + scene.whole(10), 13);
  },
  liveIn(scene) {
    const carer = scene.carer();
    const elder = scene.elder();
    scene.plan(elder, scene.provider(carer), "like-live-in");
    for (let i = 0; i < 4; i++)
      scene.visit(carer, elder, "like-live-in", scene.options.firstDay + 2 + i, 60 + scene.whole(60), 1200);
  },
  midnight(scene) {
    const { carer, elder } = pair(scene);
    const day = scene.day(1, 3);
    scene.visit(carer, elder, CARE, day, 1410, 60);
    scene.visit(carer, elder, CARE, day + 1, 1400, 60);
  },
  registeredSharedPhone(scene) {
    const carers = [scene.carer()];
    for (let i = 0; i < 3; i++) carers.push(scene.carer(scene.provider(carers[0]!)));
    const device = `station-${carers[0]}`;
    for (const row of scene.tables.caregivers)
      if (carers.includes(String(row["id"]))) row["devices"] = `${row["devices"]};${device}`;
    const elder = scene.elder();
    scene.plan(elder, scene.provider(carers[0]!), CARE);
    const first = scene.day(1, 6);
    carers.forEach((carer, i) => {
      scene.visit(carer, elder, CARE, first + i, 540, 60, { device });
    });
  },
  borrowedPhone(scene) {
    const { carer, elder } = pair(scene);
    const friend = scene.carer(scene.provider(carer));
    for (const [i, day] of scene.days().entries())
      scene.visit(carer, elder, CARE, day, 540 + scene.whole(60), 60, i === 3 ? { device: scene.phone(friend) } : {});
  },
  dischargeMorning(scene) {
    const { carer, elder } = pair(scene);
    const day = scene.day(2, 3);
    const stay = { type: "hospital", precision: "time", from: scene.time(day - 1, 600), to: scene.time(day, 600) };
    scene.event("elder", elder, stay, day);
    scene.visit(carer, elder, CARE, day - 1, 480, 60);
    scene.visit(carer, elder, CARE, day, 840, 60);
  },
  accompanied(scene) {
    const carer = scene.carer();
    const elder = scene.elder();
    const day = scene.day(2, 3);
    scene.plan(elder, scene.provider(carer), "like-escort");
    scene.event("elder", elder, { type: "hospital", from: dateOfDay(day - 1), to: dateOfDay(day + 1) }, day);
    scene.visit(carer, elder, "like-escort", day, 540, 120);
  },
  deathMonth(scene) {
    const { carer, elder } = pair(scene);
    const day = scene.day(1, 2);
    const month = dateOfDay(day).slice(0, 7);
    scene.visit(carer, elder, CARE, day, 540, 60);
    scene.event("elder", elder, { type: "death", from: `${month}-01`, precision: "month" }, scene.lastDay);
  },
  backFromLeave(scene) {
    const { carer, elder } = pair(scene);
    const day = scene.day(4, 3);
    scene.event("caregiver", carer, { type: "leave", from: dateOfDay(day - 3), to: dateOfDay(day - 1) }, day);
    scene.visit(carer, elder, CARE, day, 540, 60);
  },
  outage(scene) {
    const provider = scene.pick(scene.options.providers);
    const months = Map.groupBy(scene.days(), (day) => dateOfDay(day).slice(0, 7));
    const days = [...months.values()].sort((a, b) => b.length - a.length)[0]!;
    for (let k = 0; k < 4; k++) {
      const carer = scene.carer(provider);
      const elder = scene.elder();
      scene.plan(elder, provider, CARE);
      days.forEach((day, i) => {
        const manual = i >= 2 && i < 6 ? { entry: "manual", manual_reason: "系统故障 outage" } : {};
        scene.visit(carer, elder, CARE, day, 480 + scene.whole(60), 60, manual);
        // Each elder's day adds up to another amount: many that begin on one day are no sudden crowd.
        scene.visit(carer, elder, CARE, day, 720 + scene.whole(60), 60 * (k + 1), manual);
      });
    }
  },
  offline(scene) {
    const { carer, elder } = pair(scene);
    const day = scene.day(1, 4);
    scene.visit(carer, elder, CARE, day, 540, 60, { alternate_proof: "qr", submitted_at: scene.time(day + 2, 500) });
  },
  backToBack(scene) {
    const { carer, elder } = pair(scene);
    scene.plan(elder, scene.provider(carer), "walk-help");
    const day = scene.day();
    scene.visit(carer, elder, CARE, day, 540, 60);
    scene.visit(carer, elder, "walk-help", day, 602, 45);
  },
  emergency(scene) {
    const { carer, elder } = pair(scene);
    scene.visit(carer, elder, "like-emergency", scene.day(), 1300, 30);
  },
};

export function lookalikeItems(scene: Scene): void {
  scene.item("like-dressing", { category: "nursing", certificate: "nurse", concurrent_with: CARE });
  const care = scene.tables.items.find(({ code }) => code === CARE)!;
  care["concurrent_with"] = `${care["concurrent_with"]};like-dressing`;
  scene.item("like-canteen", { category: "meal", location: "community", traits: "" });
  scene.item("like-delivery", { category: "meal", traits: "meal", unit_minutes: 13, minimum_minutes: 5 });
  scene.item("like-live-in", { traits: "live_in", unit_minutes: 60, minimum_minutes: 60 });
  scene.item("like-escort", { category: "errand", traits: "hospital_accompany", location: "any" });
  scene.item("like-emergency", { traits: "emergency" });
}
