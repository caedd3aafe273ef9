import { Space } from "antd";
import { useMemo } from "react";
import type { z } from "zod";
import { dateOfDay } from "../../core/day.ts";
import type { CheckInsOutput, FindingsOutput } from "../../server/overviews/schema.ts";
import { Chart } from "../charts.tsx";
import { useWords } from "../language.tsx";
import { type Column, Listing } from "../listing.tsx";
import { Loaded } from "../parts.tsx";
import { usePeriod } from "../period.tsx";
import { useRules } from "../verdicts.tsx";
import type { WordKey } from "../words.ts";

type Findings = z.infer<typeof FindingsOutput>;
type Counted = Findings["byRule"][number];
type CheckIns = z.infer<typeof CheckInsOutput>;
const SHOWN = ["block", "hold", "cut", "mark"] as const;
const COLORS: Record<string, string> = { block: "#a33b2f", hold: "#c98a16", cut: "#2b5ea8", mark: "#7d8b88" };
const MICRO = 1_000_000;

/** What rules found in a period, by rule, provider, area and day, and where visits were checked in. */
export default function FindingsPage({
  region,
  firstDay,
  openDay,
}: {
  region: number;
  firstDay: number;
  openDay: number;
}) {
  const { t, of } = useWords();
  const rules = useRules();
  const { fromDay, toDay, fields } = usePeriod(Math.max(firstDay, openDay - 31), openDay);
  const period = `fromDay=${fromDay}&toDay=${toDay}`;
  const titled = (id: string) => (rules.has(id) ? `${id} ${of(rules.get(id)!.title)}` : id);
  return (
    <div className="stack">
      <Space wrap>
        {t("period_of")}
        {fields}
      </Space>
      {fromDay !== null && toDay !== null && (
        <>
          <Loaded<Findings> path={`/regions/${region}/findings?${period}`}>
            {(findings) => (
              <>
                <Counts name="rule" title={t("by_rule")} list={findings.byRule} nameOf={titled} />
                <Counts name="day" title={t("by_day")} list={findings.byDay} nameOf={(day) => dateOfDay(Number(day))} />
                <Counts name="provider" title={t("by_provider")} list={findings.byProvider} nameOf={(code) => code} />
                <Counts
                  name="area"
                  title={t("by_area")}
                  list={findings.byArea}
                  nameOf={(area) => t(`area_${area}` as WordKey)}
                />
              </>
            )}
          </Loaded>
          <Loaded<CheckIns> path={`/regions/${region}/check-ins?${period}`}>
            {(checkIns) => <CheckInMap checkIns={checkIns} />}
          </Loaded>
        </>
      )}
    </div>
  );
}

function Counts({
  name,
  title,
  list,
  nameOf,
}: {
  name: string;
  title: string;
  list: Counted[];
  nameOf: (key: string) => string;
}) {
  const { t } = useWords();
  const keys = [...new Set(list.map(({ key }) => key))];
  const rows = keys.map((key) => ({
    key,
    name: nameOf(key),
    ...Object.fromEntries(
      SHOWN.map((severity) => [severity, list.find((one) => one.key === key && one.severity === severity)?.count ?? 0]),
    ),
  })) as ({ key: string; name: string } & Record<(typeof SHOWN)[number], number>)[];
  const short = rows.map(({ name }) => name.split(" ")[0]!);
  const text = JSON.stringify([short, rows, title]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the text holds all of it
  const option = useMemo(
    () => ({
      grid: { left: 48, right: 16, top: 32, bottom: 56 },
      legend: { top: 0 },
      xAxis: { type: "category", data: short, axisLabel: { rotate: short.length > 8 ? 45 : 0 } },
      yAxis: { type: "value", minInterval: 1 },
      series: SHOWN.map((severity) => ({
        type: "bar",
        stack: "all",
        barMaxWidth: 40,
        name: t(`severity_${severity}`),
        itemStyle: { color: COLORS[severity] },
        data: rows.map((row) => row[severity]),
      })),
    }),
    [text],
  );
  return (
    <section className="card stack">
      <strong>{title}</strong>
      {rows.length > 0 && <Chart option={option} label={title} height={260} />}
      <Listing
        name={`findings-${name}`}
        rowKey="key"
        rows={rows}
        columns={[
          { title, value: (row) => row.name },
          ...SHOWN.map(
            (severity): Column<(typeof rows)[number]> => ({
              title: t(`severity_${severity}`),
              value: (row) => row[severity],
              figure: true,
            }),
          ),
        ]}
      />
    </section>
  );
}

function CheckInMap({ checkIns }: { checkIns: CheckIns }) {
  const { t } = useWords();
  const { cells, without } = checkIns;
  const option = useMemo(() => {
    const points = (found: boolean) =>
      cells
        .filter((cell) => cell.found > 0 === found)
        .map((cell) => [cell.lon / MICRO, cell.lat / MICRO, cell.visits, cell.found]);
    // A little more than what lies farthest out, also where all of it is one square.
    const reach = (of: (cell: { lon: number; lat: number }) => number) => {
      const all = cells.map((cell) => of(cell) / MICRO);
      const round = (value: number, up: boolean) => (up ? Math.ceil : Math.floor)(value * 100) / 100;
      return { min: round(Math.min(...all), false), max: round(Math.max(...all) + 0.001, true) };
    };
    const size = ([, , visits]: number[]) => Math.min(22, 5 + Math.sqrt(visits!));
    const series = (found: boolean) => ({
      type: "scatter",
      name: t(found ? "held_count" : "visits"),
      data: points(found),
      symbolSize: size,
      itemStyle: { color: found ? "#a33b2f" : "#2f9e8f", opacity: 0.75 },
    });
    return {
      grid: { left: 64, right: 16, top: 32, bottom: 40 },
      legend: { top: 0 },
      xAxis: { type: "value", ...reach(({ lon }) => lon), name: t("longitude"), nameLocation: "middle", nameGap: 26 },
      yAxis: { type: "value", ...reach(({ lat }) => lat), name: t("latitude") },
      series: [series(false), series(true)],
    };
  }, [cells, t]);
  return (
    <section className="card stack">
      <strong>{t("map")}</strong>
      <div>{t("map_text", { without })}</div>
      {cells.length > 0 && <Chart option={option} label={t("map_label", { cells: cells.length })} height={420} />}
    </section>
  );
}
