import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Drawer, Space, Steps, Tag } from "antd";
import { useState } from "react";
import { dateOfDay } from "../../core/day.ts";
import type { VisitOutput as Visit } from "../../server/records/schema.ts";
import { get, type Me, Problem } from "../api.ts";
import { Correction } from "../correction.tsx";
import { saveFile } from "../files.ts";
import { spanOf, yuan } from "../format.ts";
import { useWords } from "../language.tsx";
import { coded, eight, Listing } from "../listing.tsx";
import { Page, useItemName, useLedger, useParts, usePlace } from "../parts.tsx";
import { usePeriod } from "../period.tsx";
import { Qr } from "../qr.tsx";
import { Refused } from "../refused.tsx";
import { Line } from "../verdicts.tsx";
import type { WordKey } from "../words.ts";

/** Visits in the order of the log, each with how far it came: for a provider its own. */
export default function Records({ me }: { me: Me }) {
  const { t } = useWords();
  const queries = useQueryClient();
  const itemName = useItemName();
  const place = usePlace();
  const region = place?.region ?? 0;
  const offset = place?.offsetMinutes ?? 0;
  const [open, setOpen] = useState<Visit | null>(null);
  const { fromDay, toDay, fields } = usePeriod(null, null);
  const period = `${fromDay === null ? "" : `&fromDay=${fromDay}`}${toDay === null ? "" : `&toDay=${toDay}`}`;
  const { listing, refused } = useParts(
    region === 0 ? null : `/visits?region=${region}${period}`,
    "cursor",
    (answer: { visits: Visit[]; next: string | null }) => answer.visits,
  );
  const stateOf = (row: Visit) => t(row.replacedBy ? "state_replaced" : row.sealed ? "sealed" : "open_day");
  return (
    <Page title={t(me.role === "clerk" ? "my_records" : "records")} text={t("records_text")} actions={fields}>
      {refused}
      <Listing
        name="visits"
        rowKey="id"
        {...listing}
        columns={[
          { title: t("from_to"), value: (row) => spanOf(row, offset), order: ({ startedAt }) => startedAt },
          { title: t("item"), value: ({ item }) => itemName(item), choices: true },
          coded(t("carer"), "caregiver", eight),
          coded(t("elder"), "elder", eight),
          {
            title: t("state"),
            value: stateOf,
            choices: true,
            show: (row) => <Tag color={row.replacedBy ? "default" : row.sealed ? "green" : "blue"}>{stateOf(row)}</Tag>,
          },
          coded(t("record"), "id", eight),
        ]}
        actions={(row) => <Button onClick={() => setOpen(row)}>{t("details")}</Button>}
      />
      <Drawer open={open !== null} onClose={() => setOpen(null)} size="large" title={open?.id} destroyOnHidden>
        {open && <Record visit={open} region={region} me={me} onDecided={() => void queries.invalidateQueries()} />}
      </Drawer>
    </Page>
  );
}

interface Settled {
  status: string;
  priceFen: string;
  booked: number;
  evidenced: number;
  authorised: number;
}
interface Proved {
  anchor?: { blockNumber: number };
  payment?: {
    settlement: { revision: number };
    parts: {
      fund: string;
      line: { shareFen: string };
      run: { terms: { number: number }; bank: { state: string } | null } | null;
    }[];
  };
}

/** From the receipt to the bank line: every step that a record has taken, and the next that it waits for. */
function Journey({ visit, proof }: { visit: Visit; proof: Proved | null }) {
  const { t } = useWords();
  const paid = proof?.payment?.parts.filter(({ line }) => line.shareFen !== "0") ?? [];
  const runs = paid.flatMap(({ fund, run }) => (run ? [{ fund, ...run }] : []));
  const banks = runs.flatMap(({ bank }) => (bank ? [bank.state] : []));
  const steps: [WordKey, boolean, string][] = [
    ["step_received", true, ""],
    ["step_sealed", visit.sealed, visit.sealed ? dateOfDay(visit.day) : ""],
    ["step_anchored", proof?.anchor !== undefined, proof?.anchor ? `#${proof.anchor.blockNumber}` : ""],
    ["step_settled", proof?.payment !== undefined, ""],
    ["step_run", runs.length > 0, runs.map(({ fund, terms }) => `${fund} #${terms.number}`).join(", ")],
    [
      "step_bank",
      banks.length > 0 && banks.every((state) => state === "paid"),
      [...new Set(banks)].map((state) => t(`bank_${state}` as WordKey)).join(", "),
    ],
  ];
  const next = steps.findIndex(([, done]) => !done);
  return (
    <Steps
      orientation="vertical"
      size="small"
      current={next < 0 ? steps.length : next}
      items={steps.map(([key, , content]) => ({ title: t(key), content }))}
    />
  );
}

function Record({ visit, region, me, onDecided }: { visit: Visit; region: number; me: Me; onDecided: () => void }) {
  const { t } = useWords();
  const [problem, setProblem] = useState<unknown>(null);
  const [correcting, setCorrecting] = useState(false);
  const [link, setLink] = useState<string | null>(null);
  const offset = useLedger()?.regions.find((one) => one.region === region)?.offsetMinutes ?? 0;
  const path = `/entries/${visit.id}/settlement?region=${region}`;
  const settled = useQuery({ queryKey: [path], queryFn: () => get<Settled>(path), retry: false });
  const proofPath = `/entries/${visit.id}/proof?region=${region}`;
  const proof = useQuery({
    queryKey: [proofPath],
    queryFn: () => get<Proved>(proofPath),
    enabled: visit.sealed,
    retry: false,
  });
  async function showLink() {
    setProblem(null);
    try {
      const found = await get<{ path: string }>(`/visits/${visit.id}/family-link?region=${region}`);
      setLink(location.origin + found.path);
    } catch (error) {
      setProblem(error);
    }
  }
  const status = settled.data?.status ?? "";
  return (
    <div className="stack">
      <div className="card stack">
        <strong>{t("journey")}</strong>
        <Journey visit={visit} proof={proof.data ?? null} />
      </div>
      <div className="card stack">
        <strong>{t("settlement")}</strong>
        {settled.error instanceof Problem && <div>{t("not_settled")}</div>}
        {settled.data && (
          <>
            <div>
              <Tag color={status === "paid" ? "green" : "orange"}>{t(`state_${status}` as WordKey)}</Tag>{" "}
              {yuan(settled.data.priceFen)}
            </div>
            <div>{t("units_told", { ...settled.data })}</div>
          </>
        )}
        <div>
          {t("provenance")}: {t(visit.provenance === "provider" ? "provenance_provider" : "provenance_attested")}
        </div>
        {problem !== null && <Refused error={problem} />}
        <Space wrap>
          <Button
            disabled={!proof.data}
            onClick={() => saveFile(`${visit.id}.proof.json`, JSON.stringify(proof.data, null, 2))}
          >
            {t("download_proof")}
          </Button>
          {me.role === "clerk" && visit.provider === me.scope && !visit.replacedBy && (
            <Button onClick={() => setCorrecting(true)}>{t("correct")}</Button>
          )}
          {(me.role === "clerk" || me.role === "coordinator") && (
            <Button onClick={() => void showLink()}>{t("family_link")}</Button>
          )}
        </Space>
        {link && (
          <>
            <Qr text={link} label={t("family_link")} />
            <small>{t("door_qr_text")}</small>
          </>
        )}
      </div>
      <Line region={region} entry={visit.id} state={status} me={me} onDecided={onDecided} />
      {correcting && (
        <Correction
          visit={visit}
          me={me}
          offsetMinutes={offset}
          onClose={(done) => {
            setCorrecting(false);
            if (done) onDecided();
          }}
        />
      )}
    </div>
  );
}
