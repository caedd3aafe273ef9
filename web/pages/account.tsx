import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Alert, App, Button, Form, Input, Tag } from "antd";
import { useState } from "react";
import { auth, get, type Me, Problem } from "../api.ts";
import { useWords } from "../language.tsx";
import { Listing } from "../listing.tsx";
import { Page } from "../parts.tsx";
import { Refused } from "../refused.tsx";

interface Session {
  token: string;
  createdAt: string;
  userAgent: string | null;
  ipAddress: string | null;
}

/** Whose page is made for a phone. */
export const PHONE_PAGES: Record<string, string> = { carer: "/carer.html", family: "/family.html" };

/** One's own sessions and password; with the first password, that alone. */
export default function Account({ first = false }: { first?: boolean }) {
  const { t } = useWords();
  const { message } = App.useApp();
  const queries = useQueryClient();
  const [problem, setProblem] = useState<string | null>(null);
  const sessions = useQuery({ queryKey: ["sessions"], queryFn: () => auth.get<Session[]>("/list-sessions") });
  const current = useQuery({ queryKey: ["session"], queryFn: () => auth.get<{ session: Session }>("/get-session") });
  const end = (path: string, body: object) =>
    auth.post(path, body).then(() => queries.invalidateQueries({ queryKey: ["sessions"] }));
  const change = (values: { currentPassword: string; newPassword: string }) =>
    auth.post("/change-password", { ...values, revokeOtherSessions: true }).then(
      async () => {
        setProblem(null);
        message.success(t("password_changed"));
        if (!first) return;
        const { role } = await get<Me>("/me");
        if (PHONE_PAGES[role]) location.assign(PHONE_PAGES[role]);
        else await queries.resetQueries();
      },
      (error: unknown) =>
        setProblem(
          t(error instanceof Problem && error.code.startsWith("PASSWORD_TOO") ? "weak_password" : "wrong_sign_in"),
        ),
    );
  return (
    <>
      {!first && (
        <Page
          title={t("sessions")}
          actions={<Button onClick={() => void end("/revoke-other-sessions", {})}>{t("end_others")}</Button>}
        >
          {sessions.error && <Refused error={sessions.error} />}
          <Listing
            name="sessions"
            rowKey="token"
            rows={sessions.data ?? []}
            columns={[
              { title: t("since"), value: ({ createdAt }) => createdAt.slice(0, 16).replace("T", " ") },
              { title: t("session_where"), value: ({ userAgent }) => userAgent ?? "" },
              { title: t("session_address"), value: ({ ipAddress }) => ipAddress ?? "", choices: true },
            ]}
            actions={({ token }) =>
              token === current.data?.session.token ? (
                <Tag color="green">{t("this_device")}</Tag>
              ) : (
                <Button size="small" onClick={() => void end("/revoke-session", { token })}>
                  {t("end_session")}
                </Button>
              )
            }
          />
        </Page>
      )}
      <Page title={t("change_password")} {...(first && { text: t("change_first") })}>
        <div className="card">
          {problem && <Alert type="error" showIcon title={problem} />}
          <Form layout="vertical" onFinish={change} requiredMark={false}>
            <Form.Item
              name="currentPassword"
              label={t("password")}
              rules={[{ required: true, message: t("password") }]}
            >
              <Input.Password autoComplete="current-password" />
            </Form.Item>
            <Form.Item
              name="newPassword"
              label={t("new_password")}
              rules={[{ required: true, message: t("new_password") }]}
            >
              <Input.Password autoComplete="new-password" />
            </Form.Item>
            <Button type="primary" htmlType="submit">
              {t("submit")}
            </Button>
          </Form>
        </div>
      </Page>
    </>
  );
}
