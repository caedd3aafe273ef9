import { useQueryClient } from "@tanstack/react-query";
import { Alert, Button, Form, Input, QRCode } from "antd";
import { useState } from "react";
import { auth } from "../api.ts";
import { useWords } from "../language.tsx";
import { Page } from "../parts.tsx";

/** Sets up one-time codes: the password again, the code scanned, the first code entered. */
export default function SecondFactor() {
  const { t } = useWords();
  const queries = useQueryClient();
  const [secret, setSecret] = useState<{ totpURI: string; backupCodes: string[] } | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const begin = ({ password }: { password: string }) =>
    auth.post<{ totpURI: string; backupCodes: string[] }>("/two-factor/enable", { password }).then(
      (answer) => {
        setProblem(null);
        setSecret(answer);
      },
      () => setProblem(t("wrong_sign_in")),
    );
  const finish = ({ code }: { code: string }) =>
    auth.post("/two-factor/verify-totp", { code: code.trim() }).then(
      () => queries.resetQueries(),
      () => setProblem(t("wrong_code")),
    );
  return (
    <div className="narrow">
      <Page title={t("set_up_title")} text={t("set_up_why")}>
        <div className="card stack">
          {problem && <Alert type="error" showIcon title={problem} />}
          {secret ? (
            <>
              <div>{t("set_up_step2")}</div>
              <QRCode value={secret.totpURI} type="svg" />
              <code>{new URL(secret.totpURI).searchParams.get("secret")}</code>
              <div>{t("set_up_backup")}</div>
              <code>{secret.backupCodes.join("  ")}</code>
              <Form key="code" layout="vertical" size="large" onFinish={finish} requiredMark={false}>
                <Form.Item
                  name="code"
                  label={t("one_time_code")}
                  rules={[{ required: true, message: t("one_time_code") }]}
                >
                  <Input inputMode="numeric" autoComplete="one-time-code" maxLength={8} />
                </Form.Item>
                <Button type="primary" htmlType="submit" block>
                  {t("set_up_done")}
                </Button>
              </Form>
            </>
          ) : (
            <Form key="password" layout="vertical" size="large" onFinish={begin} requiredMark={false}>
              <div>{t("set_up_step1")}</div>
              <Form.Item name="password" label={t("password")} rules={[{ required: true, message: t("password") }]}>
                <Input.Password autoComplete="current-password" />
              </Form.Item>
              <Button type="primary" htmlType="submit" block>
                {t("continue")}
              </Button>
            </Form>
          )}
        </div>
      </Page>
    </div>
  );
}
