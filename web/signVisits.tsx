import { useQuery } from "@tanstack/react-query";
import { Alert, Button, Form, Input, Modal, Progress, Select } from "antd";
import { useState } from "react";
import { batches, signVisits } from "../core/batch.ts";
import type { Hex } from "../core/bytes.ts";
import { dateOfDay, dayOf } from "../core/day.ts";
import { decryptKey } from "../core/keystore.ts";
import { signDigest } from "../core/signature.ts";
import type { VisitInput } from "../server/records/schema.ts";
import { type Me, post } from "./api.ts";
import { yuan } from "./format.ts";
import { storedKeys } from "./keys.ts";
import { useWords } from "./language.tsx";
import { Refused, useLedger } from "./parts.tsx";

const BATCH = 500;

/** Shows what is signed in words and figures, signs it with a key of this browser, and submits it batch by batch. */
export function SignVisits({
  me,
  visits,
  onClose,
  onDone,
}: {
  me: Me;
  visits: VisitInput[];
  onClose: () => void;
  onDone: (receipts: object[]) => void;
}) {
  const { t } = useWords();
  const ledger = useLedger();
  const keys = useQuery({ queryKey: ["keys"], queryFn: storedKeys, staleTime: 0 });
  const [problem, setProblem] = useState<unknown>(null);
  const [wrong, setWrong] = useState(false);
  const [progress, setProgress] = useState<number | null>(null);
  // What was accepted before something failed: the same batches again give the same receipts.
  const [signed, setSigned] = useState<object[] | null>(null);
  const own = keys.data ?? [];
  const offset = ledger?.regions.find(({ region }) => region === visits[0]?.region)?.offsetMinutes ?? 0;
  const days = visits.map(({ startedAt }) => dayOf(startedAt, offset)).sort((a, b) => a - b);
  const total = visits.reduce((sum, { details }) => sum + (details.values.circumstances?.priceFen ?? 0), 0);
  const parts = batches(visits, BATCH);

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
        const signer = {
          ledgerId: ledger.ledgerId as Hex,
          submitter: me.scope,
          sign: (digest: Uint8Array) => signDigest(digest, key),
          now: () => now,
        };
        made = parts.map((part) => signVisits(signer, part));
        key.fill(0);
        setSigned(made);
      }
      const receipts: object[] = [];
      const [only] = visits;
      const path = visits.length === 1 && only!.replaces ? `/visits/${only!.replaces}/correction` : "/visits";
      for (const batch of made) {
        receipts.push({
          ...(await post<object>(path, batch)),
          submission: (batch as { submission: object }).submission,
        });
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
    <Modal open title={t("import_sign")} footer={null} onCancel={onClose} width={640} mask={{ closable: false }}>
      <div className="stack">
        <ul className="facts">
          <li>{t("import_provider", { provider: me.scope })}</li>
          <li>{t("import_count", { count: visits.length, batches: parts.length })}</li>
          <li>{t("import_period", { from: dateOfDay(days[0] ?? 0), to: dateOfDay(days.at(-1) ?? 0) })}</li>
          <li>{t("import_total", { amount: yuan(total) })}</li>
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
