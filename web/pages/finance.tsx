import { useQueryClient } from "@tanstack/react-query";
import { Alert, Button, Drawer, Select, Space, Statistic, Tabs, Tag, Upload } from "antd";
import { useState } from "react";
import { dateOfDay } from "../../core/day.ts";
import type { SigningRequest } from "../../core/request.ts";
import { get, type Me, post } from "../api.ts";
import { saveFile } from "../files.ts";
import { timeOf, yuan } from "../format.ts";
import { type Balances, FundBars } from "../fundBars.tsx";
import { type Both, useWords } from "../language.tsx";
import { coded, Listing, money, whole } from "../listing.tsx";
import { Loaded, Page, useAttempt, useLedger } from "../parts.tsx";
import { Refused } from "../refused.tsx";
import { askToSign, requestOfFile } from "../requests.ts";
import { Signing } from "../signing.tsx";
import { Statement } from "../statement.tsx";
import { WORDS, type WordKey } from "../words.ts";
import { Bank } from "./bank.tsx";

export interface Run {
  number: number;
  totalFen: string;
  state: string;
  frozen: boolean;
  windowEnds: number;
}
interface PublicLine {
  index: number;
  name: string;
  amountFen: string;
}
interface Due {
  days: number;
  payees: number;
  settledFen: string;
  returns: number;
  returnsFen: string;
  owedFen: string;
  problem: (Both & { code: string }) | null;
}
type Act = "object" | "dismiss" | "void";

/** A region's funds: what is due, payout runs from the proposal to the bank, returns and recoveries. */
export default function Finance({ me }: { me: Me }) {
  const { t } = useWords();
  const region = Number(me.scope);
  const [chosen, setFund] = useState<string | null>(null);
  return (
    <Loaded<{ funds: Balances[] }> path={`/regions/${region}/funds`}>
      {({ funds }) => {
        const fund = chosen ?? funds[0]?.fund ?? "";
        return (
          <>
            <Page title={t("funds")} text={t("funds_text")}>
              <FundBars funds={funds} />
            </Page>
            {fund && (
              <OneFund
                key={fund}
                me={me}
                region={region}
                fund={fund}
                choice={
                  <Select
                    aria-label={t("fund")}
                    value={fund}
                    onChange={setFund}
                    options={funds.map((one) => ({ value: one.fund, label: one.fund }))}
                  />
                }
              />
            )}
          </>
        );
      }}
    </Loaded>
  );
}

function OneFund({ me, region, fund, choice }: { me: Me; region: number; fund: string; choice: React.ReactNode }) {
  const { t } = useWords();
  const queries = useQueryClient();
  const { attempt, refused } = useAttempt();
  const [request, setRequest] = useState<SigningRequest | null>(null);
  const [run, setRun] = useState<Run | null>(null);
  const [stating, setStating] = useState<{ action: Act; run: number } | null>(null);

  const ask = (question: object) => attempt(async () => setRequest(await askToSign({ region, fund, ...question })));
  const prepare = () =>
    attempt(async () => {
      const made = await post<{ number: number }>(`/funds/${fund}/runs`, { region });
      setRequest(await askToSign({ region, action: "propose", fund, run: made.number }));
    });
  const openFile = (file: File) =>
    attempt(async () => {
      const text = await file.text();
      try {
        setRequest(requestOfFile(text));
      } catch {
        throw new Error(t("not_a_request"));
      }
    });
  const release = (number: number) =>
    attempt(async () => {
      await post(`/funds/${fund}/runs/${number}/release`, { region });
      await queries.invalidateQueries();
    });
  return (
    <Page
      title={t("runs")}
      actions={
        <>
          {choice}
          {me.role !== "auditor" && (
            <Upload
              accept=".json"
              showUploadList={false}
              beforeUpload={(file) => {
                void openFile(file);
                return false;
              }}
            >
              <Button>{t("open_request")}</Button>
            </Upload>
          )}
          {me.role === "proposer" && (
            <Button type="primary" onClick={() => void prepare()}>
              {t("prepare")}
            </Button>
          )}
        </>
      }
    >
      {refused}
      {request && (
        <Signing
          request={request}
          onClose={(sent) => {
            setRequest(null);
            if (sent) void queries.invalidateQueries();
          }}
        />
      )}
      {stating && (
        <Statement
          title={t("object_title", { run: stating.run })}
          name={`${fund}-${stating.run}-${stating.action}.txt`}
          onClose={(document) => {
            const { action, run: number } = stating;
            setStating(null);
            if (document) void ask({ action, run: number, document });
          }}
        />
      )}
      <div className="stack">
        <DueNow region={region} fund={fund} />
        <Tabs
          items={[
            {
              key: "runs",
              label: t("runs"),
              children: (
                <Runs
                  me={me}
                  region={region}
                  fund={fund}
                  onOpen={setRun}
                  onAsk={ask}
                  onState={(action, number) => setStating({ action, run: number })}
                  onRelease={release}
                />
              ),
            },
            {
              key: "bank",
              label: t("bank_page"),
              children: <Bank me={me} region={region} fund={fund} onAsk={ask} />,
            },
            { key: "books", label: t("books"), children: <Books region={region} fund={fund} /> },
          ]}
        />
      </div>
      <Drawer
        open={run !== null}
        onClose={() => setRun(null)}
        size="large"
        title={run && `${fund} · ${t("run")} ${run.number} · ${yuan(run.totalFen)}`}
      >
        {run &&
          (run.state === "released" || run.state === "void" ? (
            <Payments fund={fund} run={run.number} region={region} />
          ) : (
            <Publicity fund={fund} run={run.number} region={region} />
          ))}
      </Drawer>
    </Page>
  );
}

function DueNow({ region, fund }: { region: number; fund: string }) {
  const { t, of } = useWords();
  return (
    <Loaded<Due> path={`/funds/${fund}/due?region=${region}`}>
      {(due) => (
        <div className="card">
          <strong>{t("due")}</strong>
          <div className="figures">
            <Statistic title={t("due_days")} value={due.days} />
            <Statistic title={t("due_payees")} value={due.payees} />
            <Statistic title={t("due_amount")} value={yuan(due.settledFen)} />
            <Statistic title={t("due_returns")} value={`${due.returns} · ${yuan(due.returnsFen)}`} />
            <Statistic title={t("due_owed")} value={yuan(due.owedFen)} />
          </div>
          {due.problem && (
            <Alert type={due.problem.code === "nothing_due" ? "info" : "warning"} showIcon title={of(due.problem)} />
          )}
        </div>
      )}
    </Loaded>
  );
}

function Runs({
  me,
  region,
  fund,
  onOpen,
  onAsk,
  onState,
  onRelease,
}: {
  me: Me;
  region: number;
  fund: string;
  onOpen: (run: Run) => void;
  onAsk: (question: object) => Promise<unknown>;
  onState: (action: Act, run: number) => void;
  onRelease: (run: number) => Promise<unknown>;
}) {
  const { t } = useWords();
  const offset = useLedger()?.regions.find((one) => one.region === region)?.offsetMinutes ?? 0;
  const stateOf = ({ state, frozen }: Run) => (frozen ? t("frozen") : t(`state_${state}` as WordKey));
  const now = Math.floor(Date.now() / 1000);
  return (
    <Loaded<{ runs: Run[] }> path={`/funds/${fund}/runs?region=${region}`} every={30_000}>
      {({ runs }) => (
        <Listing
          name={`${fund}-runs`}
          rowKey="number"
          rows={[...runs].reverse()}
          columns={[
            { title: t("run"), value: ({ number }) => number },
            {
              title: t("state"),
              value: stateOf,
              choices: true,
              show: (row) => (
                <Tag color={row.frozen ? "red" : row.state === "released" ? "green" : "blue"}>{stateOf(row)}</Tag>
              ),
            },
            money(t("total"), "totalFen"),
            {
              title: t("window_ends"),
              value: ({ windowEnds }) => (windowEnds ? timeOf(windowEnds, offset) : ""),
            },
          ]}
          actions={(row) => (
            <Space wrap>
              <Button onClick={() => onOpen(row)}>
                {t(row.state === "released" || row.state === "void" ? "payments" : "publicity")}
              </Button>
              {me.role === "approver" && row.state === "proposed" && (
                <Button type="primary" onClick={() => void onAsk({ action: "approve", run: row.number })}>
                  {t("approve")}
                </Button>
              )}
              {me.role === "auditor" && row.state === "approved" && !row.frozen && (
                <Button danger onClick={() => onState("object", row.number)}>
                  {t("object")}
                </Button>
              )}
              {me.role === "supervisor" && row.frozen && (
                <Button onClick={() => onState("dismiss", row.number)}>{t("dismiss")}</Button>
              )}
              {me.role === "supervisor" && ["proposed", "approved"].includes(row.state) && (
                <Button danger onClick={() => onState("void", row.number)}>
                  {t("void")}
                </Button>
              )}
              {me.role === "proposer" && row.state === "approved" && !row.frozen && row.windowEnds <= now && (
                <Button type="primary" onClick={() => void onRelease(row.number)}>
                  {t("release_now")}
                </Button>
              )}
            </Space>
          )}
        />
      )}
    </Loaded>
  );
}

function Publicity({ fund, run, region }: { fund: string; run: number; region: number }) {
  const { t } = useWords();
  const path = `/funds/${fund}/runs/${run}/publicity?region=${region}`;
  return (
    <Loaded<{ lines: PublicLine[] }> path={path}>
      {({ lines }) => (
        <Listing
          name={`${fund}-${run}`}
          rowKey="index"
          rows={lines}
          columns={[{ title: t("payee"), value: ({ name }) => name }, money(t("amount"), "amountFen")]}
        />
      )}
    </Loaded>
  );
}

interface Payment {
  index: number;
  payee: string;
  amountFen: string;
  state: string | null;
  reason: string;
}

function Payments({ fund, run, region }: { fund: string; run: number; region: number }) {
  const { t } = useWords();
  const stateOf = ({ state }: Payment) => t(state ? (`bank_${state}` as WordKey) : "bank_none");
  return (
    <Loaded<{ payments: Payment[] }> path={`/funds/${fund}/runs/${run}/payments?region=${region}`}>
      {({ payments }) => (
        <Listing
          name={`${fund}-${run}-payments`}
          rowKey="index"
          rows={payments}
          expandable={{
            expandedRowRender: ({ index }) => <PaidFor fund={fund} run={run} index={index} region={region} />,
          }}
          columns={[
            coded(t("payee"), "payee", whole),
            money(t("amount"), "amountFen"),
            {
              title: t("bank_state"),
              value: stateOf,
              choices: true,
              show: (row) => (
                <Tag color={row.state === "paid" ? "green" : row.state === "returned" ? "red" : "default"}>
                  {stateOf(row)}
                </Tag>
              ),
            },
            { title: t("reason"), value: ({ reason }) => reason },
          ]}
        />
      )}
    </Loaded>
  );
}

interface PaidEntry {
  entry: string;
  kind: string;
  day: number;
  beforeFen: string;
  shareFen: string;
}

/** From one payment back to what it paid for; each entry has its proof. */
function PaidFor({ fund, run, index, region }: { fund: string; run: number; index: number; region: number }) {
  const { t } = useWords();
  const [problem, setProblem] = useState<unknown>(null);
  async function proof(entry: string) {
    setProblem(null);
    try {
      const text = JSON.stringify(await get(`/entries/${entry}/proof?region=${region}`), null, 2);
      saveFile(`${entry}.proof.json`, text);
    } catch (error) {
      setProblem(error);
    }
  }
  return (
    <Loaded<{ entries: PaidEntry[] }> path={`/funds/${fund}/runs/${run}/payments/${index}/entries?region=${region}`}>
      {({ entries }) => (
        <div className="stack">
          <strong>{t("paid_for")}</strong>
          {problem !== null && <Refused error={problem} />}
          <Listing
            name={`${fund}-${run}-${index}`}
            rowKey="entry"
            rows={entries}
            columns={[
              { title: t("date"), value: ({ day }) => dateOfDay(day) },
              { title: t("kind"), value: ({ kind }) => t(`kind_${kind}` as WordKey), choices: true },
              coded(t("record"), "entry"),
              money(t("share_before"), "beforeFen"),
              money(t("share_now"), "shareFen"),
            ]}
            actions={({ entry }) => (
              <Button size="small" onClick={() => void proof(entry)}>
                {t("download_proof")}
              </Button>
            )}
          />
        </div>
      )}
    </Loaded>
  );
}

/** Amounts of events whose name does not say so. */
const MONEY: readonly string[] = ["total", "owed", "appropriated", "withdrawn", "released", "returned", "repaid"];
interface FundEvent {
  name: string;
  args: Record<string, string>;
  tx: string;
  at: number;
}

function Books({ region, fund }: { region: number; fund: string }) {
  const { t } = useWords();
  const offset = useLedger()?.regions.find((one) => one.region === region)?.offsetMinutes ?? 0;
  const value = (name: string, text: string) => {
    if (/fen$/i.test(name) || MONEY.includes(name)) return yuan(text);
    if (name === "windowEnds" || name === "deadline") return timeOf(Number(text), offset);
    return name === "day" ? dateOfDay(Number(text)) : text;
  };
  const label = (name: string) => (`arg_${name}` in WORDS ? t(`arg_${name}` as WordKey) : name);
  const told = ({ args }: FundEvent) =>
    Object.entries(args)
      .filter(([name, text]) => !["fund", "region", "code"].includes(name) && !text.startsWith("0x") && text !== "0")
      .map(([name, text]) => `${label(name)} ${value(name, text)}`)
      .join(" · ");
  const eventName = (name: string) => (`event_${name}` in WORDS ? t(`event_${name}` as WordKey) : name);
  return (
    <Loaded<{ events: FundEvent[] }> path={`/funds/${fund}/books?region=${region}`}>
      {({ events }) => (
        <Listing
          name={`${fund}-books`}
          rowKey={({ tx, name, args }) => tx + name + JSON.stringify(args)}
          rows={[...events].reverse()}
          columns={[
            { title: t("date"), value: ({ at }) => timeOf(at, offset) },
            { title: t("event"), value: ({ name }) => eventName(name), choices: true },
            { title: t("what_happened"), value: told },
            coded("tx", "tx"),
          ]}
        />
      )}
    </Loaded>
  );
}
