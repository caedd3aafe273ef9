import { useState } from "react";
import type { Workday } from "../../server/workdays/schema.ts";
import { spanOf } from "../format.ts";
import { useWords } from "../language.tsx";
import { Trouble } from "../plain.tsx";
import { PlainList } from "../plainList.tsx";
import { Qr } from "../qr.tsx";
import { type Kept, phone } from "./phone.ts";

const STATE = { unsigned: "door_unsigned", queued: "door_queued", sent: "door_sent", refused: "door_refused" } as const;

/** What this phone recorded, and how far each record came. */
export function Records({
  who,
  workday,
  records,
  waiting,
  canSend,
  onSend,
  onChange,
}: {
  who: string;
  workday: Workday;
  records: readonly Kept[];
  waiting: number;
  canSend: boolean;
  onSend: () => Promise<void>;
  onChange: () => Promise<void>;
}) {
  const { t, of } = useWords();
  const [open, setOpen] = useState<string | null>(null);
  const itemName = (code: string) => {
    const item = workday.items.find((one) => one.code === code);
    return item ? of(item) : code;
  };
  return (
    <>
      <h2>{t("door_records")}</h2>
      {records.length > 0 && (
        <p className={waiting > 0 ? "wait" : "good"} role="status">
          {waiting > 0 ? t("door_waiting", { count: waiting }) : t("door_all_sent")}
        </p>
      )}
      {waiting > 0 && canSend && (
        <button type="button" onClick={() => void onSend()}>
          {t("door_send")}
        </button>
      )}
      <PlainList
        name="visits"
        rows={records}
        empty={t("door_no_records")}
        head={[t("from_to"), t("elder"), t("item"), t("state"), t("record")]}
        cells={(kept) => [
          spanOf(kept, workday.offsetMinutes),
          kept.elderName,
          itemName(kept.itemCode),
          t(STATE[kept.state]),
          kept.id,
        ]}
      >
        {(kept) => (
          <li key={kept.id} className="box">
            <div className="row">
              <strong>
                {kept.elderName} · {itemName(kept.itemCode)}
              </strong>
              <span className={`tag ${kept.state}`}>{t(STATE[kept.state])}</span>
            </div>
            <p className="small">{spanOf(kept, workday.offsetMinutes)}</p>
            {kept.problem && <Trouble>{of(kept.problem)}</Trouble>}
            {kept.state === "refused" ? (
              <Discard onDiscard={() => void phone.dropRecord(who, kept.id).then(onChange)} />
            ) : (
              <button type="button" onClick={() => setOpen(open === kept.id ? null : kept.id)}>
                {t("door_qr")}
              </button>
            )}
            {open === kept.id && (
              <>
                <Qr text={`${location.origin}${kept.familyPath}`} label={t("door_qr")} />
                <p className="small">{t("door_qr_text")}</p>
              </>
            )}
          </li>
        )}
      </PlainList>
    </>
  );
}

function Discard({ onDiscard }: { onDiscard: () => void }) {
  const { t } = useWords();
  const [sure, setSure] = useState(false);
  return sure ? (
    <div className="row">
      <span>{t("door_discard_sure")}</span>
      <button type="button" className="danger" onClick={onDiscard}>
        {t("door_discard")}
      </button>
      <button type="button" onClick={() => setSure(false)}>
        {t("door_back")}
      </button>
    </div>
  ) : (
    <button type="button" className="danger" onClick={() => setSure(true)}>
      {t("door_discard")}
    </button>
  );
}
