import { dateOfDay } from "../../core/day.ts";
import { CARE, staff } from "./frauds.ts";
import type { Row, Scene } from "./scene.ts";

/** What shows itself over months alone: a provider's month that stands out, and a fund that is spent at the year's end. */
const MONTHS_BEFORE = 3;
const LAST_DAYS = 15;
const FUND_ITEM = "year-end-care";

const monthOf = (day: number): string => dateOfDay(day).slice(0, 7);

/** A provider's visits of every month of the folder: so many in each, and so many times that in the last. */
function months(scene: Scene, each: number, last: number): Row[] {
  const carers = [1, 2, 3].map(() => scene.carer(scene.options.providers[0]!));
  const provider = scene.newProvider();
  for (const carer of carers) scene.employ(carer, provider);
  const elders = carers.map(() => scene.elder());
  for (const elder of elders) scene.plan(elder, provider, CARE);
  const all = [...Map.groupBy(scene.days(), monthOf).values()];
  return all.flatMap((days, m) => {
    const isLast = m === all.length - 1;
    const rows = Array.from({ length: isLast ? last : each }, (_, i) => {
      const day = days[Math.floor((i * (days.length - 1)) / Math.max(1, (isLast ? last : each) - 1))]!;
      const who = i % carers.length;
      return scene.visit(carers[who]!, elders[who]!, CARE, day, 500 + ((i * 37) % 200), 60);
    });
    return isLast ? rows : [];
  });
}

/** A fund of its own that pays half of an item: so many visits before the last days of the year, and so many in them. */
function spending(scene: Scene, before: number, last: number, rules: readonly string[]): void {
  const item = `${FUND_ITEM}-${scene.serial()}`;
  scene.item(item, { unit_minutes: 60, minimum_minutes: 60 });
  const fund = scene.fund(item, 50);
  const { carer, elders } = staff(scene, 1, item);
  const days = scene.days();
  const [early, late] = [days.slice(1, -LAST_DAYS), days.slice(-LAST_DAYS, -3)];
  for (const [list, count] of [
    [early, before],
    [late, last],
  ] as const)
    for (let i = 0; i < count; i++)
      scene.visit(carer, elders[0]!, item, list[Math.floor((i * list.length) / count)]!, 540 + ((i * 23) % 240), 62);
  scene.label([{ id: `fund:${fund}` }], rules, "case");
}

export const YEAR_CASES: Record<string, (scene: Scene) => void> = {
  R35: (scene) => scene.label(months(scene, 4, 13 + scene.whole(6)), ["R35"]),
  R40: (scene) => spending(scene, 12, 8 + scene.whole(4), ["R40"]),
  /** Three times as much is still nothing. */
  growing: (scene) => void months(scene, 4, 9 + scene.whole(3)),
  steady: (scene) => spending(scene, 24, 4, []),
};
/** What the months need: whole ones before the last, which ends with the year. */
export const fitsYear = (firstDay: number, days: number): boolean =>
  dateOfDay(firstDay + days - 1).endsWith("-12-31") &&
  new Set(Array.from({ length: days }, (_, i) => monthOf(firstDay + i))).size > MONTHS_BEFORE;
