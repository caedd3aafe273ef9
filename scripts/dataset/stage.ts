import { ALLOWANCE_CASES } from "./allowanceCases.ts";
import { caseItems, FRAUDS } from "./frauds.ts";
import { LOOKALIKES, lookalikeItems } from "./lookalikes.ts";
import { OFFICE_CASES } from "./officeCases.ts";
import { type Row, Scene, type SceneOptions, type Tables } from "./scene.ts";
import { YEAR_CASES } from "./yearCases.ts";

/** Stages so many cases of each kind in the tables; returns the rows of labels.csv, and what region.json says of them. */
export function stage(
  tables: Tables,
  cases: number,
  options: SceneOptions,
): { labels: Row[]; policies: Scene["policies"] } {
  const scene = new Scene(tables, options);
  for (const row of tables.visits) scene.label([row], []);
  caseItems(scene);
  lookalikeItems(scene);
  for (const [name, staging] of [...Object.entries(FRAUDS), ...Object.entries(LOOKALIKES)])
    for (let i = 0; i < cases && !(options.acceptable && name === "R41"); i++) staging(scene);
  // The demonstration's allowances and decisions are played by its story.
  const others = { ...ALLOWANCE_CASES, ...(options.yearEnd ? YEAR_CASES : {}), ...OFFICE_CASES };
  for (const staging of options.acceptable ? [] : Object.values(others)) for (let i = 0; i < cases; i++) staging(scene);
  tables.visits.sort((a, b) => String(a["submitted_at"]).localeCompare(String(b["submitted_at"])));
  const labels = [...scene.labels].flatMap(([visit, { rules, note }]) =>
    rules.size === 0 ? [{ visit, label: "clean", note }] : [...rules].sort().map((label) => ({ visit, label, note })),
  );
  return { labels, policies: scene.policies };
}
