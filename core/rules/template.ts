import { most, RowKinds, rowWithText, textAt } from "./counts.ts";
import { numberOf } from "./packedVisit.ts";
import type { ReviewVisit } from "./rule.ts";
import type { Scratch } from "./scratch.ts";
import { Shelf } from "./shelf.ts";
import { drained, SortedRuns } from "./sortedRuns.ts";

/** What an elder's day adds up to: the amount and the set of items. */
export function templateOf(visits: readonly ReviewVisit[]): string {
  if (visits.length === 1) return `${visits[0]!.priceFen} ${visits[0]!.item}`;
  const fen = visits.reduce((sum, { priceFen }) => sum + priceFen, 0);
  return `${fen} ${[...new Set(visits.map(({ item }) => item))].sort().join("+")}`;
}

/** An elder's visits by day of service; almost always these are of one day. */
function serviceDays(visits: readonly ReviewVisit[]): Iterable<readonly ReviewVisit[]> {
  const [first] = visits;
  if (visits.every(({ serviceDay }) => serviceDay === first!.serviceDay)) return [visits];
  return Map.groupBy(visits, ({ serviceDay }) => serviceDay).values();
}

/** A template on a day of service. */
export const templateName = (serviceDay: number, template: string): string => `${serviceDay} ${template}`;
export function templateAt(name: string): readonly [serviceDay: number, template: string] {
  return [Number.parseInt(name, 10), name.slice(name.indexOf(" ") + 1)];
}

/** Elders by day of service. */
const COUNTS = new RowKinds(2);
/** So many templates are counted in memory before they are laid down. */
const MOST_AT_ONCE = 16 * 1024;

/** For how many different elders each template stood, by day of service, in the days of a window. */
export class Templates {
  readonly #scratch: Scratch;
  readonly #shelf: Shelf;
  readonly #windowDays: number;
  readonly #least: number;
  /** Days of service of which anything is known. */
  readonly #days = new Set<number>();
  readonly #counting = new Map<string, number>();
  #laidDown: SortedRuns | null = null;
  #crowds: string[] = [];
  #day = 0;

  /** `least`: elders from which on a template of a day is a crowd. */
  constructor(scratch: Scratch, windowDays: number, least: number) {
    this.#scratch = scratch;
    this.#shelf = new Shelf(scratch, "texts");
    this.#windowDays = windowDays;
    this.#least = least;
  }

  /** Before the elders of a day are told. */
  begin(day: number): void {
    this.#day = day;
    this.#laidDown = new SortedRuns(this.#scratch);
  }

  /** Counts one elder's visits. */
  add(visits: readonly ReviewVisit[]): void {
    for (const list of serviceDays(visits)) {
      const name = templateName(list[0]!.serviceDay, templateOf(list));
      this.#counting.set(name, (this.#counting.get(name) ?? 0) + 1);
    }
    if (this.#counting.size > MOST_AT_ONCE) this.#layDown();
  }

  #layDown(): void {
    for (const [name, elders] of this.#counting) {
      const [serviceDay, template] = templateAt(name);
      const row = rowWithText([serviceDay, elders], template);
      this.#laidDown!.add(numberOf(template), row, row.length);
    }
    this.#counting.clear();
  }

  /** After all elders of the day. */
  end(): void {
    this.#layDown();
    this.#crowds = [];
    for (const rows of drained(this.#laidDown!)) {
      const counted = rows.map(({ words, at }) => ({
        template: textAt(words, at + 2),
        serviceDay: words[at]!,
        elders: words[at + 1]!,
      }));
      for (const [template, list] of Map.groupBy(counted, (row) => row.template)) this.#count(template, list);
    }
    this.#laidDown = null;
  }

  #count(template: string, counted: readonly { serviceDay: number; elders: number }[]): void {
    const known = this.#shelf.get(template);
    const at = (words: Int32Array | null, day: number) => COUNTS.find(words, 0, (row) => words![row] === day);
    const days = [...new Set(counted.map(({ serviceDay }) => serviceDay))];
    const added = days.filter((day) => at(known, day) < 0).flatMap((day) => [day, 0]);
    const words = COUNTS.grown(known, [added]);
    for (const { serviceDay, elders } of counted) {
      const count = at(words, serviceDay) + 1;
      words[count] = most(words[count]! + elders);
    }
    this.#shelf.set(template, words);
    for (const day of days) {
      this.#days.add(day);
      if (words[at(words, day) + 1]! >= this.#least) this.#crowds.push(templateName(day, template));
    }
  }

  /** Of days before the window a review that begins anew would know less. */
  #isKept(serviceDay: number): boolean {
    return serviceDay > this.#day - this.#windowDays;
  }

  /** Lets go of what is older than the window. */
  prune(day: number): void {
    this.#day = day;
    this.#shelf.renew((words) => COUNTS.kept(words, (row) => this.#isKept(words[row]!)));
    for (const known of this.#days) if (!this.#isKept(known)) this.#days.delete(known);
  }

  /** Names of what stood for a crowd on a day of service, of which the reviewed day brought some. */
  crowds(): readonly string[] {
    return this.#crowds;
  }

  /** For how many elders a template stood on a day of service, as far as it is known. */
  on(template: string, serviceDay: number): number {
    const words = this.#shelf.get(template);
    let elders = 0;
    COUNTS.each(words, 0, (row) => {
      if (words![row] === serviceDay) elders += words![row + 1]!;
    });
    return elders;
  }

  /** The same on the days of service before one, all together, and how many days these were. */
  before(template: string, serviceDay: number): { times: number; days: number } {
    const words = this.#shelf.get(template);
    let times = 0;
    COUNTS.each(words, 0, (row) => {
      if (words![row]! < serviceDay && this.#isKept(words![row]!)) times += words![row + 1]!;
    });
    const days = [...this.#days].filter((day) => day < serviceDay && this.#isKept(day)).length;
    return { times, days };
  }
}
