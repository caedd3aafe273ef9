import { useState } from "react";
import { dateOfDay } from "../../core/day.ts";
import type { FamilyAnswer, FamilyVisit } from "../../server/families/schema.ts";
import { Problem } from "../api.ts";
import { spanOf } from "../format.ts";
import { useWords } from "../language.tsx";
import { Trouble } from "../plain.tsx";
import type { WordKey } from "../words.ts";

/** One visit as its family sees it: who came and when, what was said, and what they may say. */
export function VisitBox({
  visit,
  onAnswer,
}: {
  visit: FamilyVisit;
  onAnswer: (answer: FamilyAnswer, note: string) => Promise<void>;
}) {
  const { t, of } = useWords();
  const [complaining, setComplaining] = useState(false);
  const [note, setNote] = useState("");
  const [busy, setBusy] = useState(false);
  const [done, setDone] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const last = visit.said.findLast(({ what }) => what === "confirmed" || what === "denied")?.what;
  async function answer(what: FamilyAnswer) {
    setBusy(true);
    setProblem(null);
    try {
      await onAnswer(what, note.trim());
      setDone(true);
      setComplaining(false);
      setNote("");
    } catch (error) {
      setProblem(error instanceof Problem ? of(error.text) : String(error));
    } finally {
      setBusy(false);
    }
  }
  const facts: [WordKey, string][] = [
    ["family_who", visit.carer],
    ["family_what", of(visit.item)],
    ["family_when", spanOf(visit, visit.offsetMinutes)],
    ["family_provider", visit.provider],
  ];
  return (
    <section className="box">
      <dl className="told">
        {facts.map(([label, value]) => (
          <div key={label}>
            <dt className="small">{t(label)}</dt>
            <dd className="big">{value}</dd>
          </div>
        ))}
      </dl>
      {visit.corrected && <p className="wait">{t("family_corrected")}</p>}
      {visit.said.map((one) => (
        <p key={`${one.what}/${one.day}/${one.note}`} className={one.what === "reply" ? "good" : "wait"}>
          {dateOfDay(one.day)} {t(`family_said_${one.what}` as WordKey)}
          {one.note && `: ${one.note}`}
        </p>
      ))}
      {problem && <Trouble>{problem}</Trouble>}
      {done && (
        <p className="good" role="status">
          {t("family_thanks")}
        </p>
      )}
      <h2>{t("family_ask")}</h2>
      <button
        type="button"
        className="main"
        disabled={busy || last === "confirmed"}
        onClick={() => void answer("confirmed")}
      >
        {t("family_yes")}
      </button>
      <button
        type="button"
        className="danger"
        disabled={busy || last === "denied"}
        onClick={() => void answer("denied")}
      >
        {t("family_no")}
      </button>
      {complaining ? (
        <>
          <label>
            {t("family_complaint")}
            <textarea rows={3} maxLength={500} value={note} onChange={(event) => setNote(event.target.value)} />
          </label>
          <button type="button" disabled={busy || note.trim() === ""} onClick={() => void answer("complaint")}>
            {t("submit")}
          </button>
        </>
      ) : (
        <button type="button" onClick={() => setComplaining(true)}>
          {t("family_complain")}
        </button>
      )}
    </section>
  );
}
