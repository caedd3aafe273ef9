import { Button, Input, Statistic, Tag } from "antd";
import { useState } from "react";
import type { z } from "zod";
import type { StatementOutput } from "../../server/statements/schema.ts";
import type { Me } from "../api.ts";
import { spanOf, timeOf, yuan } from "../format.ts";
import { useWords } from "../language.tsx";
import { coded, eight, Listing, money } from "../listing.tsx";
import { Loaded, Page, useItemName, usePlace } from "../parts.tsx";
import type { WordKey } from "../words.ts";

type Statement = z.infer<typeof StatementOutput>;
type Line = Statement["lines"][number];
const ON_PAPER = 10_000;

/** A provider's month on one page: on the screen, as CSV, on paper or as PDF. */
export default function StatementPage({ me }: { me: Me }) {
  const { t } = useWords();
  const place = usePlace();
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
        </Button>
      </div>
      <Listing
        name={`${provider}-${month}`}
        rowKey="visit"
        rows={lines}
        pageSize={ON_PAPER}
        columns={[
          { title: t("from_to"), value: (line) => spanOf(line, offsetMinutes), order: ({ startedAt }) => startedAt },
          { title: t("item"), value: ({ item }) => itemName(item), choices: true },
          coded(t("carer"), "caregiver", eight),
          coded(t("elder"), "elder", eight),
          {
            title: t("state"),
            value: status,
            choices: true,
            show: (line) => (
              <Tag color={line.status === "paid" ? "green" : line.corrected ? "default" : "orange"}>{status(line)}</Tag>
            ),
          },
          { title: t("paid_units"), value: ({ paidUnits }) => paidUnits, figure: true },
          money(t("amount"), "amountFen"),
          { title: t("run"), value: runs },
          coded(t("record"), "visit", eight),
        ]}
      />
    </div>
  );
}
