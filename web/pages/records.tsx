import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Drawer, Table, Tag } from "antd";
import { useState } from "react";
import { dateOfDay } from "../../core/day.ts";
import { get, type Me, Problem } from "../api.ts";
import { spanOf, timeOf, yuan } from "../format.ts";
import { useWords } from "../language.tsx";
import { Page, Refused, saveCsv, saveFile, useLedger, useParts } from "../parts.tsx";
import { Line } from "../verdicts.tsx";
import type { WordKey } from "../words.ts";

interface Visit {
  id: string;
  caregiver: string;
  elder: string;
  item: string;
  startedAt: number;
  endedAt: number;
  day: number;
  sealed: boolean;
  provenance: string;
  replacedBy: string | null;
}

/** Visits in the order of the log, each with how far it came: for a provider its own. */
export default function Records({ me }: { me: Me }) {
  const { t } = useWords();
  const queries = useQueryClient();
  const place = useLedger()?.regions[0];
  const region = place?.region ?? 0;
  const offset = place?.offsetMinutes ?? 0;
  const [open, setOpen] = useState<Visit | null>(null);
  const { rows, table, refused } = useParts(
    region === 0 ? null : `/visits?region=${region}`,
    "cursor",
    (answer: { visits: Visit[]; next: string | null }) => answer.visits,
  );
  const save = () =>
    saveCsv("visits.csv", [
      [t("date"), t("item"), t("from_to"), t("record")],
      ...rows.map((one) => [
        dateOfDay(one.day),
        one.item,
        `${timeOf(one.startedAt, offset)} – ${timeOf(one.endedAt, offset)}`,
        one.id,
      ]),
    ]);
  return (
    <Page
      title={t(me.role === "clerk" ? "my_records" : "records")}
      text={t("records_text")}
      actions={<Button onClick={save}>{t("export_csv")}</Button>}
    >
      {refused}
      <Table<Visit>
        rowKey="id"
        {...table}
        columns={[
          {
            title: t("from_to"),
            key: "time",
            render: (_, row) => spanOf(row, offset),
            sorter: (a, b) => a.startedAt - b.startedAt,
          },
          {
            title: t("item"),
            dataIndex: "item",
            filters: [...new Set(rows.map(({ item }) => item))].sort().map((item) => ({ text: item, value: item })),
            onFilter: (value, row) => row.item === value,
          },
          { title: t("carer"), dataIndex: "caregiver", render: (id: string) => <code>{id.slice(0, 8)}</code> },
          { title: t("elder"), dataIndex: "elder", render: (id: string) => <code>{id.slice(0, 8)}</code> },
          {
            title: t("state"),
            key: "state",
            render: (_, row) =>
              row.replacedBy ? (
                <Tag>{t("state_replaced")}</Tag>
              ) : (
                <Tag color={row.sealed ? "green" : "blue"}>{t(row.sealed ? "sealed" : "open_day")}</Tag>
              ),
          },
          { title: "", key: "open", render: (_, row) => <Button onClick={() => setOpen(row)}>{t("details")}</Button> },
        ]}
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

function Record({ visit, region, me, onDecided }: { visit: Visit; region: number; me: Me; onDecided: () => void }) {
  const { t } = useWords();
  const [problem, setProblem] = useState<unknown>(null);
  const path = `/entries/${visit.id}/settlement?region=${region}`;
  const settled = useQuery({ queryKey: [path], queryFn: () => get<Settled>(path), retry: false });
  async function proof() {
    setProblem(null);
    try {
      const text = JSON.stringify(await get(`/entries/${visit.id}/proof?region=${region}`), null, 2);
      saveFile(`${visit.id}.proof.json`, text);
    } catch (error) {
      setProblem(error);
    }
  }
  const status = settled.data?.status ?? "";
  return (
    <div className="stack">
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
        <Button onClick={() => void proof()}>{t("download_proof")}</Button>
      </div>
      <Line region={region} entry={visit.id} state={status} me={me} onDecided={onDecided} />
    </div>
  );
}
