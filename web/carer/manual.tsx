import { type FormEvent, useState } from "react";
import { dateOfDay, dayOf } from "../../core/day.ts";
import type { Workday } from "../../server/workdays/schema.ts";
import { secondsOf } from "../format.ts";
import { useWords } from "../language.tsx";
import { Trouble } from "../plain.tsx";
import { WORDS } from "../words.ts";
import { phone } from "./phone.ts";
import { now, recordOf } from "./record.ts";

const REASONS = ["reason_signal", "reason_battery", "reason_forgot", "reason_broken"] as const;

/** A visit without check-in: who, what, from when to when, and in one tap why. */
export function Manual({ who, workday, onDone }: { who: string; workday: Workday; onDone: () => void }) {
  const { t, of } = useWords();
  const [reason, setReason] = useState<(typeof REASONS)[number] | null>(null);
  const [elder, setElder] = useState(workday.elders[0]?.id ?? "");
  const [problem, setProblem] = useState<string | null>(null);
  const today = dateOfDay(dayOf(now(), workday.offsetMinutes));
  const plans = workday.elders.find(({ id }) => id === elder)?.plans ?? [];
  const items = workday.items.filter(({ code }) => plans.length === 0 || plans.some(({ item }) => item === code));
  const [chosen, setChosen] = useState<string | null>(null);
  const item = items.find(({ code }) => code === chosen)?.code ?? items[0]?.code ?? "";
  const forTwo = plans.some((plan) => plan.item === item && plan.carers === 2);

  async function save(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const values = new FormData(event.currentTarget);
    const at = (field: string) => secondsOf(`${values.get("day")}T${values.get(field)}`, workday.offsetMinutes);
    const [startedAt, endedAt] = [at("from"), at("to")];
    if (!(startedAt < endedAt && endedAt <= now())) return setProblem(t("door_times_wrong"));
    const made = {
      elder,
      item,
      startedAt,
      endedAt,
      placeIn: null,
      placeOut: null,
      two: forTwo && values.get("two") !== null,
      note: "",
      photos: [],
      device: await phone.device(),
      // The words of the record are those of the region's officials, whatever the phone's language.
      reason: WORDS[reason!][0],
    };
    await phone.keepRecord(who, recordOf(made, workday));
    onDone();
  }
  return (
    <form className="box" onSubmit={(event) => void save(event)}>
      <h2>{t("door_manual_title")}</h2>
      {problem && <Trouble>{problem}</Trouble>}
      <label>
        {t("elder")}
        <select value={elder} onChange={(event) => setElder(event.target.value)} required>
          {workday.elders.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label>
        {t("item")}
        <select value={item} onChange={(event) => setChosen(event.target.value)} required>
          {items.map((one) => (
            <option key={one.code} value={one.code}>
              {of(one)}
            </option>
          ))}
        </select>
      </label>
      {forTwo && (
        <label className="line">
          <input type="checkbox" name="two" defaultChecked />
          {t("door_with")}
        </label>
      )}
      <label>
        {t("door_day")}
        <input name="day" type="date" defaultValue={today} max={today} required />
      </label>
      <div className="row">
        <label>
          {t("door_from")}
          <input name="from" type="time" required />
        </label>
        <label>
          {t("door_to")}
          <input name="to" type="time" required />
        </label>
      </div>
      <p id="why">{t("door_reason")}</p>
      <fieldset className="choices bare" aria-labelledby="why">
        {REASONS.map((one) => (
          <button
            key={one}
            type="button"
            className={reason === one ? "picked" : ""}
            aria-pressed={reason === one}
            onClick={() => setReason(one)}
          >
            {t(one)}
          </button>
        ))}
      </fieldset>
      <button type="submit" className="main" disabled={reason === null || elder === ""}>
        {t("door_save")}
      </button>
      <button type="button" className="quiet" onClick={onDone}>
        {t("door_back")}
      </button>
    </form>
  );
}
