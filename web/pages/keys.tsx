import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Alert, Button, Form, Input, Popconfirm, Space, Table, Upload } from "antd";
import { useState } from "react";
import type { Me } from "../api.ts";
import { makeKey, removeKey, type StoredKey, storedKeys, takeKey } from "../keys.ts";
import { useWords } from "../language.tsx";
import { Page, saveFile } from "../parts.tsx";

const LEAST = 12;
/** Roles of KeyRegistry.sol, by a person's role. */
const CHAIN_ROLE: Record<string, string> = {
  proposer: "Proposer",
  approver: "Approver",
  auditor: "Auditor",
  clerk: "Provider",
};

/** Keys that sign: made in this browser, encrypted with a passphrase, exported for safe keeping. */
export default function Keys({ me }: { me: Me }) {
  const { t } = useWords();
  const queries = useQueryClient();
  const keys = useQuery({ queryKey: ["keys"], queryFn: storedKeys, staleTime: 0 });
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const [form] = Form.useForm<{ passphrase: string; again: string }>();

  async function attempt(work: () => Promise<string | null>) {
    setBusy(true);
    setProblem(null);
    try {
      setProblem(await work());
      await queries.invalidateQueries({ queryKey: ["keys"] });
    } catch {
      setProblem(t("key_no_file"));
    } finally {
      setBusy(false);
    }
  }
  const make = ({ passphrase }: { passphrase: string }) =>
    attempt(async () => {
      await makeKey(passphrase);
      form.resetFields();
      return null;
    });
  const take = (file: File) =>
    attempt(async () => {
      const passphrase = (form.getFieldValue("passphrase") as string | undefined) ?? "";
      return (await takeKey(await file.text(), passphrase)) ? null : t("key_wrong_passphrase");
    });
  const command = (address: string) =>
    `npx silverledger keys register --role ${CHAIN_ROLE[me.role] ?? me.role} --scope ${me.scope} --person ${me.username} --address ${address}`;
  return (
    <Page title={t("keys")} text={t("keys_text")}>
      <div className="stack">
        {problem && <Alert type="error" showIcon title={problem} />}
        <Table<StoredKey>
          rowKey="address"
          dataSource={keys.data ?? []}
          pagination={false}
          columns={[
            { title: t("key_address"), dataIndex: "address", render: (address: string) => <code>{address}</code> },
            { title: t("since"), dataIndex: "madeAt", render: (at: string) => at.slice(0, 10) },
            {
              title: "",
              key: "act",
              render: (_, key) => (
                <Space>
                  <Button
                    size="small"
                    onClick={() => saveFile(`${key.address}.key.json`, JSON.stringify(key.keystore))}
                  >
                    {t("key_export")}
                  </Button>
                  <Popconfirm
                    title={t("key_remove_sure")}
                    onConfirm={() => void attempt(() => removeKey(key.address).then(() => null))}
                  >
                    <Button size="small" danger>
                      {t("key_remove")}
                    </Button>
                  </Popconfirm>
                </Space>
              ),
            },
          ]}
          expandable={{
            expandedRowKeys: (keys.data ?? []).map(({ address }) => address),
            showExpandColumn: false,
            expandedRowRender: ({ address }) => (
              <>
                {t("key_register")} <code>{command(address)}</code>
              </>
            ),
          }}
        />
        <div className="card">
          <Form form={form} layout="vertical" onFinish={(values) => void make(values)} requiredMark={false}>
            <Form.Item
              name="passphrase"
              label={t("passphrase")}
              extra={t("passphrase_text")}
              rules={[{ required: true, min: LEAST, message: t("passphrase_short") }]}
            >
              <Input.Password autoComplete="new-password" />
            </Form.Item>
            <Form.Item
              name="again"
              label={t("passphrase_again")}
              dependencies={["passphrase"]}
              rules={[
                ({ getFieldValue }) => ({
                  validator: (_, value) =>
                    value === getFieldValue("passphrase")
                      ? Promise.resolve()
                      : Promise.reject(new Error(t("passphrase_differs"))),
                }),
              ]}
            >
              <Input.Password autoComplete="new-password" />
            </Form.Item>
            <Space wrap>
              <Button type="primary" htmlType="submit" loading={busy}>
                {t("key_make")}
              </Button>
              <Upload
                accept=".json"
                showUploadList={false}
                beforeUpload={(file) => {
                  // Read here, sent nowhere.
                  void take(file);
                  return false;
                }}
              >
                <Button disabled={busy}>{t("key_import")}</Button>
              </Upload>
            </Space>
          </Form>
        </div>
      </div>
    </Page>
  );
}
