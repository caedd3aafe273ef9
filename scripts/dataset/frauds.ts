import { dateOfDay } from "../../core/day.ts";
import type { Row, Scene, Spot } from "./scene.ts";

/**
 * One case of fraud for each rule that visits can break, staged with people of its own beside the real routes. Every
 * record that breaks a rule by the table's words is labelled with it, also where the case was made for another.
 */
type Case = (scene: Scene) => void;

export const CARE = "day-care";
const SHORT = "welfare-call";

/** A carer, so many elders with a plan for the item, and their provider. */
export function staff(scene: Scene, elders: number, item = CARE, plan: Row = {}): { carer: string; elders: string[] } {
  const carer = scene.carer();
  const near = scene.away(scene.options.centre, 1000 + scene.random() * 3000);
  const list = Array.from({ length: elders }, () => scene.elder({}, scene.away(near, 100 + scene.random() * 900)));
  for (const elder of list) scene.plan(elder, scene.provider(carer), item, plan);
  return { carer, elders: list };
}
const apart = (scene: Scene, from: Spot, metres: number) => scene.elder({}, scene.away(from, metres));

function overlap(scene: Scene, minutes: number): void {
  const { carer, elders } = staff(scene, 1);
  const other = apart(scene, scene.home(elders[0]!), 700 + scene.whole(1500));
  scene.plan(other, scene.provider(carer), CARE);
  const day = scene.day();
  const a = scene.visit(carer, elders[0]!, CARE, day, 600, 60);
  const b = scene.visit(carer, other, CARE, day, 660 - minutes - 1, 60);
  scene.label([a, b], ["R01"]);
}

function otherDevice(
  scene: Scene,
  day: number,
  from: number,
  carers: readonly string[],
  elder: string,
  device: string,
): Row[] {
  return carers.map((carer, i) => scene.visit(carer, elder, CARE, day + i, from + i * 90, 60, { device }));
}

/** A carer's day of visits one after the other, near to each other. */
function workday(scene: Scene, day: number, count: number, minutes: number, item = CARE): Row[] {
  const { carer, elders } = staff(scene, 1, item);
  const first = elders[0]!;
  const homes = [
    first,
    ...Array.from({ length: count - 1 }, () => apart(scene, scene.home(first), 50 + scene.whole(200))),
  ];
  return homes.map((elder, i) => {
    if (i > 0) scene.plan(elder, scene.provider(carer), item);
    return scene.visit(carer, elder, item, day, 10 + i * (minutes + 5), minutes);
  });
}

export const FRAUDS: Record<string, Case> = {
  R01: (scene) => overlap(scene, scene.pick([8, 12, 25, 40])),
  R02(scene) {
    const { carer, elders } = staff(scene, 1);
    const second = scene.carer(scene.provider(carer));
    const day = scene.day();
    const same = scene.random() < 0.5;
    const item = same ? CARE : "case-company";
    scene.plan(elders[0]!, scene.provider(carer), "case-company");
    const a = scene.visit(carer, elders[0]!, CARE, day, 540, 60);
    const b = scene.visit(second, elders[0]!, item, day, 540 + 15 + scene.whole(20), 60);
    scene.label([a, b], ["R02"]);
  },
  R03(scene) {
    const { carer, elders } = staff(scene, 1);
    const day = scene.day();
    const a = scene.visit(carer, elders[0]!, CARE, day, 540, 60);
    const b = scene.visit(carer, elders[0]!, CARE, day, 540 + scene.whole(8), 60);
    scene.label([a, b], ["R03"]);
  },
  R04(scene) {
    const { carer, elders } = staff(scene, 1);
    const far = apart(scene, scene.home(elders[0]!), 7000 + scene.whole(9000));
    scene.plan(far, scene.provider(carer), CARE);
    const day = scene.day();
    const a = scene.visit(carer, elders[0]!, CARE, day, 540, 60);
    const b = scene.visit(carer, far, CARE, day, 601 + scene.whole(3), 60);
    scene.label([a, b], ["R04"]);
  },
  R05(scene) {
    const { carer, elders } = staff(scene, 1);
    const at = scene.away(scene.home(elders[0]!), 400 + scene.whole(1500));
    const times = scene.pick([1, 3, 5]);
    const first = scene.day(1, 6);
    for (let i = 0; i < times; i++)
      scene.label([scene.visit(carer, elders[0]!, CARE, first + i, 540 + scene.whole(30), 60, { at })], ["R05"]);
  },
  R06(scene) {
    const { carer, elders } = staff(scene, 1);
    const way = scene.whole(3);
    if (way === 0) scene.label([scene.visit(carer, elders[0]!, CARE, scene.day(), 540, 60, { mock: 1 })], ["R06"]);
    const blank = { in_lon: "", in_lat: "", in_accuracy_m: "", out_lon: "", out_lat: "", out_accuracy_m: "" };
    if (way === 1) scene.label([scene.visit(carer, elders[0]!, CARE, scene.day(), 540, 60, blank)], ["R06"]);
    if (way !== 2) return;
    const { lon, lat } = scene.fix(scene.home(elders[0]!));
    const first = scene.day(0, 6);
    for (let i = 0; i < 4 + scene.whole(2); i++) {
      const same = { in_lon: lon, in_lat: lat };
      scene.label([scene.visit(carer, elders[0]!, CARE, first + i, 540 + scene.whole(90), 60, same)], ["R06"]);
    }
  },
  R07(scene) {
    const { carer, elders } = staff(scene, 1);
    const other = apart(scene, scene.home(elders[0]!), 800 + scene.whole(700));
    scene.plan(other, scene.provider(carer), CARE);
    const day = scene.day();
    const a = scene.visit(carer, elders[0]!, CARE, day, 540, 60);
    const b = scene.visit(carer, other, CARE, day, 640, 60, { in_lon: a["in_lon"]!, in_lat: a["in_lat"]! });
    scene.label([a, b], ["R07"]);
    scene.label([b], ["R05"]);
  },
  R08(scene) {
    const { carer, elders } = staff(scene, 1);
    const day = scene.day();
    const left = scene.time(day, 540 + 20 + scene.whole(25));
    scene.label(
      [scene.visit(carer, elders[0]!, CARE, day, 540, 60, { ended_at: left, submitted_at: scene.time(day, 600) })],
      ["R08"],
    );
  },
  R09(scene) {
    const visits = scene.random() < 0.5 ? 7 : 10;
    const rows = workday(scene, scene.day(), visits, 120);
    scene.label(rows, ["R09"]);
  },
  R10: (scene) => scene.label(workday(scene, scene.day(), scene.pick([16, 18, 21, 24]), 15, SHORT), ["R10"]),
  R11(scene) {
    const { carer, elders } = staff(scene, 1);
    const minute = 840 + scene.whole(60);
    for (const day of scene.days().slice(0, 12)) {
      const cells = {
        started_at: scene.time(day, minute, scene.whole(20)),
        ended_at: scene.time(day, minute + 58, 20 + scene.whole(20)),
      };
      scene.label([scene.visit(carer, elders[0]!, CARE, day, minute, 60, cells)], ["R11"]);
    }
  },
  R12(scene) {
    const { carer, elders } = staff(scene, 4, SHORT);
    for (const day of scene.days())
      for (const [i, elder] of elders.entries()) {
        const start = 500 + i * 60 + scene.whole(25);
        const second = scene.whole(30);
        const cells = {
          started_at: scene.time(day, start, second),
          ended_at: scene.time(day, start + 15, second + scene.whole(30)),
        };
        scene.label([scene.visit(carer, elder, SHORT, day, start, 15, cells)], ["R12"]);
      }
  },
  R13(scene) {
    const { carer, elders } = staff(scene, 1);
    const first = scene.day(1, 6);
    const to = { type: scene.pick(["hospital", "institution"]), from: dateOfDay(first), to: dateOfDay(first + 4) };
    scene.event("elder", elders[0]!, to, first + scene.whole(8));
    for (let i = 0; i < 5; i += 2)
      scene.label([scene.visit(carer, elders[0]!, CARE, first + i, 560 + scene.whole(40), 60)], ["R13"]);
  },
  R14(scene) {
    const { carer, elders } = staff(scene, 1);
    const died = scene.day(2, 5);
    scene.event("elder", elders[0]!, { type: "death", from: dateOfDay(died) }, died + scene.whole(9));
    scene.visit(carer, elders[0]!, CARE, died - 1, 560, 60);
    for (let i = 1; i < 4; i++)
      scene.label([scene.visit(carer, elders[0]!, CARE, died + i, 560 + scene.whole(40), 60)], ["R14"]);
  },
  R17(scene) {
    const way = scene.whole(3);
    const day = scene.day(2);
    const plan = way === 0 ? { valid_to: dateOfDay(day - 1) } : {};
    const { carer, elders } = staff(scene, 1, way === 0 ? CARE : "case-heavy", plan);
    const { firstDay } = scene.options;
    if (way === 1) scene.assess(elders[0]!, "mild", firstDay - 100, firstDay + 200);
    if (way === 2) scene.assess(elders[0]!, "total", firstDay - 300, day - 1);
    scene.label([scene.visit(carer, elders[0]!, way === 0 ? CARE : "case-heavy", day, 560, 60)], ["R17"]);
  },
  R18(scene) {
    const day = scene.day();
    if (scene.random() < 0.5) {
      const { carer, elders } = staff(scene, 1);
      scene.label([scene.visit(carer, elders[0]!, "walk-help", day, 560, 45)], ["R18"]);
      return;
    }
    const { carer, elders } = staff(scene, 1, CARE, { units: 2 });
    for (let i = 0; i < 3; i++) {
      const row = scene.visit(carer, elders[0]!, CARE, day, 500 + i * 150, 60);
      if (i === 2) scene.label([row], ["R18"]);
    }
  },
  R19(scene) {
    const { carer, elders } = staff(scene, 1);
    scene.label(
      [scene.visit(carer, elders[0]!, CARE, scene.day(), 560, 60, { price_fen: 6000 + 500 * (1 + scene.whole(6)) })],
      ["R19"],
    );
  },
  R20(scene) {
    const { carer, elders } = staff(scene, 1);
    const day = scene.day();
    for (let i = 0; i < 3; i++)
      scene.label([scene.visit(carer, elders[0]!, CARE, day, 560 + i * 35, 25)], ["R20", "R08"]);
  },
  R23(scene) {
    const carer = scene.carer(undefined, scene.random() < 0.5 ? "" : "care-worker");
    const elder = scene.elder();
    scene.plan(elder, scene.provider(carer), "case-injection");
    scene.label([scene.visit(carer, elder, "case-injection", scene.day(), 560, 30)], ["R23"]);
  },
  R24(scene) {
    const owner = scene.carer();
    const ghost = scene.carer(scene.provider(owner));
    const elder = scene.elder();
    scene.plan(elder, scene.provider(owner), CARE);
    for (const day of scene.days().slice(0, 12))
      scene.label(
        [scene.visit(ghost, elder, CARE, day, 560 + scene.whole(60), 60, { device: scene.phone(owner) })],
        ["R24"],
      );
  },
  R25(scene) {
    const carers = [scene.carer()];
    for (let i = 0; i < 3; i++) carers.push(scene.carer(scene.provider(carers[0]!)));
    const elder = scene.elder();
    scene.plan(elder, scene.provider(carers[0]!), CARE);
    scene.label(otherDevice(scene, scene.day(1, 6), 500, carers, elder, scene.phone(carers[0]!)), ["R25"]);
  },
  R26(scene) {
    const { carer, elders } = staff(scene, 2);
    const digest = `sha256:${Array.from({ length: 64 }, () => scene.whole(16).toString(16)).join("")}`;
    const day = scene.day(0, 9);
    const rows = elders.map((elder, i) =>
      scene.visit(carer, elder, CARE, day + i * scene.whole(8), 560 + i * 120, 60, { evidence: digest }),
    );
    scene.label(rows, ["R26"]);
  },
  R28(scene) {
    const { carer, elders } = staff(scene, 1);
    scene.label([scene.visit(carer, elders[0]!, CARE, scene.day(), 560, 60, { family: "denied" })], ["R28"]);
  },
  R29(scene) {
    const { carer, elders } = staff(scene, 1);
    const first = scene.day(1, 5);
    const type = scene.pick(["leave", "travel", "hospital", "other_job"]);
    const span = { type, from: dateOfDay(first), to: dateOfDay(first + 3), official: scene.whole(2) };
    scene.event("caregiver", carer, span, first + scene.whole(7));
    for (let i = 1; i < 3; i++)
      scene.label([scene.visit(carer, elders[0]!, CARE, first + i, 560 + scene.whole(40), 60)], ["R29"]);
  },
  R30(scene) {
    const { carer, elders } = staff(scene, 2);
    const share = scene.pick([3, 5]);
    // A month is judged by itself: the folder's days of the month that has more of them.
    const months = Map.groupBy(scene.days(), (day) => dateOfDay(day).slice(0, 7));
    const days = [...months.values()].sort((a, b) => b.length - a.length)[0]!;
    const rows = days.flatMap((day, i) =>
      elders.map((elder, k) => {
        const manual = (i * 2 + k) % 10 < share * 2 - 1;
        const cells = manual ? { entry: "manual", manual_reason: "忘记打卡" } : {};
        return scene.visit(carer, elder, CARE, day, 520 + k * 120 + scene.whole(30), 60, cells);
      }),
    );
    if (rows.length >= 20) scene.label(rows, ["R30"]);
  },
  R36(scene) {
    const day = scene.lastDay - scene.whole(3);
    const item = `case-odd-${scene.whole(1_000_000)}`;
    scene.item(item, { unit_minutes: 37, minimum_minutes: 30 });
    for (let i = 0; i < 16 + scene.whole(8); i++) {
      const { carer, elders } = staff(scene, 1, item);
      scene.label([scene.visit(carer, elders[0]!, item, day, 480 + scene.whole(300), 37)], ["R36"]);
    }
  },
  R41(scene) {
    const { carer, elders } = staff(scene, 1);
    const wrong = scene.pick<Row>([
      { elder: "nobody" },
      { caregiver: "0" },
      { provider: "91110000600037341X" },
      { item: "no-such-item" },
    ]);
    const row = scene.visit(carer, elders[0]!, CARE, scene.day(), 560, 60, wrong);
    scene.label([row], ["R41"]);
  },
  R42(scene) {
    const { carer, elders } = staff(scene, 1);
    const day = scene.day(1, 4);
    const way = scene.whole(scene.options.acceptable ? 2 : 3);
    const cells = [
      { device_started_at: scene.time(day, 560 - 8 - scene.whole(60)) },
      { submitted_at: scene.time(day + 1, 640 + scene.whole(600)) },
      { ended_at: scene.time(day, 540), submitted_at: scene.time(day, 640) },
    ][way]!;
    scene.label([scene.visit(carer, elders[0]!, CARE, day, 560, 60, cells)], ["R42"]);
  },
};

/** Items that the cases need beside the district's. */
export function caseItems(scene: Scene): void {
  scene.item("case-company", { category: "company", unit_minutes: 60, minimum_minutes: 30 });
  scene.item("case-heavy", { unit_minutes: 60, minimum_minutes: 30, minimum_level: "severe" });
  scene.item("case-injection", { category: "nursing", certificate: "nurse" });
}
