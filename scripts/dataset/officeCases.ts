import { CARE, staff } from "./frauds.ts";
import type { Row, Scene } from "./scene.ts";

/**
 * What reviewers do with held visits: what breaks a rule about officials, and what only looks like it. A decision has no
 * id before it is taken, so its label is named `decision:visit`.
 */
const A_MINUTE = 60;
const RUSHED = 201;
const DECIDED = 24;
const DAYS_OF_HELD = 3;
/** Visits a day that carers have: were they all as many, the elders' days would be a crowd of equal amounts. */
const A_DAY = [2, 3, 4];

/** Visits that families denied, of so many carers that none stands out: each waits for a decision. */
function held(scene: Scene, count: number, from: number): { id: string; provider: string }[] {
  const rows: Row[] = [];
  for (let turn = 0; rows.length < count; turn++) {
    const { carer, elders } = staff(scene, 1);
    const aDay = A_DAY[turn % A_DAY.length]!;
    for (let i = 0; i < aDay * DAYS_OF_HELD && rows.length < count; i++) {
      const start = 480 + (i % aDay) * 120 + scene.whole(40);
      const day = from + Math.floor(i / aDay);
      rows.push(scene.visit(carer, elders[0]!, CARE, day, start, 60, { family: "denied" }));
    }
  }
  scene.label(rows, ["R28"]);
  return rows.map(({ id, provider }) => ({ id: String(id), provider: String(provider) }));
}
/** A first day that leaves time for the visits, for their review and for the decisions. */
const someDay = (scene: Scene): number => scene.day(0, DAYS_OF_HELD + 2);

/** Decides so many held visits of one official on one day, releasing the first few; the rule's finding, if any, is named. */
function decide(
  scene: Scene,
  count: number,
  { releases, seconds, rules }: { releases: number; seconds: number; rules: (released: boolean) => string[] },
): void {
  const from = someDay(scene);
  const by = scene.official();
  held(scene, count, from).forEach(({ id }, i) => {
    const released = i < releases;
    const at = Math.floor((i * seconds) / count);
    const outcome = released ? "release" : "deny";
    scene.decide(
      id,
      outcome,
      by,
      scene.time(from + DAYS_OF_HELD + 1, 600 + Math.floor(at / 60), at % 60),
      rules(released),
    );
  });
}

export const OFFICE_CASES: Record<string, (scene: Scene) => void> = {
  /** Who is tied to a provider releases what it is paid for. */
  R38(scene) {
    const from = someDay(scene);
    const [visit] = held(scene, 1, from);
    const by = scene.official([visit!.provider]);
    scene.decide(visit!.id, "release", by, scene.time(from + DAYS_OF_HELD, 600), ["R38"]);
  },
  R39(scene) {
    if (scene.random() < 0.3) decide(scene, RUSHED, { releases: 0, seconds: A_MINUTE - 1, rules: () => ["R39"] });
    else
      decide(scene, DECIDED, {
        releases: 3 + scene.whole(4),
        seconds: 3 * 3600,
        rules: (released) => (released ? ["R39"] : []),
      });
  },
  /** A busy morning, and one mistake of a rule in ten. */
  carefulReviewer(scene) {
    decide(scene, DECIDED, { releases: 2, seconds: 3 * 3600, rules: () => [] });
  },
  /** Tied to somebody else. */
  tiedElsewhere(scene) {
    const from = someDay(scene);
    const [visit] = held(scene, 1, from);
    const other = scene.options.providers.filter((provider) => provider !== visit!.provider);
    scene.decide(visit!.id, "release", scene.official(other), scene.time(from + DAYS_OF_HELD, 600), []);
  },
};
