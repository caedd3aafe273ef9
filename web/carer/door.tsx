import { useState } from "react";
import type { Hex } from "../../core/bytes.ts";
import { dateOfDay, dayOf } from "../../core/day.ts";
import type { ElderOfDay, Workday } from "../../server/workdays/schema.ts";
import { auth } from "../api.ts";
import { timeOf } from "../format.ts";
import { useWords } from "../language.tsx";
import { PlainHead, Trouble } from "../plain.tsx";
import { Elders } from "./elders.tsx";
import { KeyBox } from "./key.tsx";
import { Manual } from "./manual.tsx";
import { phone } from "./phone.ts";
import { now } from "./record.ts";
import { Records } from "./records.tsx";
import { locate } from "./senses.ts";
import { PlainSignIn } from "./signIn.tsx";
import { useDoor } from "./useDoor.ts";
import { GoingBox } from "./visit.tsx";

/** A carer's page: whom to visit, the visit that is going on, what was recorded and how far it came. */
export function Door() {
  const { t, of } = useWords();
  const door = useDoor();
  const [manual, setManual] = useState(false);
  const { who, day, going, records, online, signedIn, stored, keyState, key } = door;
  const title = t("door_title");
  if (!door.ready)
    return (
      <>
        <PlainHead title={title} />
        <main>
          <output>{t("loading")}</output>
        </main>
      </>
    );
  const waiting = records.filter(({ state }) => state === "queued" || state === "unsigned").length;
  const workday = day?.workday;

  async function begin(elder: ElderOfDay, item: string, two: boolean) {
    const startedAt = now();
    const placeIn = await locate();
    await phone.keepGoing(who!, { elder: elder.id, item, startedAt, placeIn, two, note: "", photos: [] });
    await door.refresh();
  }
  async function signOut() {
    await auth.post("/sign-out").catch(() => undefined);
    door.setKey(null);
    await door.readServer();
  }
  return (
    <>
      <PlainHead title={title}>
        {signedIn && (
          <button type="button" className="quiet" onClick={() => void signOut()}>
            {t("sign_out")}
          </button>
        )}
      </PlainHead>
      <main>
        {!online && <p className="wait">{t("door_offline")}</p>}
        {door.notCarer && (
          <Trouble>
            {t("door_not_carer")} <a href="/">{t("home")}</a>
          </Trouble>
        )}
        {door.problem && <Trouble>{of(door.problem.text)}</Trouble>}
        {online && !signedIn && !door.notCarer && (
          <>
            {waiting > 0 && <p className="wait">{t("door_lost_session")}</p>}
            <PlainSignIn onDone={() => void door.readServer()} />
          </>
        )}
        {workday && who && (
          <>
            <DayHead workday={workday} fetchedAt={day.fetchedAt} online={online} onRefresh={door.readServer} />
            {going && <GoingBox who={who} going={going} workday={workday} onChange={door.refresh} />}
            {!key && (stored || signedIn) && (
              <KeyBox
                stored={keyState === "revoked" ? null : stored}
                who={who}
                ledgerId={workday.ledgerId as Hex}
                onOpen={(opened) => {
                  door.setKey(opened);
                  void door.readServer();
                }}
              />
            )}
            {key && keyState !== "valid" && online && <p className="wait">{t("door_key_waiting")}</p>}
            {keyState === "revoked" && <Trouble>{t("door_key_revoked")}</Trouble>}
            {!going && !manual && (
              <Elders
                workday={workday}
                who={who}
                fetchedAt={day.fetchedAt}
                records={records}
                online={online && signedIn}
                onBegin={begin}
                onFound={door.refresh}
              />
            )}
            {manual ? (
              <Manual who={who} workday={workday} onDone={() => void door.refresh().then(() => setManual(false))} />
            ) : (
              <button type="button" onClick={() => setManual(true)}>
                {t("door_manual")}
              </button>
            )}
            <Records
              who={who}
              workday={workday}
              records={records}
              waiting={waiting}
              canSend={online && signedIn}
              onSend={door.send}
              onChange={door.refresh}
            />
          </>
        )}
      </main>
    </>
  );
}

function DayHead({
  workday,
  fetchedAt,
  online,
  onRefresh,
}: {
  workday: Workday;
  fetchedAt: number;
  online: boolean;
  onRefresh: () => Promise<void>;
}) {
  const { t } = useWords();
  const today = dayOf(now(), workday.offsetMinutes);
  const at = timeOf(Math.floor(fetchedAt / 1000), workday.offsetMinutes).slice(5);
  return (
    <>
      <div className="row">
        <h1>{`${workday.carer.name} · ${dateOfDay(today)}`}</h1>
        <span className="small">{t("door_updated", { at })}</span>
      </div>
      {workday.day !== today && <p className="wait">{t("door_old_list", { date: dateOfDay(workday.day) })}</p>}
      {online && (
        <button type="button" onClick={() => void onRefresh()}>
          {t("door_refresh")}
        </button>
      )}
    </>
  );
}
