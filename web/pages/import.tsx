import { useQuery } from "@tanstack/react-query";
import { Alert, Button, Checkbox, Progress, Tooltip, Upload } from "antd";
import { useState } from "react";
import { batches } from "../../core/batch.ts";
import { toHex } from "../../core/bytes.ts";
import { isUuid } from "../../core/id.ts";
import { visitOfRow } from "../../server/imports/schema.ts";
import type { VisitInput } from "../../server/records/schema.ts";
import { type Me, post } from "../api.ts";
import { saveCsv, saveFile } from "../files.ts";
import { useWords } from "../language.tsx";
import { type Column, Listing } from "../listing.tsx";
import { Page, usePlace } from "../parts.tsx";
import { Refused } from "../refused.tsx";
import { SignVisits, useVisitFacts } from "../signVisits.tsx";
import {
  type CheckedRow,
  COLUMNS,
  checkRow,
  columnOfPointer,
  columnWord,
  duplicateOf,
  MOST_ROWS,
  readSheet,
  TEMPLATE,
} from "../spreadsheet.ts";

const random = (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes));
const MOST_NAMES = 1000;

interface Checked {
  name: string;
  rows: CheckedRow[];
  visits: VisitInput[];
}
interface Match {
  region: number;
  carers: Record<string, string[]>;
  elders: Record<string, string[]>;
}

/** A month's visits out of a spreadsheet: checked cell by cell, signed here, submitted with receipts. */
export default function Import({ me }: { me: Me }) {
  const { t, of } = useWords();
  const place = usePlace();
  const [checked, setChecked] = useState<Checked | null>(null);
  const [onlyWrong, setOnlyWrong] = useState(false);
  const [progress, setProgress] = useState<number | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  const [hint, setHint] = useState<string | null>(null);
  const [signing, setSigning] = useState(false);
  const [receipts, setReceipts] = useState<object[] | null>(null);
  // Asked for at once, so that who has no right to submit learns it before filling in anything.
  const region = useQuery({
    queryKey: ["match", me.scope],
    queryFn: () => post<Match>("/workday/match", { carers: [], elders: [] }),
  });

  async function namesOf(rows: readonly { cells: CheckedRow["cells"] }[]): Promise<Match> {
    const of = (column: "caregiver" | "elder") =>
      [...new Set(rows.map(({ cells }) => cells[column] ?? ""))].filter((name) => name && !isUuid(name.toLowerCase()));
    const all: Match = { region: region.data!.region, carers: {}, elders: {} };
    const [carers, elders] = [batches(of("caregiver"), MOST_NAMES), batches(of("elder"), MOST_NAMES)];
    for (let i = 0; i < Math.max(carers.length, elders.length); i++) {
      const found = await post<Match>("/workday/match", { carers: carers[i] ?? [], elders: elders[i] ?? [] });
      Object.assign(all.carers, found.carers);
      Object.assign(all.elders, found.elders);
    }
    return all;
  }

  /** What the registry and the log hold against the visits, put to the cells that they speak of. */
  async function askServer(rows: CheckedRow[], visits: VisitInput[]): Promise<void> {
    for (const [i, batch] of batches(visits).entries()) {
      const { issues } = await post<{ issues: { pointer: string; zh: string; en: string }[] }>("/visits/check", {
        visits: batch,
      });
      for (const issue of issues) {
        const row = rows[i * 1000 + Number(issue.pointer.split("/")[2])];
        if (row) row.faults[columnOfPointer(issue.pointer)] ??= issue;
      }
      setProgress(Math.round(((i + 1) / Math.ceil(visits.length / 1000)) * 100));
    }
  }

  async function take(file: File) {
    setProblem(null);
    setHint(null);
    setChecked(null);
    setReceipts(null);
    const sheet = await readSheet(file).catch(() => null);
    if (!sheet) return setHint(t("import_unreadable"));
    const names = (columns: readonly string[]) => columns.join(", ");
    if (sheet.unknown.length > 0) return setHint(t("import_columns", { columns: names(sheet.unknown) }));
    if (sheet.missing.length > 0)
      return setHint(t("import_missing", { columns: names(sheet.missing.map((one) => t(columnWord(one)))) }));
    if (sheet.rows.length === 0) return setHint(t("import_empty"));
    if (sheet.rows.length > MOST_ROWS) return setHint(t("import_too_many", { most: MOST_ROWS }));
    setProgress(0);
    try {
      const known = await namesOf(sheet.rows);
      const now = Math.floor(Date.now() / 1000);
      const offsetMinutes = place?.offsetMinutes ?? 0;
      const rows = sheet.rows.map((row) => checkRow(row, { provider: me.scope, offsetMinutes, now, ...known }));
      const first = new Map<string, number>();
      for (const one of rows) {
        const id = one.row?.id;
        if (id && first.has(id)) one.faults.id = duplicateOf(first.get(id)!);
        else if (id) first.set(id, one.line);
      }
      const good = rows.filter(({ row }) => row !== null);
      const visits = good.map(({ row }) =>
        visitOfRow(row!, { region: known.region, carer: row!.caregiver, elder: row!.elder, seed: toHex(random(16)) }),
      );
      await askServer(good, visits);
      setChecked({ name: file.name, rows, visits });
    } catch (error) {
      setProblem(error);
    } finally {
      setProgress(null);
    }
  }

  const facts = useVisitFacts(me, checked?.visits ?? []);
  const wrong = checked?.rows.filter(({ faults }) => Object.keys(faults).length > 0) ?? [];
  const shown = onlyWrong ? wrong : (checked?.rows ?? []);
  const used = COLUMNS.filter((column) =>
    checked?.rows.some(({ cells, faults }) => (cells[column] ?? "") !== "" || faults[column]),
  );
  const template = () =>
    saveCsv("visits-template.csv", [
      TEMPLATE.map((column) => t(columnWord(column))),
      [
        t("import_example_carer"),
        t("import_example_elder"),
        "bathing",
        "2026-11-24 09:30",
        "2026-11-24 10:00",
        1,
        6500,
        "manual",
        t("reason_forgot"),
      ],
    ]);
  if (region.error) return <Refused error={region.error} retry={() => void region.refetch()} />;
  if (!region.data) return <output className="center">{t("loading")}</output>;
  return (
    <Page
      title={t("import_title")}
      text={t("import_text")}
      actions={<Button onClick={template}>{t("import_template")}</Button>}
    >
      <div className="stack">
        {problem !== null && <Refused error={problem} />}
        {hint && <Alert type="error" showIcon title={hint} />}
        {receipts ? (
          <Alert
            type="success"
            showIcon
            title={t("import_done", { count: checked?.visits.length ?? 0, receipts: receipts.length })}
            description={
              <ul className="facts">
                {facts.map((fact) => (
                  <li key={fact}>{fact}</li>
                ))}
              </ul>
            }
            action={
              <Button
                type="primary"
                onClick={() => saveFile(`${checked?.name}.receipts.json`, JSON.stringify(receipts, null, 2))}
              >
                {t("import_receipts")}
              </Button>
            }
          />
        ) : (
          <Upload.Dragger
            accept=".csv,.xlsx"
            maxCount={1}
            showUploadList={false}
            disabled={progress !== null}
            beforeUpload={(file) => {
              void take(file);
              return false;
            }}
          >
            {checked ? <strong>{checked.name}</strong> : t("import_drop")}
          </Upload.Dragger>
        )}
        {progress !== null && (
          <div role="status">
            {t("import_checking")}
            <Progress percent={progress} aria-label={t("import_checking")} />
          </div>
        )}
        {checked && (
          <>
            <div className="page-head">
              <Alert
                type={wrong.length > 0 ? "error" : "success"}
                showIcon
                title={t("import_rows", { rows: checked.rows.length, wrong: wrong.length })}
                description={receipts ? undefined : t(wrong.length > 0 ? "import_fix" : "import_good")}
              />
              {wrong.length > 0 && (
                <Checkbox checked={onlyWrong} onChange={(event) => setOnlyWrong(event.target.checked)}>
                  {t("import_only_wrong")}
                </Checkbox>
              )}
              {wrong.length === 0 && !receipts && (
                <Button type="primary" size="large" onClick={() => setSigning(true)}>
                  {t("import_submit")}
                </Button>
              )}
              {receipts && (
                <Button
                  onClick={() => {
                    setChecked(null);
                    setReceipts(null);
                  }}
                >
                  {t("import_another")}
                </Button>
              )}
            </div>
            <Listing
              name={`${checked.name}.checked`}
              rowKey="line"
              rows={shown}
              columns={[
                { title: t("import_row"), value: ({ line }) => line },
                ...used.map(
                  (column): Column<CheckedRow> => ({
                    title: t(columnWord(column)),
                    value: ({ cells, faults }) =>
                      `${cells[column] ?? ""} ${faults[column] ? of(faults[column]) : ""}`.trim(),
                    mark: ({ faults }) => (faults[column] ? "wrong-cell" : undefined),
                    show: ({ cells, faults }) => {
                      const text = cells[column] ?? "";
                      const short = isUuid(text.toLowerCase()) ? `${text.slice(0, 8)}…` : text;
                      const fault = faults[column];
                      return fault ? (
                        <Tooltip title={of(fault)}>
                          <span>
                            {short} <em>{of(fault)}</em>
                          </span>
                        </Tooltip>
                      ) : (
                        short
                      );
                    },
                  }),
                ),
              ]}
            />
          </>
        )}
      </div>
      {signing && checked && (
        <SignVisits
          me={me}
          visits={checked.visits}
          onClose={() => setSigning(false)}
          onDone={(list) => {
            setReceipts(list);
            setSigning(false);
          }}
        />
      )}
    </Page>
  );
}
