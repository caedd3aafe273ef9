import { Button, Input, Statistic, Table, Tag } from "antd";
import { useState } from "react";
import type { z } from "zod";
import type { StatementOutput } from "../../server/statements/schema.ts";
import type { Me } from "../api.ts";
import { spanOf, timeOf, yuan } from "../format.ts";
import { useWords } from "../language.tsx";
import { Loaded, Page, saveCsv, useItemName, useLedger } from "../parts.tsx";
import type { WordKey } from "../words.ts";

type Statement = z.infer<typeof StatementOutput>;
type Line = Statement["lines"][number];
const ON_PAPER = 10_000;

/** A provider's month on one page: on the screen, as CSV, on paper or as PDF. */
export default function StatementPage({ me }: { me: Me }) {
  const { t } = useWords();
  const place = useLedger()?.regions[0];
  const now = place ? timeOf(Math.floor(Date.now() / 1000), place.offsetMinutes) : "";
  const [chosen, setMonth] = useState<string | null>(null);
  const month = chosen ?? now.slice(0, 7);
  if (!place) return null;
  const whole = /^\d{4}-(0[1-9]|1[0-2])$/.test(month);
  return (
    <Page
      title={t("statement_title")}
      text={t("statement_text")}
      actions={
        <Input
          type="month"
          className="no-print month"
          aria-label={t("statement_month")}
          value={month}
          onChange={(event) => setMonth(event.target.value)}
        />
      }
    >
      {whole && (
        <Loaded<Statement> path={`/providers/${me.scope}/statements/${month}?region=${place.region}`}>
          {(statement) => <Sheet statement={statement} now={now} />}
        </Loaded>
      )}
    </Page>
  );
}

function Sheet({ statement, now }: { statement: Statement; now: string }) {
  const { t } = useWords();
  const itemName = useItemName();
  const { lines, totals, offsetMinutes, provider, name, month } = statement;
  const status = ({ status: own, corrected }: Line) => t(corrected ? "state_replaced" : (`state_${own}` as WordKey));
  const runs = (line: Line) =>
    line.runs
      .map(({ fund, run, bank }) => `${fund} #${run} ${t(bank ? (`bank_${bank}` as WordKey) : "bank_none")}`)
      .join("; ");
  const save = () =>
    saveCsv(`${provider}-${month}.csv`, [
      [
        t("from_to"),
        t("item"),
        t("carer"),
        t("elder"),
        t("state"),
        t("paid_units"),
        t("amount"),
        t("run"),
        t("record"),
      ],
      ...lines.map((line) => [
        spanOf(line, offsetMinutes),
        itemName(line.item),
        line.caregiver,
        line.elder,
        status(line),
        line.paidUnits,
        yuan(line.amountFen),
        runs(line),
        line.visit,
      ]),
    ]);
  return (
    <div className="stack">
      <div className="card">
        <strong>{t("statement_of", { name, provider, month })}</strong>
        <div className="figures">
          <Statistic title={t("statement_visits")} value={totals.visits} />
          <Statistic title={t("statement_settled")} value={yuan(totals.settledFen)} />
          <Statistic title={t("statement_paid")} value={yuan(totals.paidFen)} />
        </div>
        <small>{t("statement_made", { at: now })}</small>
      </div>
      <div className="no-print">
        <Button type="primary" onClick={() => print()}>
          {t("statement_print")}
        </Button>{" "}
        <Button onClick={save}>{t("export_csv")}</Button>
      </div>
      <Table<Line>
        rowKey="visit"
        size="small"
        dataSource={lines}
        pagination={{ pageSize: ON_PAPER, hideOnSinglePage: true }}
        columns={[
          {
            title: t("from_to"),
            key: "time",
            render: (_, line) => spanOf(line, offsetMinutes),
            sorter: (a, b) => a.startedAt - b.startedAt,
          },
          {
            title: t("item"),
            dataIndex: "item",
            render: itemName,
            filters: [...new Set(lines.map(({ item }) => item))]
              .sort()
              .map((item) => ({ text: itemName(item), value: item })),
            onFilter: (value, line) => line.item === value,
          },
          { title: t("carer"), dataIndex: "caregiver", render: (id: string) => <code>{id.slice(0, 8)}</code> },
          { title: t("elder"), dataIndex: "elder", render: (id: string) => <code>{id.slice(0, 8)}</code> },
          {
            title: t("state"),
            key: "state",
            filters: [...new Set(lines.map(({ status: own }) => own))].map((value) => ({
              text: t(`state_${value}` as WordKey),
              value,
            })),
            onFilter: (value, line) => line.status === value,
            render: (_, line) => (
              <Tag color={line.status === "paid" ? "green" : line.corrected ? "default" : "orange"}>{status(line)}</Tag>
            ),
          },
          { title: t("paid_units"), dataIndex: "paidUnits", align: "right" },
          {
            title: t("amount"),
            dataIndex: "amountFen",
            align: "right",
            className: "amount",
            render: yuan,
            sorter: (a, b) => Number(BigInt(a.amountFen) - BigInt(b.amountFen)),
          },
          { title: t("run"), key: "run", render: (_, line) => runs(line) },
        ]}
      />
    </div>
  );
}
