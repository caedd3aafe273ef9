import { useQueryClient } from "@tanstack/react-query";
import { Button, Drawer, Select, Space, Table, Tag } from "antd";
import { useState } from "react";
import type { SigningRequest } from "../../core/request.ts";
import { type Me, post } from "../api.ts";
import { timeOf, yuan } from "../format.ts";
import { type Balances, FundBars } from "../fundBars.tsx";
import { useWords } from "../language.tsx";
import { Loaded, Page, Refused, saveCsv, useLedger } from "../parts.tsx";
import { askToSign, Signing } from "../signing.tsx";
import type { WordKey } from "../words.ts";

interface Run {
  number: number;
  totalFen: string;
  state: string;
  frozen: boolean;
  windowEnds: number;
  proposer: string;
  approver: string | null;
}
interface PublicLine {
  index: number;
  name: string;
  amountFen: string;
}

/** A fund's payout runs with their lists, and a run prepared from what is due. */
export default function Finance({ me }: { me: Me }) {
  const { t } = useWords();
  const queries = useQueryClient();
  const region = Number(me.scope);
  const ledger = useLedger();
  const offset = ledger?.regions.find((one) => one.region === region)?.offsetMinutes ?? 0;
  const [chosen, setFund] = useState<string | null>(null);
  const [run, setRun] = useState<Run | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  const [request, setRequest] = useState<SigningRequest | null>(null);
  const stateOf = ({ state, frozen }: Run) => (frozen ? t("frozen") : t(`state_${state}` as WordKey));

  async function ask(question: object) {
    setProblem(null);
    try {
      setRequest(await askToSign({ region, ...question }));
    } catch (error) {
      setProblem(error);
    }
  }
  async function prepare(fund: string) {
    setProblem(null);
    try {
      const made = await post<{ number: number }>(`/funds/${fund}/runs`, { region });
      await ask({ action: "propose", fund, run: made.number });
    } catch (error) {
      setProblem(error);
    }
  }
  return (
    <Loaded<{ funds: Balances[] }> path={`/regions/${region}/funds`}>
      {({ funds }) => {
        const fund = chosen ?? funds[0]?.fund ?? "";
        return (
          <>
            <Page title={t("funds")} text={t("funds_text")}>
              <FundBars funds={funds} />
            </Page>
            <Page
              title={t("runs")}
              actions={
                <>
                  <Select
                    aria-label={t("fund")}
                    value={fund}
                    onChange={setFund}
                    options={funds.map((one) => ({ value: one.fund, label: one.fund }))}
                  />
                  {me.role === "proposer" && (
                    <Button type="primary" onClick={() => void prepare(fund)}>
                      {t("prepare")}
                    </Button>
                  )}
                </>
              }
            >
              {problem !== null && <Refused error={problem} />}
              {request && (
                <Signing
                  request={request}
                  onClose={(sent) => {
                    setRequest(null);
                    if (sent) void queries.invalidateQueries();
                  }}
                />
              )}
              <Loaded<{ runs: Run[] }> path={`/funds/${fund}/runs?region=${region}`}>
                {({ runs }) => (
                  <Table<Run>
                    rowKey="number"
                    dataSource={[...runs].reverse()}
                    pagination={{ pageSize: 12, hideOnSinglePage: true }}
                    columns={[
                      { title: t("run"), dataIndex: "number", sorter: (a, b) => a.number - b.number },
                      {
                        title: t("state"),
                        key: "state",
                        filters: ["proposed", "approved", "released", "void"].map((state) => ({
                          text: t(`state_${state}` as WordKey),
                          value: state,
                        })),
                        onFilter: (value, row) => row.state === value,
                        render: (_, row) => (
                          <Tag color={row.frozen ? "red" : row.state === "released" ? "green" : "blue"}>
                            {stateOf(row)}
                          </Tag>
                        ),
                      },
                      { title: t("total"), dataIndex: "totalFen", className: "amount", align: "right", render: yuan },
                      {
                        title: t("window_ends"),
                        dataIndex: "windowEnds",
                        render: (at: number) => (at ? timeOf(at, offset) : ""),
                      },
                      {
                        title: "",
                        key: "list",
                        render: (_, row) => (
                          <Space>
                            <Button onClick={() => setRun(row)}>{t("publicity")}</Button>
                            {me.role === "approver" && row.state === "proposed" && (
                              <Button
                                type="primary"
                                onClick={() => void ask({ action: "approve", fund, run: row.number })}
                              >
                                {t("approve")}
                              </Button>
                            )}
                          </Space>
                        ),
                      },
                    ]}
                  />
                )}
              </Loaded>
              <Drawer
                open={run !== null}
                onClose={() => setRun(null)}
                size="large"
                title={run && `${fund} · ${t("run")} ${run.number} · ${yuan(run.totalFen)}`}
              >
                {run && <Publicity fund={fund} run={run.number} region={region} />}
              </Drawer>
            </Page>
          </>
        );
      }}
    </Loaded>
  );
}

function Publicity({ fund, run, region }: { fund: string; run: number; region: number }) {
  const { t } = useWords();
  const path = `/funds/${fund}/runs/${run}/publicity?region=${region}`;
  const save = (lines: readonly PublicLine[]) =>
    saveCsv(`${fund}-${run}.csv`, [
      [t("payee"), t("amount")],
      ...lines.map(({ name, amountFen }) => [name, yuan(amountFen)]),
    ]);
  return (
    <Loaded<{ lines: PublicLine[] }> path={path}>
      {({ lines }) => (
        <div className="stack">
          <Button onClick={() => save(lines)}>{t("export_csv")}</Button>
          <Table<PublicLine>
            rowKey="index"
            dataSource={lines}
            pagination={{ pageSize: 20, hideOnSinglePage: true }}
            columns={[
              { title: t("payee"), dataIndex: "name" },
              {
                title: t("amount"),
                dataIndex: "amountFen",
                align: "right",
                className: "amount",
                render: yuan,
                sorter: (a, b) => Number(a.amountFen) - Number(b.amountFen),
              },
            ]}
          />
        </div>
      )}
    </Loaded>
  );
}
