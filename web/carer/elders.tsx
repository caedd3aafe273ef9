import { type FormEvent, useState } from "react";
import { dayOf } from "../../core/day.ts";
import { distanceM } from "../../core/rules/distance.ts";
import type { ElderOfDay, Workday } from "../../server/workdays/schema.ts";
import { Problem, post } from "../api.ts";
import { useWords } from "../language.tsx";
import { Trouble } from "../plain.tsx";
import type { WordKey } from "../words.ts";
import { type Fix, type Kept, phone, withElders } from "./phone.ts";
import { locate } from "./senses.ts";

/** The elders of the day: what is planned, what was done, and the button that begins a visit. */
export function Elders({
  workday,
  who,
  fetchedAt,
  records,
  online,
  onBegin,
  onFound,
}: {
  workday: Workday;
  who: string;
  fetchedAt: number;
  records: readonly Kept[];
  online: boolean;
  onBegin: (elder: ElderOfDay, item: string, two: boolean) => Promise<void>;
  onFound: () => Promise<void>;
}) {
  const { t, of } = useWords();
  const nameOf = (code: string) => {
    const item = workday.items.find((one) => one.code === code);
    return item ? of(item) : code;
  };
  const [here, setHere] = useState<Fix | null>(null);
  const [chosen, setChosen] = useState<string | null>(null);
  const near = (elder: ElderOfDay) => (here ? distanceM(here, elder) : null);
  const sorted = here ? [...workday.elders].sort((a, b) => near(a)! - near(b)!) : workday.elders;
  return (
    <>
      <h2>{t("door_today")}</h2>
      {sorted.length === 0 && <p className="box">{t("door_no_elders")}</p>}
      <ul className="plain">
        {sorted.map((elder) => (
          <li key={elder.id} className="box">
            <div className="row">
              <span className="big">{elder.name}</span>
              {here && <span className="small">{t("door_metres", { metres: near(elder)! })}</span>}
            </div>
            {chosen !== elder.id && (
              <p className="small">
                {elder.plans.map(({ item, done }) => `${nameOf(item)} · ${t("door_done", { done })}`).join(" / ")}
              </p>
            )}
            {chosen === elder.id ? (
              <Choose
                elder={elder}
                workday={workday}
                records={records}
                onBegin={(item, two) => onBegin(elder, item, two)}
                onBack={() => setChosen(null)}
              />
            ) : (
              <button
                type="button"
                className="main"
                onClick={() => {
                  setChosen(elder.id);
                  void locate().then(setHere);
                }}
              >
                {t("door_start")}
              </button>
            )}
          </li>
        ))}
      </ul>
      {online && <Find workday={workday} who={who} fetchedAt={fetchedAt} onFound={onFound} />}
    </>
  );
}

function Choose({
  elder,
  workday,
  records,
  onBegin,
  onBack,
}: {
  elder: ElderOfDay;
  workday: Workday;
  records: readonly Kept[];
  onBegin: (item: string, two: boolean) => Promise<void>;
  onBack: () => void;
}) {
  const { t, of } = useWords();
  // A plan for two is for two unless its carer says otherwise.
  const [two, setTwo] = useState(true);
  const [busy, setBusy] = useState(false);
  const name = (code: string) => {
    const item = workday.items.find((one) => one.code === code);
    return item ? of(item) : code;
  };
  // What this phone recorded and the list does not know of yet.
  const doneHere = (item: string) =>
    records.filter(
      (one) =>
        one.state !== "sent" &&
        one.state !== "refused" &&
        one.visit.elder === elder.id &&
        one.itemCode === item &&
        dayOf(one.startedAt, workday.offsetMinutes) === workday.day,
    ).length;
  const plans: ElderOfDay["plans"] =
    elder.plans.length > 0
      ? elder.plans
      : workday.items.map(({ code }) => ({ item: code, units: 0, period: "day" as const, carers: 1, done: 0 }));
  return (
    <>
      <p>{busy ? t("door_locating") : t("door_choose")}</p>
      {plans.some(({ carers }) => carers === 2) && (
        <label className="line">
          <input type="checkbox" checked={two} onChange={(event) => setTwo(event.target.checked)} />
          {t("door_with")}
        </label>
      )}
      {plans.map((plan) => (
        <button
          key={plan.item}
          type="button"
          disabled={busy}
          onClick={() => {
            setBusy(true);
            void onBegin(plan.item, two && plan.carers === 2);
          }}
        >
          <strong>{name(plan.item)}</strong>
          {plan.units > 0 && (
            <span className="small">
              {" "}
              {t("door_plan", { units: plan.units, period: t(`period_${plan.period}` as WordKey) })}
              {plan.carers === 2 && ` · ${t("door_two")}`} · {t("door_done", { done: plan.done + doneHere(plan.item) })}
            </span>
          )}
        </button>
      ))}
      <button type="button" className="quiet" onClick={onBack}>
        {t("door_back")}
      </button>
    </>
  );
}

function Find({
  workday,
  who,
  fetchedAt,
  onFound,
}: {
  workday: Workday;
  who: string;
  fetchedAt: number;
  onFound: () => Promise<void>;
}) {
  const { t, of } = useWords();
  const [problem, setProblem] = useState<string | null>(null);
  async function find(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = event.currentTarget;
    setProblem(null);
    try {
      const name = String(new FormData(form).get("name"));
      const { elders } = await post<{ elders: ElderOfDay[] }>("/workday/elders", { name });
      await phone.keepDay(who, { workday: { ...workday, elders: withElders(elders, workday.elders) }, fetchedAt });
      form.reset();
      await onFound();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setProblem(error.code === "not_found" ? t("door_find_nobody") : of(error.text));
    }
  }
  return (
    <form className="box" onSubmit={(event) => void find(event)}>
      <label>
        {t("door_find")}
        <input name="name" required minLength={2} maxLength={100} autoComplete="off" />
      </label>
      {problem && <Trouble>{problem}</Trouble>}
      <button type="submit">{t("door_find")}</button>
    </form>
  );
}
