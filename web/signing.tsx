import { useQuery } from "@tanstack/react-query";
import { Alert, Button, Form, Input, Modal, Select } from "antd";
import { useState } from "react";
import type { Hex } from "../core/bytes.ts";
import { decryptKey } from "../core/keystore.ts";
import { describeRequest, SIGNERS, type SigningRequest, signRequest } from "../core/request.ts";
import { addressOfKey, signDigest } from "../core/signature.ts";
import { post } from "./api.ts";
import { storedKeys } from "./keys.ts";
import { useWords } from "./language.tsx";
import { Refused, saveFile } from "./parts.tsx";
import { requestText, signersOf } from "./requests.ts";

/**
 * Shows a request in words and figures, computed in this page out of what is signed; signs it with a key of this browser
 * and sends it, or hands it on as a file where another person must sign too. The confirmation shows the same words again.
 */
export function Signing({ request, onClose }: { request: SigningRequest; onClose: (sent: boolean) => void }) {
  const { t } = useWords();
  const keys = useQuery({ queryKey: ["keys"], queryFn: storedKeys, staleTime: 0 });
  const [tx, setTx] = useState<string | null>(null);
  const [partly, setPartly] = useState<SigningRequest | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  const [wrong, setWrong] = useState(false);
  const [busy, setBusy] = useState(false);
  const own = keys.data ?? [];
  const done = tx !== null || partly !== null;
  const { signed: before } = signersOf(partly ?? request);

  async function sign({ address, passphrase }: { address?: string; passphrase: string }) {
    const stored = own.find((key) => key.address === (address ?? own.at(-1)?.address));
    if (!stored) return;
    setBusy(true);
    setProblem(null);
    setWrong(false);
    try {
      const key = await decryptKey(stored.keystore, passphrase);
      if (!key) return setWrong(true);
      const signed = signRequest(request, (digest) => signDigest(digest, key), addressOfKey(key));
      key.fill(0);
      if (signersOf(signed).left > 0) return setPartly(signed);
      const sent = await post<{ tx: Hex }>("/relays", JSON.parse(requestText(signed)) as object);
      setTx(sent.tx);
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
    }
  }
  const { action, fund } = request.message;
  return (
    <Modal
      open
      title={t(done ? "signed_title" : "sign_title")}
      footer={null}
      onCancel={() => onClose(tx !== null)}
      width={640}
    >
      <div className="stack">
        {tx && <Alert type="success" showIcon title={t("signed_text")} description={<code>{tx}</code>} />}
        {partly && (
          <Alert
            type="warning"
            showIcon
            title={t("sign_more", { roles: SIGNERS[action].join(", ") })}
            action={
              <Button onClick={() => saveFile(`${fund}-${action}.request.json`, requestText(partly))}>
                {t("sign_download")}
              </Button>
            }
          />
        )}
        <ul className="facts">
          {describeRequest(request).map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
        {before.length > 0 && <div>{t("signed_by", { signers: before.join(", ") })}</div>}
        {wrong && <Alert type="error" showIcon title={t("key_wrong_passphrase")} />}
        {problem !== null && <Refused error={problem} />}
        {!done && own.length === 0 && <Alert type="warning" showIcon title={t("sign_no_key")} />}
        {!done && own.length > 0 && (
          <Form
            layout="vertical"
            onFinish={(values: { address?: string; passphrase: string }) => void sign(values)}
            requiredMark={false}
          >
            {own.length > 1 && (
              <Form.Item name="address" label={t("key_address")} initialValue={own.at(-1)!.address}>
                <Select options={own.map(({ address }) => ({ value: address, label: address }))} />
              </Form.Item>
            )}
            <Form.Item name="passphrase" label={t("passphrase")} rules={[{ required: true, message: t("passphrase") }]}>
              <Input.Password autoComplete="off" />
            </Form.Item>
            <Button type="primary" htmlType="submit" loading={busy}>
              {t("sign_and_send")}
            </Button>
          </Form>
        )}
        {done && <Button onClick={() => onClose(tx !== null)}>{t("close")}</Button>}
      </div>
    </Modal>
  );
}
