import { useQuery } from "@tanstack/react-query";
import { Alert, Button, Form, Input, Modal, Progress, Select } from "antd";
import { useState } from "react";
import type { Signer } from "../core/batch.ts";
import type { Hex } from "../core/bytes.ts";
import { decryptKey } from "../core/keystore.ts";
import { signDigest } from "../core/signature.ts";
import { post } from "./api.ts";
import { storedKeys } from "./keys.ts";
import { useWords } from "./language.tsx";
import { Refused, useLedger } from "./parts.tsx";

/** Shows what is signed in words and figures, signs it with a key of this browser, and submits it batch by batch. */
export function SignBatch({
  title,
  facts,
  submitter,
  path,
  make,
  onClose,
  onDone,
}: {
  title: string;
  facts: readonly string[];
  submitter: string;
  path: string;
  make: (signer: Signer) => { submission: object }[];
  onClose: () => void;
  onDone: (receipts: object[]) => void;
}) {
  const { t } = useWords();
  const ledger = useLedger();
  const keys = useQuery({ queryKey: ["keys"], queryFn: storedKeys, staleTime: 0 });
  const [problem, setProblem] = useState<unknown>(null);
  const [wrong, setWrong] = useState(false);
  const [progress, setProgress] = useState<number | null>(null);
  // Kept when something fails on the way: the same batches again give the same receipts.
  const [signed, setSigned] = useState<{ submission: object }[] | null>(null);
  const own = keys.data ?? [];

  async function sign({ address, passphrase }: { address?: string; passphrase: string }) {
    const stored = own.find((key) => key.address === (address ?? own.at(-1)?.address));
    if (!stored || !ledger) return;
    setProblem(null);
    setWrong(false);
    setProgress(0);
    try {
      let made = signed;
      if (!made) {
        const key = await decryptKey(stored.keystore, passphrase);
        if (!key) return setWrong(true);
        const now = Math.floor(Date.now() / 1000);
        const sign = (digest: Uint8Array) => signDigest(digest, key);
        made = make({ ledgerId: ledger.ledgerId as Hex, submitter, sign, now: () => now });
        key.fill(0);
        setSigned(made);
      }
      const receipts: object[] = [];
      for (const batch of made) {
        receipts.push({ ...(await post<object>(path, batch)), submission: batch.submission });
        setProgress(Math.round((receipts.length / made.length) * 100));
      }
      onDone(receipts);
    } catch (error) {
      setProblem(error);
    } finally {
      setProgress(null);
    }
  }
  return (
    <Modal open title={title} footer={null} onCancel={onClose} width={640} mask={{ closable: false }}>
      <div className="stack">
        <ul className="facts">
          {facts.map((fact) => (
            <li key={fact}>{fact}</li>
          ))}
        </ul>
        {wrong && <Alert type="error" showIcon title={t("key_wrong_passphrase")} />}
        {problem !== null && <Refused error={problem} />}
        {progress !== null && <Progress percent={progress} aria-label={t("import_submit")} />}
        {own.length === 0 && <Alert type="warning" showIcon title={t("sign_no_key")} />}
        {own.length > 0 && (
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
            <Button type="primary" htmlType="submit" loading={progress !== null}>
              {t("sign_and_send")}
            </Button>
          </Form>
        )}
      </div>
    </Modal>
  );
}
