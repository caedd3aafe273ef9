import { type FormEvent, useState } from "react";
import type { Hex } from "../../core/bytes.ts";
import { decryptKey } from "../../core/keystore.ts";
import { Problem } from "../api.ts";
import { askForKey, makeKey, type StoredKey } from "../keys.ts";
import { useWords } from "../language.tsx";
import { Trouble } from "../plain.tsx";

const LEAST = 12;

/** Makes this phone's key and asks for it to be registered; or opens the one that it has. */
export function KeyBox({
  stored,
  who,
  ledgerId,
  onOpen,
}: {
  stored: StoredKey | null;
  who: string;
  ledgerId: Hex;
  onOpen: (key: Uint8Array) => void;
}) {
  const { t, of } = useWords();
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);

  async function open(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const values = new FormData(event.currentTarget);
    const passphrase = String(values.get("passphrase"));
    setProblem(null);
    if (passphrase.length < LEAST) return setProblem(t("passphrase_short"));
    if (!stored && passphrase !== values.get("again")) return setProblem(t("passphrase_differs"));
    setBusy(true);
    try {
      const made = stored ?? (await makeKey(passphrase, who));
      const key = await decryptKey(made.keystore, passphrase);
      if (!key) return setProblem(t("key_wrong_passphrase"));
      // Asked for again where an earlier try was lost on the way; what is known already is no problem.
      await askForKey(key, ledgerId, who).catch((error: unknown) => {
        if (!(error instanceof Problem) || !["already_done", "offline", "unauthenticated"].includes(error.code))
          throw error;
      });
      onOpen(key);
    } catch (error) {
      setProblem(error instanceof Problem ? of(error.text) : String(error));
    } finally {
      setBusy(false);
    }
  }
  return (
    <form className="box" onSubmit={(event) => void open(event)}>
      <p>{t(stored ? "door_unlock" : "door_key_none")}</p>
      {problem && <Trouble>{problem}</Trouble>}
      <label>
        {t("passphrase")}
        <input name="passphrase" type="password" autoComplete="off" required />
      </label>
      {!stored && (
        <label>
          {t("passphrase_again")}
          <input name="again" type="password" autoComplete="off" required />
        </label>
      )}
      {!stored && <p className="small">{t("passphrase_text")}</p>}
      <button type="submit" className="main" disabled={busy}>
        {t(stored ? "continue" : "key_make")}
      </button>
    </form>
  );
}
