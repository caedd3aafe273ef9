import { Descriptions, Table, Tag } from "antd";
import { dateOfDay } from "../../core/day.ts";
import { short } from "../format.ts";
import { type Balances, FundBars } from "../fundBars.tsx";
import { useWords } from "../language.tsx";
import { Loaded, Page, useLedger } from "../parts.tsx";

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
      <Page title={t("days")} text={t("days_text")}>
        <Loaded<{ seals: Seal[] }> path={`/regions/${region.region}/seals?limit=400`} every={30_000}>
          {({ seals }) => (
            <Table<Seal>
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
