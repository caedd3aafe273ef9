import { Button, Descriptions, Table, Tag } from "antd";
import type { z } from "zod";
import { dateOfDay } from "../../core/day.ts";
import type { ProvidersOutput, TotalsOutput } from "../../server/overviews/schema.ts";
import { short, yuan } from "../format.ts";
import { type Balances, FundBars } from "../fundBars.tsx";
import { useWords } from "../language.tsx";
import { Export, Loaded, PAGES, Page, saveCsv, useLedger } from "../parts.tsx";
import type { WordKey } from "../words.ts";

interface Seal {
  day: number;
  date: string;
  size: number;
  root: string;
  anchor: { tx: string; blockNumber: number } | null;
}

/** What everybody may see: sealed days with their roots, the funds, and where to check them. */
export default function Home() {
  const { t } = useWords();
  const ledger = useLedger();
  const region = ledger?.regions[0];
  if (!ledger || !region) return null;
  return (
    <>
      <Page title={`${t("app")} · ${region.name}`} text={t("tagline")}>
        {null}
      </Page>
      <Page title={t("funds")} text={t("funds_text")}>
        <Loaded<{ funds: Balances[] }> path={`/regions/${region.region}/funds`}>
          {({ funds }) => <FundBars funds={funds} />}
        </Loaded>
      </Page>
      <Page title={t("totals")} text={t("totals_text")}>
        <Loaded<z.infer<typeof TotalsOutput>> path={`/regions/${region.region}/totals`}>
          {({ months }) => <Totals months={months} />}
        </Loaded>
      </Page>
      <Page title={t("quality")} text={t("quality_text")}>
        <Loaded<z.infer<typeof ProvidersOutput>> path={`/regions/${region.region}/providers`}>
          {({ providers }) => <Providers providers={providers} />}
        </Loaded>
      </Page>
      <Page title={t("days")} text={t("days_text")}>
        <Loaded<{ seals: Seal[] }> path={`/regions/${region.region}/seals?limit=400`} every={30_000}>
          {({ seals }) => (
            <Table<Seal>
              title={() => (
                <Export
                  name="days"
                  rows={[
                    [t("date"), t("entries"), t("root"), t("block")],
                    ...seals.map((one) => [dateOfDay(one.day), one.size, one.root, one.anchor?.blockNumber ?? ""]),
                  ]}
                />
              )}
              rowKey="day"
              dataSource={[...seals].reverse()}
              pagination={{ pageSize: 14, showSizeChanger: false, hideOnSinglePage: true }}
              columns={[
                { title: t("date"), dataIndex: "day", render: dateOfDay, sorter: (a, b) => a.day - b.day },
                { title: t("entries"), dataIndex: "size", align: "right", sorter: (a, b) => a.size - b.size },
                {
                  title: t("root"),
                  dataIndex: "root",
                  render: (root: string) => <code title={root}>{short(root)}</code>,
                },
                {
                  title: t("block"),
                  key: "anchor",
                  render: (_, { anchor }) =>
                    anchor ? (
                      <Tag color="green">
                        {t("anchored")} #{anchor.blockNumber}
                      </Tag>
                    ) : (
                      <Tag color="orange">{t("waiting")}</Tag>
                    ),
                },
              ]}
            />
          )}
        </Loaded>
      </Page>
      <Page title={t("where_contracts")}>
        <div className="card">
          <Descriptions
            column={1}
            size="small"
            items={[
              ["ledger_id", ledger.ledgerId] as const,
              ["operator", ledger.operator] as const,
              ["record_contract", ledger.contracts["ledger"]!] as const,
              ["money_contract", ledger.contracts["subsidy"]!] as const,
            ].map(([key, value]) => ({ key, label: t(key), children: <code>{value}</code> }))}
          />
        </div>
      </Page>
    </>
  );
}

type Total = z.infer<typeof TotalsOutput>["months"][number];

function Totals({ months }: { months: Total[] }) {
  const { t } = useWords();
  const month = (value: number) => `${Math.floor(value / 100)}-${String(value % 100).padStart(2, "0")}`;
  const programme = (code: string) => (code === "services" ? t("services") : code);
  const area = (of: Total["area"]) => t(`area_${of}` as WordKey);
  const save = () =>
    saveCsv("totals.csv", [
      [t("month"), t("fund"), t("programme"), t("area"), t("count"), t("amount")],
      ...months.map((one) => [
        month(one.month),
        one.fund,
        programme(one.programme),
        area(one.area),
        one.entries,
        yuan(one.fen),
      ]),
    ]);
  const filters = (values: readonly string[], nameOf = (value: string) => value) =>
    [...new Set(values)].sort().map((value) => ({ text: nameOf(value), value }));
  return (
    <div className="stack">
      <div>
        <Button onClick={save}>{t("export_csv")}</Button>
      </div>
      <Table<Total>
        rowKey={(one) => `${one.month}/${one.fund}/${one.programme}/${one.area}`}
        size="small"
        dataSource={months}
        pagination={PAGES}
        columns={[
          { title: t("month"), dataIndex: "month", render: month, sorter: (a, b) => a.month - b.month },
          {
            title: t("fund"),
            dataIndex: "fund",
            filters: filters(months.map(({ fund }) => fund)),
            onFilter: (value, one) => one.fund === value,
          },
          {
            title: t("programme"),
            dataIndex: "programme",
            render: programme,
            filters: filters(
              months.map((one) => one.programme),
              programme,
            ),
            onFilter: (value, one) => one.programme === value,
          },
          { title: t("area"), dataIndex: "area", render: area },
          { title: t("count"), dataIndex: "entries", align: "right", sorter: (a, b) => a.entries - b.entries },
          {
            title: t("amount"),
            dataIndex: "fen",
            align: "right",
            className: "amount",
            render: yuan,
            sorter: (a, b) => Number(BigInt(a.fen) - BigInt(b.fen)),
          },
        ]}
      />
    </div>
  );
}

type Provider = z.infer<typeof ProvidersOutput>["providers"][number];

function Providers({ providers }: { providers: Provider[] }) {
  const { t } = useWords();
  const COUNTS = [
    ["visits", "visits"],
    ["held", "held_count"],
    ["denied", "blocked_count"],
    ["familyConfirmed", "confirmed_count"],
    ["familyDenied", "denied_count"],
  ] as const;
  const save = () =>
    saveCsv("providers.csv", [
      [t("provider"), ...COUNTS.map(([, label]) => t(label)), t("manual_share")],
      ...providers.map((one) => [one.name, ...COUNTS.map(([field]) => one[field]), one.manualPercent ?? ""]),
    ]);
  return (
    <div className="stack">
      <div>
        <Button onClick={save}>{t("export_csv")}</Button>
      </div>
      <Table<Provider>
        rowKey="provider"
        size="small"
        dataSource={providers}
        pagination={PAGES}
        columns={[
          { title: t("provider"), dataIndex: "name", sorter: (a, b) => a.name.localeCompare(b.name, "zh") },
          ...COUNTS.map(([field, label]) => ({
            title: t(label),
            dataIndex: field,
            align: "right" as const,
            sorter: (a: Provider, b: Provider) => a[field] - b[field],
          })),
          {
            title: t("manual_share"),
            dataIndex: "manualPercent",
            align: "right",
            render: (percent: number | null) => (percent === null ? "" : `${percent}%`),
          },
        ]}
      />
    </div>
  );
}
