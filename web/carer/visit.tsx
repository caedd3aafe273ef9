import { useEffect, useState } from "react";
import type { Workday } from "../../server/workdays/schema.ts";
import { timeOf } from "../format.ts";
import { useWords } from "../language.tsx";
import { Trouble } from "../plain.tsx";
import { type Going, phone } from "./phone.ts";
import { now, recordOf } from "./record.ts";
import { locate, shrink } from "./senses.ts";

const TICK_MS = 15_000;

/** The visit that is going on: it is kept on the phone from its first second, so that nothing of it is lost. */
export function GoingBox({
  who,
  going,
  workday,
  onChange,
}: {
  who: string;
  going: Going;
  workday: Workday;
  onChange: () => Promise<void>;
}) {
  const { t, of } = useWords();
  const [clock, setClock] = useState(now());
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const [note, setNote] = useState(going.note);
  const [sure, setSure] = useState(false);
  useEffect(() => {
    const ticking = setInterval(() => setClock(now()), TICK_MS);
    return () => clearInterval(ticking);
  }, []);
  const elder = workday.elders.find(({ id }) => id === going.elder);
  const item = workday.items.find(({ code }) => code === going.item);
  const minutes = Math.max(0, Math.floor((clock - going.startedAt) / 60));

  async function keep(change: Partial<Going>) {
    await phone.keepGoing(who, { ...going, note, ...change });
    await onChange();
  }
  async function takePhoto(file: File) {
    setProblem(null);
    try {
      const { bytes, digest } = await shrink(file);
      await phone.keepPhoto({ digest, elder: going.elder, type: "image/jpeg", bytes, sent: false });
      if (!going.photos.includes(digest)) await keep({ photos: [...going.photos, digest] });
    } catch (error) {
      setProblem(String(error));
    }
  }
  async function finish() {
    setBusy(true);
    const endedAt = Math.max(now(), going.startedAt + 1);
    const placeOut = await locate();
    const made = { ...going, note: note.trim(), endedAt, placeOut, device: await phone.device(), reason: null };
    // The record first, then the end of the visit: a power failure between them repeats nothing that was sent.
    await phone.keepRecord(who, recordOf(made, workday));
    await phone.endGoing(who);
    await onChange();
  }
  return (
    <section className="box now" aria-live="polite">
      <div className="row">
        <span className="big">{elder?.name ?? ""}</span>
        <span className="big">{t("door_minutes", { minutes })}</span>
      </div>
      <p>
        {item ? of(item) : going.item} ·{" "}
        {t("door_since", { time: timeOf(going.startedAt, workday.offsetMinutes).slice(11) })}
        {going.two && ` · ${t("door_two")}`}
      </p>
      <p className="small">
        {going.placeIn ? t("door_located", { metres: going.placeIn.accuracyM }) : t("door_no_place")}
      </p>
      {problem && <Trouble>{problem}</Trouble>}
      <label className="button file">
        {t("door_photo")}
        {going.photos.length > 0 && ` · ${t("door_photos", { count: going.photos.length })}`}
        <input
          type="file"
          accept="image/*"
          capture="environment"
          onChange={(event) => {
            const file = event.target.files?.[0];
            event.target.value = "";
            if (file) void takePhoto(file);
          }}
        />
      </label>
      <label>
        {t("door_note")}
        <textarea
          rows={2}
          maxLength={500}
          value={note}
          onChange={(event) => {
            setNote(event.target.value);
            void phone.keepGoing(who, { ...going, note: event.target.value });
          }}
        />
      </label>
      <button type="button" className="main" disabled={busy} onClick={() => void finish()}>
        {busy ? t("door_locating") : t("door_finish")}
      </button>
      {sure ? (
        <div className="row">
          <span>{t("door_cancel_sure")}</span>
          <button type="button" className="danger" onClick={() => void phone.endGoing(who).then(onChange)}>
            {t("door_cancel")}
          </button>
          <button type="button" onClick={() => setSure(false)}>
            {t("door_back")}
          </button>
        </div>
      ) : (
        <button type="button" className="quiet" onClick={() => setSure(true)}>
          {t("door_cancel")}
        </button>
      )}
    </section>
  );
}
