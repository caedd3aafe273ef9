import { Alert, Button, Form, Input, Modal, Popconfirm, Select, Tag } from "antd";
import { useState } from "react";
import { PERSON_ROLES } from "../../server/identity/schema.ts";
import { post } from "../api.ts";
import { useWords } from "../language.tsx";
import { coded, Listing, whole } from "../listing.tsx";
import { Loaded, Page, useAttempt } from "../parts.tsx";
import type { WordKey } from "../words.ts";

interface Person {
  username: string;
  name: string;
  role: string;
  scope: string;
  disabled: boolean;
  two_factor: boolean;
}

/** Who signs in, with which role; made and locked out here. */
export default function People() {
  const { t } = useWords();
  const [adding, setAdding] = useState(false);
  const [made, setMade] = useState<{ username: string; password: string } | null>(null);
  const { attempt, refused } = useAttempt(["/people"]);
  const add = ({ subject, ...values }: { subject?: string }) =>
    attempt(() =>
      post<{ username: string; password: string }>("/people", {
        ...values,
        ...(subject?.trim() && { subject: subject.trim() }),
      }).then((answer) => {
        setMade(answer);
        setAdding(false);
      }),
    );
  const role = (name: string) => t(`role_${name}` as WordKey);
  return (
    <Page
      title={t("people")}
      text={t("people_text")}
      actions={
        <Button type="primary" onClick={() => setAdding(true)}>
          {t("add_person")}
        </Button>
      }
    >
      {!adding && refused}
      {made && (
        <Alert
          type="success"
          closable={{ onClose: () => setMade(null) }}
          title={t("first_password", { username: made.username })}
          description={<code className="password">{made.password}</code>}
        />
      )}
      <Loaded<{ people: Person[] }> path="/people">
        {({ people }) => (
          <Listing
            name="people"
            rowKey="username"
            rows={people}
            columns={[
              { title: t("username"), value: ({ username }) => username },
              { title: t("name"), value: ({ name }) => name },
              { title: t("role"), value: (one) => role(one.role), choices: true },
              { ...coded(t("scope"), "scope", whole), choices: true },
              {
                title: t("second_factor"),
                value: (one) => t(one.two_factor ? "on" : "off"),
                choices: true,
                show: (one) => (
                  <Tag color={one.two_factor ? "green" : "default"}>{t(one.two_factor ? "on" : "off")}</Tag>
                ),
              },
              {
                title: t("state"),
                value: ({ disabled }) => t(disabled ? "locked_out" : "active"),
                choices: true,
                show: ({ disabled }) => (
                  <Tag color={disabled ? "red" : "green"}>{t(disabled ? "locked_out" : "active")}</Tag>
                ),
              },
            ]}
            actions={({ username, disabled }) => (
              <Button
                size="small"
                onClick={() => void attempt(() => post(`/people/${username}/state`, { disabled: !disabled }))}
              >
                {t(disabled ? "let_in" : "lock_out")}
              </Button>
            )}
          />
        )}
      </Loaded>
      <Modal open={adding} title={t("add_person")} footer={null} onCancel={() => setAdding(false)} destroyOnHidden>
        {refused}
        <Form layout="vertical" onFinish={(values: object) => void add(values)} requiredMark={false}>
          {(["username", "name", "scope", "subject"] as const).map((field) => (
            <Form.Item
              key={field}
              name={field}
              label={t(field)}
              rules={[{ required: field !== "subject", message: t(field) }]}
            >
              <Input autoComplete="off" />
            </Form.Item>
          ))}
          <Form.Item name="role" label={t("role")} rules={[{ required: true, message: t("role") }]}>
            <Select options={PERSON_ROLES.map((value) => ({ value, label: role(value) }))} />
          </Form.Item>
          <Button type="primary" htmlType="submit">
            {t("submit")}
          </Button>
        </Form>
      </Modal>
      <ApiKeys />
    </Page>
  );
}

interface ApiKey {
  name: string;
  role: string;
  scope: string;
  created_at: number;
  revoked: boolean;
}
const SYSTEMS = ["provider", "importer", "officer", "auditor"] as const;

/** Keys of systems that call the API. */
function ApiKeys() {
  const { t } = useWords();
  const [adding, setAdding] = useState(false);
  const [made, setMade] = useState<{ name: string; key: string } | null>(null);
  const { attempt, refused } = useAttempt(["/api-keys"]);
  const add = (values: object) =>
    attempt(() =>
      post<{ name: string; key: string }>("/api-keys", values).then((answer) => {
        setMade(answer);
        setAdding(false);
      }),
    );
  const role = (name: string) => t(`role_${name}` as WordKey);
  return (
    <Page
      title={t("api_keys")}
      text={t("api_keys_text")}
      actions={<Button onClick={() => setAdding(true)}>{t("api_key_add")}</Button>}
    >
      {!adding && refused}
      {made && (
        <Alert
          type="success"
          closable={{ onClose: () => setMade(null) }}
          title={t("api_key_made", { name: made.name })}
          description={<code className="password">{made.key}</code>}
        />
      )}
      <Loaded<{ keys: ApiKey[] }> path="/api-keys">
        {({ keys }) => (
          <Listing
            name="api-keys"
            rowKey={({ name, created_at }) => `${name}/${created_at}`}
            rows={keys}
            columns={[
              { title: t("username"), value: ({ name }) => name },
              { title: t("role"), value: (one) => role(one.role), choices: true },
              { ...coded(t("scope"), "scope", whole), choices: true },
              {
                title: t("state"),
                value: ({ revoked }) => t(revoked ? "key_revoked" : "active"),
                choices: true,
                show: ({ revoked }) => (
                  <Tag color={revoked ? "red" : "green"}>{t(revoked ? "key_revoked" : "active")}</Tag>
                ),
              },
            ]}
            actions={({ name, revoked }) =>
              !revoked && (
                <Popconfirm
                  title={t("key_revoke_sure")}
                  onConfirm={() => void attempt(() => post(`/api-keys/${name}/revocation`, {}))}
                >
                  <Button size="small" danger>
                    {t("key_revoke")}
                  </Button>
                </Popconfirm>
              )
            }
          />
        )}
      </Loaded>
      <Modal open={adding} title={t("api_key_add")} footer={null} onCancel={() => setAdding(false)} destroyOnHidden>
        {refused}
        <Form layout="vertical" onFinish={(values: object) => void add(values)} requiredMark={false}>
          {(["name", "scope"] as const).map((field) => (
            <Form.Item
              key={field}
              name={field}
              label={t(field === "name" ? "username" : field)}
              rules={[{ required: true, message: t(field) }]}
            >
              <Input autoComplete="off" />
            </Form.Item>
          ))}
          <Form.Item name="role" label={t("role")} rules={[{ required: true, message: t("role") }]}>
            <Select options={SYSTEMS.map((value) => ({ value, label: role(value) }))} />
          </Form.Item>
          <Button type="primary" htmlType="submit">
            {t("submit")}
          </Button>
        </Form>
      </Modal>
    </Page>
  );
}
