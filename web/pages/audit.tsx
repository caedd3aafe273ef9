import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Alert, Button, Form, Input, InputNumber, Progress, Space, Tabs, Tag } from "antd";
import { lazy, Suspense, useState } from "react";
import type { z } from "zod";
import { dateOfDay, dayOfDate } from "../../core/day.ts";
import type { ChainDaysOutput, FsckOutput, SampleOutput } from "../../server/overviews/schema.ts";
import { get, type Me, Problem, post } from "../api.ts";
import { saveCsv, saveFile } from "../files.ts";
import { spanOf } from "../format.ts";
import { useWords } from "../language.tsx";
import { coded, Listing, whole } from "../listing.tsx";
import { Loaded, Page, useItemName, useLedger } from "../parts.tsx";
import { Refused } from "../refused.tsx";
import type { WordKey } from "../words.ts";

const Findings = lazy(() => import("./findings.tsx"));
type ChainDay = z.infer<typeof ChainDaysOutput>["days"][number];
type Sample = z.infer<typeof SampleOutput>;
type Check = z.infer<typeof FsckOutput>;

/** What an auditor looks at first: does the chain say the same, what was found, draw, and check everything. */
export default function Audit({ me }: { me: Me }) {
  const { t } = useWords();
  const region = Number(me.scope);
  const place = useLedger()?.regions.find((one) => one.region === region);
  if (!place) return null;
  return (
    <Page title={t("audit")} text={t("audit_text")}>
      <Tabs
        items={[
          { key: "calendar", label: t("calendar"), children: <ChainCalendar region={region} /> },
          {
            key: "findings",
            label: t("statistics"),
            children: (
              <Suspense fallback={<output className="center">{t("loading")}</output>}>
                <Findings region={region} firstDay={place.firstDay} openDay={place.openDay} />
              </Suspense>
            ),
          },
          {
            key: "sample",
            label: t("sampling"),
            children: <Sampling region={region} firstDay={place.firstDay} openDay={place.openDay} />,
          },
          { key: "fsck", label: t("fsck"), children: <CheckAll /> },
        ]}
      />
    </Page>
  );
}

const COLOR = { same: "green", differs: "red", missing: "orange" } as const;

function ChainCalendar({ region }: { region: number }) {
  const { t } = useWords();
  return (
    <Loaded<z.infer<typeof ChainDaysOutput>> path={`/regions/${region}/chain-days`} every={60_000}>
      {({ days, onlyOnChain }) => {
        const months = [...Map.groupBy(days, ({ day }) => dateOfDay(day).slice(0, 7))].reverse();
        const wrong = days.filter(({ state }) => state !== "same");
        return (
          <div className="stack">
            <div>{t("calendar_text")}</div>
            {onlyOnChain.length > 0 && (
              <Alert type="error" showIcon title={t("chain_only", { days: onlyOnChain.map(dateOfDay).join(", ") })} />
            )}
            {wrong.length === 0 && <Alert type="success" showIcon title={t("chain_all_same", { days: days.length })} />}
            {months.map(([month, list]) => (
              <Month key={month} month={month} days={list} />
            ))}
            <div>
              <Button
                onClick={() =>
                  saveCsv(`days-${region}.csv`, [
                    [t("date"), t("entries"), t("root"), t("state"), "tx"],
                    ...days.map((one) => [
                      dateOfDay(one.day),
                      one.size,
                      one.root,
                      t(`chain_${one.state}`),
                      one.tx ?? "",
                    ]),
                  ])
                }
              >
                {t("export_csv")}
              </Button>
            </div>
          </div>
        );
      }}
    </Loaded>
  );
}

const WEEK = 7;
function Month({ month, days }: { month: string; days: ChainDay[] }) {
  const { t } = useWords();
  const byDate = new Map(days.map((one) => [dateOfDay(one.day), one]));
  const first = dayOfDate(`${month}-01`)!;
  // Day 0 was a Thursday; weeks begin on Monday.
  const lead = (first + 3) % WEEK;
  const length = new Date(Date.UTC(Number(month.slice(0, 4)), Number(month.slice(5)), 0)).getUTCDate();
  const cells = Array.from({ length: Math.ceil((lead + length) / WEEK) * WEEK }, (_, i) => {
    const number = i - lead + 1;
    return number < 1 || number > length ? null : dateOfDay(first + number - 1);
  });
  return (
    <table className="calendar card">
      <caption>{month}</caption>
      <thead>
        <tr>
          {Array.from({ length: WEEK }, (_, i) => (
            <th key={t(`weekday_${i + 1}` as WordKey)} scope="col">
              {t(`weekday_${i + 1}` as WordKey)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {Array.from({ length: cells.length / WEEK }, (_, week) => cells.slice(week * WEEK, week * WEEK + WEEK)).map(
          (row) => (
            <tr key={row.find((date) => date !== null)}>
              {row.map((date, i) => {
                const one = date === null ? undefined : byDate.get(date);
                return (
                  <td key={date ?? `${month}-${i}`} className={one ? `day ${one.state}` : "day"}>
                    {date && <span>{Number(date.slice(8))}</span>}
                    {one && (
                      <>
                        <small title={one.root}>{one.size}</small>
                        <Tag color={COLOR[one.state]} title={one.tx ?? ""}>
                          {one.state === "same" ? `#${one.blockNumber}` : t(`chain_${one.state}`)}
                        </Tag>
                      </>
                    )}
                  </td>
                );
              })}
            </tr>
          ),
        )}
      </tbody>
    </table>
  );
}

function Sampling({ region, firstDay, openDay }: { region: number; firstDay: number; openDay: number }) {
  const { t } = useWords();
  const offset = useLedger()?.regions.find((one) => one.region === region)?.offsetMinutes ?? 0;
  const itemName = useItemName();
  const [sample, setSample] = useState<Sample | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  const [progress, setProgress] = useState<number | null>(null);
  const [leftOut, setLeftOut] = useState(0);

  async function draw({ seed, count, from, to }: { seed: string; count: number; from: string; to: string }) {
    setProblem(null);
    const period = `fromDay=${dayOfDate(from)}&toDay=${dayOfDate(to)}`;
    try {
      setSample(
        await get<Sample>(`/regions/${region}/sample?${period}&seed=${encodeURIComponent(seed)}&count=${count}`),
      );
    } catch (error) {
      setProblem(error);
    }
  }
  async function pack({ seed, visits }: Sample) {
    const proofs: object[] = [];
    let open = 0;
    setLeftOut(0);
    for (const [i, { id }] of visits.entries()) {
      try {
        proofs.push(await get<object>(`/entries/${id}/proof?region=${region}`));
      } catch (error) {
        if (!(error instanceof Problem) || error.code !== "not_sealed") return setProblem(error);
        open++;
      }
      setProgress(Math.round(((i + 1) * 100) / visits.length));
    }
    setProgress(null);
    setLeftOut(open);
    const text = JSON.stringify({ format: "silverledger-pack", version: 1, seed, proofs });
    saveFile(`sample-${region}-${seed.slice(0, 16)}.pack.json`, text);
  }
  return (
    <div className="stack">
      <div>{t("sampling_text")}</div>
      {problem !== null && <Refused error={problem} />}
      <Form
        layout="inline"
        className="wrap"
        requiredMark={false}
        onFinish={(values: { seed: string; count: number; from: string; to: string }) => void draw(values)}
        initialValues={{ count: 30, from: dateOfDay(firstDay), to: dateOfDay(openDay) }}
      >
        <Form.Item name="seed" label={t("seed")} rules={[{ required: true, max: 100, message: t("seed") }]}>
          <Input autoComplete="off" />
        </Form.Item>
        <Form.Item name="count" label={t("how_many")} rules={[{ required: true, message: t("how_many") }]}>
          <InputNumber min={1} max={500} precision={0} />
        </Form.Item>
        <Form.Item name="from" label={t("door_from")} rules={[{ required: true, message: t("door_from") }]}>
          <Input type="date" />
        </Form.Item>
        <Form.Item name="to" label={t("door_to")} rules={[{ required: true, message: t("door_to") }]}>
          <Input type="date" />
        </Form.Item>
        <Button type="primary" htmlType="submit">
          {t("draw")}
        </Button>
      </Form>
      {sample && (
        <>
          <Space wrap>
            <strong>{t("drawn", { out: sample.outOf, count: sample.visits.length })}</strong>
            <Button onClick={() => void pack(sample)} loading={progress !== null}>
              {t("download_pack")}
            </Button>
          </Space>
          {progress !== null && <Progress percent={progress} aria-label={t("pack_progress")} />}
          {leftOut > 0 && <Alert type="warning" showIcon title={t("pack_left_out", { count: leftOut })} />}
          <Listing
            name={`sample-${region}-${sample.seed.slice(0, 16)}`}
            rowKey="id"
            rows={sample.visits}
            columns={[
              { title: t("from_to"), value: (row) => spanOf(row, offset), order: ({ startedAt }) => startedAt },
              { title: t("item"), value: ({ item }) => itemName(item), choices: true },
              { ...coded(t("provider"), "provider", whole), choices: true },
              coded(t("record"), "id"),
            ]}
          />
        </>
      )}
    </div>
  );
}

const POLL_MS = 1000;
function CheckAll() {
  const { t } = useWords();
  const queries = useQueryClient();
  const [problem, setProblem] = useState<unknown>(null);
  const { data } = useQuery({
    queryKey: ["/audits/fsck"],
    queryFn: () => get<Check>("/audits/fsck"),
    refetchInterval: (query) => (query.state.data?.state === "running" ? POLL_MS : false),
  });
  async function start() {
    setProblem(null);
    try {
      queries.setQueryData(["/audits/fsck"], await post<Check>("/audits/fsck", {}));
      await queries.invalidateQueries({ queryKey: ["/audits/fsck"] });
    } catch (error) {
      setProblem(error);
    }
  }
  const report = data?.report;
  return (
    <div className="stack">
      <div>{t("fsck_text")}</div>
      {problem !== null && <Refused error={problem} />}
      <div>
        <Button type="primary" loading={data?.state === "running"} onClick={() => void start()}>
          {t("fsck_start")}
        </Button>
      </div>
      {data?.state === "never" && <div>{t("fsck_never")}</div>}
      {data?.state === "failed" && <Alert type="error" showIcon title={t("fsck_failed")} />}
      {data?.state === "running" && (
        <div role="status">
          {t("fsck_running", { done: data.entries, all: data.outOf })}
          <Progress
            percent={Math.min(99, Math.round((data.entries * 100) / Math.max(1, data.outOf)))}
            aria-label={t("fsck")}
          />
        </div>
      )}
      {report && (
        <Alert
          type={report.ok ? "success" : "error"}
          showIcon
          title={
            report.ok
              ? t("fsck_ok", {
                  days: report.days,
                  entries: report.entries,
                  details: report.details,
                  anchored: report.anchored ?? 0,
                })
              : t("fsck_broken", { count: report.faults.length })
          }
        />
      )}
      {report && !report.ok && (
        <Listing
          name="fsck"
          rowKey={(fault) => JSON.stringify(fault)}
          rows={report.faults}
          columns={[
            { title: t("date"), value: ({ day }) => (day === null ? "" : dateOfDay(day)) },
            { title: t("where"), value: ({ index }) => index ?? "" },
            { ...coded(t("property"), "field", whole), choices: true },
            { title: t("what"), value: ({ what }) => what },
          ]}
        />
      )}
    </div>
  );
}
