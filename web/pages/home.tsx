import { Descriptions, Select, Tag } from "antd";
import { useState } from "react";
import type { z } from "zod";
import { dateOfDay } from "../../core/day.ts";
import type { ProvidersOutput, TotalsOutput } from "../../server/overviews/schema.ts";
import { type Balances, FundBars } from "../fundBars.tsx";
import { useWords } from "../language.tsx";
import { type Column, coded, Listing, money } from "../listing.tsx";
import { Loaded, Page, useLedger } from "../parts.tsx";
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
  const [chosen, setChosen] = useState<number | null>(null);
  const region = ledger?.regions.find((one) => one.region === chosen) ?? ledger?.regions[0];
  if (!ledger || !region) return null;
  const choice = (
    <Select
      aria-label={t("region")}
      value={region.region}
      onChange={setChosen}
      options={ledger.regions.map((one) => ({ value: one.region, label: one.name }))}
    />
  );
  return (
    <>
      <Page
        title={`${t("app")} · ${region.name}`}
        text={t("tagline")}
        {...(ledger.regions.length > 1 && { actions: choice })}
      >
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
            <Listing
              name="days"
              rowKey="day"
              rows={[...seals].reverse()}
              pageSize={14}
              columns={[
                { title: t("date"), value: ({ day }) => dateOfDay(day) },
                { title: t("entries"), value: ({ size }) => size, figure: true },
                coded(t("root"), "root"),
                {
                  title: t("state"),
                  value: ({ anchor }) => t(anchor ? "anchored" : "waiting"),
                  choices: true,
                  show: ({ anchor }) => (
                    <Tag color={anchor ? "green" : "orange"}>{t(anchor ? "anchored" : "waiting")}</Tag>
                  ),
                },
                {
                  title: t("block"),
                  value: ({ anchor }) => anchor?.blockNumber ?? "",
                  show: ({ anchor }) => anchor && `#${anchor.blockNumber}`,
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
              ["operator", region.operator] as const,
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
  return (
    <Listing
      name="totals"
      rowKey={(one) => `${one.month}/${one.fund}/${one.programme}/${one.area}`}
      rows={months}
      columns={[
        { title: t("month"), value: (one) => month(one.month), choices: true },
        { title: t("fund"), value: ({ fund }) => fund, choices: true },
        {
          title: t("programme"),
          value: ({ programme }) => (programme === "services" ? t("services") : programme),
          choices: true,
        },
        { title: t("area"), value: ({ area }) => t(`area_${area}` as WordKey), choices: true },
        { title: t("count"), value: ({ entries }) => entries, figure: true },
        money(t("amount"), "fen"),
      ]}
    />
  );
}

type Provider = z.infer<typeof ProvidersOutput>["providers"][number];
const COUNTS = [
  ["visits", "visits"],
  ["held", "held_count"],
  ["denied", "blocked_count"],
  ["familyConfirmed", "confirmed_count"],
  ["familyDenied", "denied_count"],
] as const;

function Providers({ providers }: { providers: Provider[] }) {
  const { t } = useWords();
  return (
    <Listing
      name="providers"
      rowKey="provider"
      rows={providers}
      columns={[
        { title: t("provider"), value: ({ name }) => name },
        ...COUNTS.map(
          ([field, label]): Column<Provider> => ({ title: t(label), value: (one) => one[field], figure: true }),
        ),
        {
          title: t("manual_share"),
          value: ({ manualPercent }) => (manualPercent === null ? "" : `${manualPercent}%`),
          order: ({ manualPercent }) => manualPercent ?? -1,
          figure: true,
        },
      ]}
    />
  );
}
