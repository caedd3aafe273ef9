import { Alert, Button, Form, Input, Table, Tag, Upload } from "antd";
import { useState } from "react";
import type { Hex } from "../core/bytes.ts";
import { type Finding, type Proof, type Verdict, verifyProof } from "../core/verify.ts";
import { chainAnchorage } from "../server/chain/anchorage.ts";
import { Head, mount } from "./frame.tsx";
import { useWords } from "./language.tsx";
import { Page } from "./parts.tsx";
import type { WordKey } from "./words.ts";

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
  const [proof, setProof] = useState<{ name: string; proof: Proof } | null>(null);
  const [verdict, setVerdict] = useState<Verdict | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);

  async function take(file: File) {
    setVerdict(null);
    try {
      const parsed = JSON.parse(await file.text()) as Proof;
      if (parsed?.format !== "silverledger-proof") throw new Error("format");
      setProof({ name: file.name, proof: parsed });
      setProblem(null);
    } catch {
      setProof(null);
      setProblem(t("verify_no_json"));
    }
  }
  async function run({ node, contract, subsidy }: Asked) {
    if (!proof) return setProblem(t("verify_no_file"));
    setBusy(true);
    setProblem(null);
    setVerdict(null);
    try {
      const hex = (address: string) => address.trim().toLowerCase() as Hex;
      const anchorage = await chainAnchorage(node.trim(), hex(contract), subsidy?.trim() ? hex(subsidy) : null);
      try {
        setVerdict(await verifyProof(proof.proof, anchorage));
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
              {proof ? <strong>{proof.name}</strong> : t("verify_drop")}
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
        {verdict && (
          <div className="card stack" aria-live="polite">
            <Alert
              type={verdict.ok ? "success" : "error"}
              showIcon
              title={t(verdict.ok ? "valid" : "broken")}
              description={`${t("against")}: ${verdict.source}`}
            />
            <Table<Finding>
              rowKey={({ property, what }) => property + what}
              pagination={false}
              dataSource={verdict.findings}
              columns={[
                { title: t("property"), dataIndex: "property" },
                {
                  title: t("result"),
                  dataIndex: "status",
                  render: (status: Finding["status"]) => (
                    <Tag color={status === "held" ? "green" : status === "broken" ? "red" : "orange"}>
                      {t(STATUS[status])}
                    </Tag>
                  ),
                },
                { title: t("what"), dataIndex: "what" },
              ]}
            />
          </div>
        )}
      </main>
    </>
  );
}

mount(<Verifier />);
