import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Alert, Button, Form, Input, Popconfirm, Space, Tag, Upload } from "antd";
import { useState } from "react";
import type { Hex } from "../../core/bytes.ts";
import { decryptKey } from "../../core/keystore.ts";
import type { KeyState } from "../../server/keys/schema.ts";
import { get, type Me, Problem, post } from "../api.ts";
import { saveFile } from "../files.ts";
import { askForKey, makeKey, removeKey, type StoredKey, takeKey } from "../keys.ts";
import { useWords } from "../language.tsx";
import { coded, Listing, whole } from "../listing.tsx";
import { useOwnKeys } from "../ownKeys.ts";
import { Page, useLedger } from "../parts.tsx";
import { Refused } from "../refused.tsx";
import type { WordKey } from "../words.ts";

const LEAST = 12;
const COLOR = { waiting: "orange", valid: "green", revoked: "red" } as const;

function State({ state }: { state: KeyState["state"] | "local" }) {
  const { t } = useWords();
  if (state === "local") return <Tag>{t("key_local")}</Tag>;
  return <Tag color={COLOR[state]}>{t(`key_${state}`)}</Tag>;
}

/** Signing keys: one's own, made in this browser; for an administrator those of the region, to be put on the chain. */
export default function Keys({ me }: { me: Me }) {
  const rows = useQuery({ queryKey: ["/keys"], queryFn: () => get<{ keys: KeyState[] }>("/keys") });
  const all = rows.data?.keys ?? [];
  if (rows.error) return <Refused error={rows.error} retry={() => void rows.refetch()} />;
  return me.role === "administrator" ? <Registrations rows={all} me={me} /> : <Own rows={all} me={me} />;
}

/** What the server was asked to do with a key, and what came of it. */
function useAct() {
  const queries = useQueryClient();
  const [problem, setProblem] = useState<unknown>(null);
  const [busy, setBusy] = useState<string | null>(null);
  async function act(address: string, what: "approval" | "revocation") {
    setBusy(address);
    setProblem(null);
    try {
      await post(`/keys/${address}/${what}`, {});
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(null);
      await queries.invalidateQueries({ queryKey: ["/keys"] });
    }
  }
  return { act, busy, problem };
}

function Registrations({ rows, me }: { rows: KeyState[]; me: Me }) {
  const { t } = useWords();
  const { act, busy, problem } = useAct();
  return (
    <Page title={t("keys")} text={t("keys_second_person")}>
      {problem !== null && <Refused error={problem} />}
      <Listing
        name="keys"
        rowKey="address"
        rows={rows}
        columns={[
          { title: t("username"), value: ({ username }) => username },
          { title: t("role"), value: ({ role }) => t(`role_${role}` as WordKey), choices: true },
          coded(t("key_address"), "address", whole),
          {
            title: t("state"),
            value: ({ state }) => t(`key_${state}`),
            choices: true,
            show: ({ state }) => <State state={state} />,
          },
          { title: t("key_approved_by"), value: (one) => one.approved_by ?? "" },
        ]}
        actions={({ address, state, username }) => (
          <Space>
            {state === "waiting" && username !== me.username && (
              <Button type="primary" loading={busy === address} onClick={() => void act(address, "approval")}>
                {t("key_approve")}
              </Button>
            )}
            {state !== "revoked" && (
              <Popconfirm title={t("key_revoke_sure")} onConfirm={() => void act(address, "revocation")}>
                <Button danger loading={busy === address}>
                  {t("key_revoke")}
                </Button>
              </Popconfirm>
            )}
          </Space>
        )}
      />
    </Page>
  );
}

function Own({ rows, me }: { rows: KeyState[]; me: Me }) {
  const { t, of } = useWords();
  const queries = useQueryClient();
  const ledgerId = useLedger()?.ledgerId as Hex | undefined;
  const keys = useOwnKeys();
  const server = useAct();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const [form] = Form.useForm<{ passphrase: string; again: string }>();
  const passphrase = () => (form.getFieldValue("passphrase") as string | undefined) ?? "";
  const stateOf = (address: string) => rows.find((row) => row.address === address)?.state ?? "local";

  async function attempt(work: () => Promise<string | null>) {
    setBusy(true);
    setProblem(null);
    try {
      setProblem(await work());
      await queries.invalidateQueries();
    } catch (error) {
      setProblem(error instanceof Problem ? of(error.text) : t("key_no_file"));
    } finally {
      setBusy(false);
    }
  }
  /** Asks for a key to be registered; the key itself says that it is held here. */
  async function ask({ keystore }: StoredKey, phrase: string): Promise<string | null> {
    const key = await decryptKey(keystore, phrase);
    if (!key || !ledgerId) return t("key_wrong_passphrase");
    await askForKey(key, ledgerId, me.username);
    key.fill(0);
    return null;
  }
  const make = (phrase: string) =>
    attempt(async () => {
      const asked = await ask(await makeKey(phrase, me.username), phrase);
      form.resetFields();
      return asked;
    });
  const take = (file: File) =>
    attempt(async () =>
      (await takeKey(await file.text(), passphrase(), me.username)) ? null : t("key_wrong_passphrase"),
    );
  return (
    <Page title={t("keys")} text={t("keys_text")}>
      <div className="stack">
        {problem && <Alert type="error" showIcon title={problem} />}
        {server.problem !== null && <Refused error={server.problem} />}
        <Listing
          name="own-keys"
          rowKey="address"
          rows={keys}
          columns={[
            coded(t("key_address"), "address", whole),
            { title: t("since"), value: ({ madeAt }) => madeAt.slice(0, 10) },
            {
              title: t("state"),
              value: ({ address }) => t(`key_${stateOf(address)}`),
              choices: true,
              show: ({ address }) => <State state={stateOf(address)} />,
            },
          ]}
          actions={(key) => (
            <Space wrap>
              <Button size="small" onClick={() => saveFile(`${key.address}.key.json`, JSON.stringify(key.keystore))}>
                {t("key_export")}
              </Button>
              {stateOf(key.address) === "local" && (
                <Button size="small" onClick={() => void attempt(() => ask(key, passphrase()))}>
                  {t("key_ask")}
                </Button>
              )}
              {stateOf(key.address) === "valid" && (
                <Popconfirm title={t("key_revoke_sure")} onConfirm={() => void server.act(key.address, "revocation")}>
                  <Button size="small" danger>
                    {t("key_revoke")}
                  </Button>
                </Popconfirm>
              )}
              <Popconfirm
                title={t("key_remove_sure")}
                onConfirm={() => void attempt(() => removeKey(key.address).then(() => null))}
              >
                <Button size="small" danger>
                  {t("key_remove")}
                </Button>
              </Popconfirm>
            </Space>
          )}
        />
        <div className="card">
          <Form form={form} layout="vertical" onFinish={(values) => void make(values.passphrase)} requiredMark={false}>
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
