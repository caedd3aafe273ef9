import { Alert, Button, Form, Input, Modal, Select, Space, Upload } from "antd";
import { useState } from "react";
import { toHex } from "../../core/bytes.ts";
import { keccak } from "../../core/hash.ts";
import { type Me, post } from "../api.ts";
import { saveFile } from "../files.ts";
import { yuan } from "../format.ts";
import { useWords } from "../language.tsx";
import { coded, Listing, money, whole } from "../listing.tsx";
import { Loaded, useAttempt } from "../parts.tsx";
import type { WordKey } from "../words.ts";
import type { Run } from "./finance.tsx";

interface Returned {
  run: number;
  index: number;
  payee: string;
  amountFen: string;
  reason: string;
  document: string;
}
interface Debt {
  payee: string;
  amountFen: string;
}
interface Taken {
  kind: string;
  repeated: boolean;
  counts: Record<string, number>;
}
const AT_BANK: readonly string[] = ["proposer", "treasurer"];

/** The way to the bank and back: payment files out, answers in, what came back, what is owed. */
export function Bank({
  me,
  region,
  fund,
  onAsk,
}: {
  me: Me;
  region: number;
  fund: string;
  onAsk: (question: object) => Promise<unknown>;
}) {
  const { t } = useWords();
  const { attempt, busy, refused } = useAttempt([]);
  const [taken, setTaken] = useState<Taken | null>(null);
  const order = (run: number) =>
    attempt(async () => {
      type Ordered = { files: { reference: string; xml: string }[] };
      const { files } = await post<Ordered>(`/funds/${fund}/runs/${run}/order`, { region });
      for (const { reference, xml } of files) saveFile(`${reference}.xml`, xml, "application/xml");
    });
  const take = (file: File) =>
    attempt(async () => {
      setTaken(null);
      setTaken(await post<Taken>(`/funds/${fund}/bank-files`, { region, xml: await file.text() }));
    });
  const counted = (counts: Taken["counts"]) =>
    Object.entries(counts)
      .map(([state, count]) => `${t(`bank_${state}` as WordKey)} ${count}`)
      .join(", ");
  return (
    <div className="stack">
      <div>{t("bank_page_text")}</div>
      {refused}
      {taken && (
        <Alert
          type="success"
          showIcon
          title={taken.repeated ? t("bank_repeated") : t("bank_taken", { counts: counted(taken.counts) })}
        />
      )}
      {AT_BANK.includes(me.role) && (
        <Space wrap>
          <Loaded<{ runs: Run[] }> path={`/funds/${fund}/runs?region=${region}`}>
            {({ runs }) => (
              <Orders runs={runs.filter(({ state }) => state === "released")} busy={busy} onOrder={order} />
            )}
          </Loaded>
          <Upload
            accept=".xml"
            showUploadList={false}
            beforeUpload={(file) => {
              void take(file);
              return false;
            }}
          >
            <Button loading={busy}>{t("bank_upload")}</Button>
          </Upload>
        </Space>
      )}
      <Returns me={me} region={region} fund={fund} onAsk={onAsk} />
      <Debts me={me} region={region} fund={fund} onAsk={onAsk} />
    </div>
  );
}

function Orders({ runs, busy, onOrder }: { runs: Run[]; busy: boolean; onOrder: (run: number) => Promise<unknown> }) {
  const { t } = useWords();
  const [chosen, setChosen] = useState<number | null>(null);
  const run = chosen ?? runs.at(-1)?.number;
  if (run === undefined) return null;
  return (
    <Space wrap>
      <Select
        aria-label={t("run")}
        value={run}
        onChange={setChosen}
        options={runs.map(({ number, totalFen }) => ({ value: number, label: `#${number} · ${yuan(totalFen)}` }))}
      />
      <Button type="primary" loading={busy} onClick={() => void onOrder(run)}>
        {t("order_download")}
      </Button>
    </Space>
  );
}

function Returns({
  me,
  region,
  fund,
  onAsk,
}: {
  me: Me;
  region: number;
  fund: string;
  onAsk: (question: object) => Promise<unknown>;
}) {
  const { t } = useWords();
  return (
    <section className="card stack">
      <strong>{t("returns")}</strong>
      <div>{t("returns_text")}</div>
      <Loaded<{ returns: Returned[] }> path={`/funds/${fund}/returns?region=${region}`}>
        {({ returns }) => (
          <Listing
            name={`${fund}-returns`}
            rowKey={({ run, index }) => `${run}/${index}`}
            rows={returns}
            columns={[
              { title: t("run"), value: ({ run }) => run, choices: true },
              coded(t("payee"), "payee", whole),
              money(t("amount"), "amountFen"),
              { title: t("reason"), value: ({ reason }) => reason, choices: true },
            ]}
            actions={({ run, index, document }) =>
              me.role === "treasurer" && (
                <Button onClick={() => void onAsk({ action: "return", run, index, document })}>
                  {t("record_return")}
                </Button>
              )
            }
          />
        )}
      </Loaded>
    </section>
  );
}

/** Yuan with at most two decimals as whole fen; null for anything else. */
function fenOf(yuanText: string): string | null {
  const match = /^(\d{1,12})(?:\.(\d{1,2}))?$/.exec(yuanText.trim());
  return match ? String(BigInt(match[1]!) * 100n + BigInt((match[2] ?? "").padEnd(2, "0"))) : null;
}

function Debts({
  me,
  region,
  fund,
  onAsk,
}: {
  me: Me;
  region: number;
  fund: string;
  onAsk: (question: object) => Promise<unknown>;
}) {
  const { t } = useWords();
  const [debt, setDebt] = useState<Debt | null>(null);
  const [document, setDocument] = useState<{ name: string; hash: string } | null>(null);
  const close = () => {
    setDebt(null);
    setDocument(null);
  };
  return (
    <section className="card stack">
      <strong>{t("debts")}</strong>
      <div>{t("debts_text")}</div>
      <Loaded<{ debts: Debt[] }> path={`/funds/${fund}/debts?region=${region}`}>
        {({ debts }) => (
          <Listing
            name={`${fund}-debts`}
            rowKey="payee"
            rows={debts}
            columns={[coded(t("payee"), "payee", whole), money(t("amount"), "amountFen")]}
            actions={(row) =>
              me.role === "treasurer" && <Button onClick={() => setDebt(row)}>{t("record_repayment")}</Button>
            }
          />
        )}
      </Loaded>
      <Modal open={debt !== null} title={t("record_repayment")} footer={null} onCancel={close} destroyOnHidden>
        {debt && (
          <Form<{ amount: string }>
            layout="vertical"
            requiredMark={false}
            onFinish={({ amount }) => {
              const question = {
                action: "repay",
                payee: debt.payee,
                amountFen: fenOf(amount),
                document: document?.hash,
              };
              close();
              void onAsk(question);
            }}
          >
            <p>
              <code>{debt.payee}</code> {yuan(debt.amountFen)}
            </p>
            <Form.Item
              name="amount"
              label={t("repayment_amount")}
              rules={[
                {
                  validator: (_, value: string) => {
                    const fen = fenOf(value ?? "");
                    const fits = fen !== null && fen !== "0" && BigInt(fen) <= BigInt(debt.amountFen);
                    return fits ? Promise.resolve() : Promise.reject(new Error(t("repayment_amount")));
                  },
                },
              ]}
            >
              <Input inputMode="decimal" />
            </Form.Item>
            <Space wrap>
              <Upload
                showUploadList={false}
                beforeUpload={(file) => {
                  void file
                    .arrayBuffer()
                    .then((bytes) => setDocument({ name: file.name, hash: toHex(keccak(new Uint8Array(bytes))) }));
                  return false;
                }}
              >
                <Button>{document?.name ?? t("repayment_document")}</Button>
              </Upload>
              <Button type="primary" htmlType="submit" disabled={!document}>
                {t("continue")}
              </Button>
            </Space>
          </Form>
        )}
      </Modal>
    </section>
  );
}
