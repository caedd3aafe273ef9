import { Alert, Button, Modal } from "antd";
import { useState } from "react";
import type { Hex } from "../core/bytes.ts";
import { describeRequest, SIGNERS, type SigningRequest, signRequest } from "../core/request.ts";
import { addressOfKey, signDigest } from "../core/signature.ts";
import { post } from "./api.ts";
import { saveFile } from "./files.ts";
import { useWords } from "./language.tsx";
import { useOwnKeys } from "./ownKeys.ts";
import { type Asked, openKey, PassphraseForm } from "./passphrase.tsx";
import { Refused } from "./refused.tsx";
import { requestText, signersOf } from "./requests.ts";

/**
 * Shows a request in words and figures, computed in this page out of what is signed; signs it with a key of this browser
 * and sends it, or hands it on as a file where another person must sign too. The confirmation shows the same words again.
 */
export function Signing({ request, onClose }: { request: SigningRequest; onClose: (sent: boolean) => void }) {
  const { t } = useWords();
  const keys = useOwnKeys();
  const [tx, setTx] = useState<string | null>(null);
  const [partly, setPartly] = useState<SigningRequest | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  const [wrong, setWrong] = useState(false);
  const [busy, setBusy] = useState(false);
  const own = keys;
  const done = tx !== null || partly !== null;
  const { signed: before } = signersOf(partly ?? request);

  async function sign(asked: Asked) {
    setBusy(true);
    setProblem(null);
    setWrong(false);
    try {
      const key = await openKey(own, asked);
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
        {problem !== null && <Refused error={problem} />}
        {!done && <PassphraseForm own={own} wrong={wrong} busy={busy} onSign={(asked) => void sign(asked)} />}
        {done && <Button onClick={() => onClose(tx !== null)}>{t("close")}</Button>}
      </div>
    </Modal>
  );
}
