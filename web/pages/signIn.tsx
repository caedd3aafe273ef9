import { useQueryClient } from "@tanstack/react-query";
import { Alert, Button, Form, Input } from "antd";
import { useState } from "react";
import { useLocation } from "wouter";
import { auth, get, type Me, Problem } from "../api.ts";
import { useWords } from "../language.tsx";
import { Page, useLedger } from "../parts.tsx";
import type { WordKey } from "../words.ts";
import { PHONE_PAGES } from "./account.tsx";

const REASONS: Record<string, WordKey> = { LOCKED: "locked", DISABLED: "disabled" };

/** User name and password, then the one-time code of whoever has one. */
export default function SignIn() {
  const { t } = useWords();
  const queries = useQueryClient();
  const [path, go] = useLocation();
  const [asksCode, setAsksCode] = useState(false);
  const [backup, setBackup] = useState(false);
  const ledger = useLedger();
  const cameBack = new URLSearchParams(location.search).has("refused");
  const [problem, setProblem] = useState<string | null>(cameBack ? t("sign_on_refused") : null);
  const [busy, setBusy] = useState(false);

  async function attempt(work: () => Promise<boolean>, otherwise: WordKey) {
    setBusy(true);
    setProblem(null);
    try {
      if (await work()) {
        await queries.resetQueries();
        const { role, first_password } = await get<Me>("/me");
        const own = first_password ? undefined : PHONE_PAGES[role];
        if (own) return location.assign(own);
        if (path === "/sign-in") go("/");
      }
    } catch (error) {
      const code = error instanceof Problem ? error.code : "";
      setProblem(code === "offline" ? (error as Problem).text.zh : t(REASONS[code] ?? otherwise));
    } finally {
      setBusy(false);
    }
  }
  const signIn = (values: { username: string; password: string }) =>
    attempt(async () => {
      const username = values.username.trim().toLowerCase();
      const answer = await auth.post<{ twoFactorRedirect?: boolean }>("/sign-in/username", { ...values, username });
      setAsksCode(answer.twoFactorRedirect === true);
      return answer.twoFactorRedirect !== true;
    }, "wrong_sign_in");
  async function signOn() {
    const asked = { provider: "sso", callbackURL: "/", errorCallbackURL: "/sign-in?refused=1" };
    const { url } = await auth.post<{ url: string }>("/sign-in/social", asked);
    location.assign(url);
  }
  const sendCode = ({ code }: { code: string }) =>
    attempt(async () => {
      await auth.post(backup ? "/two-factor/verify-backup-code" : "/two-factor/verify-totp", { code: code.trim() });
      return true;
    }, "wrong_code");

  return (
    <div className="narrow">
      <Page title={t("sign_in")} {...(asksCode && { text: t("enter_code") })}>
        <div className="card stack">
          {problem && <Alert type="error" showIcon title={problem} />}
          {asksCode ? (
            <Form key="code" layout="vertical" size="large" onFinish={sendCode} requiredMark={false}>
              <Form.Item
                name="code"
                label={t(backup ? "backup_code" : "one_time_code")}
                rules={[
                  {
                    required: true,
                    pattern: backup ? /^\s*\S{6,20}\s*$/ : /^\s*\d{6}\s*$/,
                    message: t(backup ? "backup_code" : "one_time_code"),
                  },
                ]}
              >
                <Input
                  inputMode={backup ? "text" : "numeric"}
                  autoComplete="one-time-code"
                  maxLength={backup ? 20 : 8}
                  autoFocus
                />
              </Form.Item>
              <Button type="primary" htmlType="submit" block loading={busy}>
                {t("continue")}
              </Button>
              {!backup && (
                <Button type="link" block onClick={() => setBackup(true)}>
                  {t("use_backup")}
                </Button>
              )}
            </Form>
          ) : (
            <Form key="password" layout="vertical" size="large" onFinish={signIn} requiredMark={false}>
              <Form.Item name="username" label={t("username")} rules={[{ required: true, message: t("username") }]}>
                <Input autoComplete="username" autoCapitalize="none" autoFocus />
              </Form.Item>
              <Form.Item name="password" label={t("password")} rules={[{ required: true, message: t("password") }]}>
                <Input.Password autoComplete="current-password" />
              </Form.Item>
              <Button type="primary" htmlType="submit" block loading={busy}>
                {t("sign_in")}
              </Button>
              {ledger?.singleSignOn && (
                <Button block className="spaced" onClick={() => void signOn()}>
                  {t("sign_on")}
                </Button>
              )}
            </Form>
          )}
        </div>
      </Page>
    </div>
  );
}
