import { Modal, Progress } from "antd";
import { useState } from "react";
import type { Signer } from "../core/batch.ts";
import type { Hex } from "../core/bytes.ts";
import { signDigest } from "../core/signature.ts";
import { post } from "./api.ts";
import { useWords } from "./language.tsx";
import { useOwnKeys } from "./ownKeys.ts";
import { useLedger } from "./parts.tsx";
import { type Asked, openKey, PassphraseForm } from "./passphrase.tsx";
import { Refused } from "./refused.tsx";

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
  const keys = useOwnKeys();
  const [problem, setProblem] = useState<unknown>(null);
  const [wrong, setWrong] = useState(false);
  const [progress, setProgress] = useState<number | null>(null);
  // Kept when something fails on the way: the same batches again give the same receipts.
  const [signed, setSigned] = useState<{ submission: object }[] | null>(null);
  const own = keys;

  async function sign(asked: Asked) {
    if (!ledger) return;
    setProblem(null);
    setWrong(false);
    setProgress(0);
    try {
      let made = signed;
      if (!made) {
        const key = await openKey(own, asked);
        if (!key) return setWrong(true);
        const now = Math.floor(Date.now() / 1000);
        const sign = (digest: Uint8Array) => signDigest(digest, key);
        made = make({ ledgerId: ledger.ledgerId as Hex, submitter, sign, now: () => now });
        key.fill(0);
        setSigned(made);
      }
      const receipts: object[] = [];
      for (const batch of made) {
        // With what was sent: an operator who loses it is returned both.
        receipts.push({ ...(await post<object>(path, batch)), sent: batch });
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
        {problem !== null && <Refused error={problem} />}
        {progress !== null && <Progress percent={progress} aria-label={t("import_submit")} />}
        <PassphraseForm own={own} wrong={wrong} busy={progress !== null} onSign={(asked) => void sign(asked)} />
      </div>
    </Modal>
  );
}
