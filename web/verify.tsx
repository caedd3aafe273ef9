import { Alert, Button, Form, Input, Progress, Tag, Upload } from "antd";
import { useState } from "react";
import type { Hex } from "../core/bytes.ts";
import { type Finding, type Proof, type Verdict, verifyProof } from "../core/verify.ts";
import { chainAnchorage } from "../server/chain/anchorage.ts";
import { findingText } from "./findingWords.ts";
import { Head, mount } from "./frame.tsx";
import { useWords } from "./language.tsx";
import { coded, Listing, whole } from "./listing.tsx";
import { Page } from "./parts.tsx";
import type { WordKey } from "./words.ts";

interface Pack {
  format: "silverledger-pack";
  proofs: Proof[];
}
interface Asked {
  node: string;
  contract: string;
  subsidy?: string;
}
const STATUS: Record<Finding["status"], WordKey> = {
  held: "status_held",
  broken: "status_broken",
  late: "status_late",
  attested: "status_attested",
  simulated: "status_simulated",
  "not covered": "status_uncovered",
};

/** Checks a proof with core/ in this page, against the chain node that the visitor names. It asks this server nothing. */
function Verifier() {
  const { t } = useWords();
  const [taken, setTaken] = useState<{ name: string; proofs: Proof[] } | null>(null);
  const [verdicts, setVerdicts] = useState<Verdict[]>([]);
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);

  async function take(file: File) {
    setVerdicts([]);
    try {
      const parsed = JSON.parse(await file.text()) as Proof | Pack;
      const proofs = parsed?.format === "silverledger-pack" ? parsed.proofs : [parsed];
      if (proofs.length === 0 || proofs.some((one) => one?.format !== "silverledger-proof")) throw new Error("format");
      setTaken({ name: file.name, proofs });
      setProblem(null);
    } catch {
      setTaken(null);
      setProblem(t("verify_no_json"));
    }
  }
  async function run({ node, contract, subsidy }: Asked) {
    if (!taken) return setProblem(t("verify_no_file"));
    setBusy(true);
    setProblem(null);
    setVerdicts([]);
    try {
      const hex = (address: string) => address.trim().toLowerCase() as Hex;
      const anchorage = await chainAnchorage(node.trim(), hex(contract), subsidy?.trim() ? hex(subsidy) : null);
      try {
        const done: Verdict[] = [];
        for (const proof of taken.proofs) {
          done.push(await verifyProof(proof, anchorage));
          setVerdicts([...done]);
        }
      } finally {
        anchorage.close();
      }
    } catch (error) {
      setProblem(t("verify_node_fails", { why: error instanceof Error ? error.message.slice(0, 200) : String(error) }));
    } finally {
      setBusy(false);
    }
  }
  return (
    <>
      <Head
        brand={
          <a className="brand" href="/">
            {t("app")}
          </a>
        }
        places={
          <>
            <a href="/">{t("home")}</a>
            <a href="/verify.html" aria-current="page">
              {t("verify")}
            </a>
          </>
        }
      />
      <main>
        <Page title={t("verify_title")} text={t("verify_text")}>
          <div className="card stack">
            <Upload.Dragger
              accept=".json,application/json"
              maxCount={1}
              showUploadList={false}
              beforeUpload={(file) => {
                // Read here, sent nowhere.
                void take(file);
                return false;
              }}
            >
              {taken ? (
                <strong>
                  {taken.name}
                  {taken.proofs.length > 1 && ` · ${t("verify_pack", { count: taken.proofs.length })}`}
                </strong>
              ) : (
                t("verify_drop")
              )}
            </Upload.Dragger>
            <Form<Asked> layout="vertical" onFinish={(values) => void run(values)} requiredMark={false}>
              <Form.Item
                name="node"
                label={t("verify_node")}
                rules={[{ required: true, type: "url", message: t("verify_node") }]}
              >
                <Input placeholder="http://127.0.0.1:8545" inputMode="url" />
              </Form.Item>
              <Form.Item
                name="contract"
                label={t("verify_contract")}
                extra={t("verify_own_source")}
                rules={[{ required: true, pattern: /^\s*0x[0-9a-fA-F]{40}\s*$/, message: t("verify_contract") }]}
              >
                <Input />
              </Form.Item>
              <Form.Item
                name="subsidy"
                label={t("verify_subsidy")}
                rules={[{ pattern: /^\s*(0x[0-9a-fA-F]{40})?\s*$/, message: t("verify_subsidy") }]}
              >
                <Input />
              </Form.Item>
              <Button type="primary" htmlType="submit" size="large" loading={busy}>
                {t("verify_run")}
              </Button>
            </Form>
            {problem && <Alert type="error" showIcon title={problem} />}
          </div>
        </Page>
        {busy && taken && taken.proofs.length > 1 && (
          <Progress percent={Math.round((verdicts.length * 100) / taken.proofs.length)} aria-label={t("verify_run")} />
        )}
        {verdicts.length === 1 && taken?.proofs.length === 1 && <One verdict={verdicts[0]!} />}
        {verdicts.length > 0 && taken && taken.proofs.length > 1 && <Many proofs={taken.proofs} verdicts={verdicts} />}
      </main>
    </>
  );
}

function Findings({ verdict }: { verdict: Verdict }) {
  const { t, language } = useWords();
  return (
    <Listing
      name="findings"
      rowKey={({ property, what }) => property + what}
      rows={verdict.findings}
      columns={[
        { title: t("property"), value: ({ property }) => property },
        {
          title: t("result"),
          value: ({ status }) => t(STATUS[status]),
          choices: true,
          show: ({ status }) => (
            <Tag color={status === "held" ? "green" : status === "broken" ? "red" : "orange"}>{t(STATUS[status])}</Tag>
          ),
        },
        { title: t("what"), value: ({ what }) => findingText(what, language) },
      ]}
    />
  );
}

function One({ verdict }: { verdict: Verdict }) {
  const { t } = useWords();
  return (
    <div className="card stack" aria-live="polite">
      <Alert
        type={verdict.ok ? "success" : "error"}
        showIcon
        title={t(verdict.ok ? "valid" : "broken")}
        description={`${t("against")}: ${verdict.source}`}
      />
      <Findings verdict={verdict} />
    </div>
  );
}

/** A pack: each proof by itself, the broken ones first. */
function Many({ proofs, verdicts }: { proofs: Proof[]; verdicts: Verdict[] }) {
  const { t } = useWords();
  const bad = verdicts.filter(({ ok }) => !ok).length;
  const rows = verdicts.map((verdict, i) => ({ verdict, id: String((proofs[i]!.entry as { id?: string }).id ?? i) }));
  return (
    <div className="card stack" aria-live="polite">
      <Alert
        type={bad === 0 ? "success" : "error"}
        showIcon
        title={t("verify_pack_result", { good: verdicts.length - bad, bad })}
        description={`${t("against")}: ${verdicts[0]!.source}`}
      />
      <Listing
        name="pack"
        rowKey="id"
        rows={rows.sort((a, b) => Number(a.verdict.ok) - Number(b.verdict.ok))}
        expandable={{ expandedRowRender: ({ verdict }) => <Findings verdict={verdict} /> }}
        columns={[
          coded(t("record"), "id", whole),
          {
            title: t("result"),
            value: ({ verdict }) => t(verdict.ok ? "valid" : "broken"),
            choices: true,
            show: ({ verdict }) => <Tag color={verdict.ok ? "green" : "red"}>{t(verdict.ok ? "valid" : "broken")}</Tag>,
          },
        ]}
      />
    </div>
  );
}

mount(<Verifier />);
