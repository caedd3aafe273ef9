import { type FormEvent, useState } from "react";
import { auth, Problem } from "../api.ts";
import { useWords } from "../language.tsx";
import { Trouble } from "../plain.tsx";

/** User name and password, in large type. */
export function PlainSignIn({ onDone }: { onDone: () => void }) {
  const { t, of } = useWords();
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  async function signIn(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const values = new FormData(event.currentTarget);
    setBusy(true);
    setProblem(null);
    try {
      const username = String(values.get("username")).trim().toLowerCase();
      await auth.post("/sign-in/username", { username, password: values.get("password") });
      onDone();
    } catch (error) {
      const code = error instanceof Problem ? error.code : "";
      if (code === "LOCKED" || code === "DISABLED") setProblem(t(code === "LOCKED" ? "locked" : "disabled"));
      else setProblem(code === "offline" ? of((error as Problem).text) : t("wrong_sign_in"));
    } finally {
      setBusy(false);
    }
  }
  return (
    <form className="box" onSubmit={(event) => void signIn(event)}>
      <h2>{t("sign_in")}</h2>
      {problem && <Trouble>{problem}</Trouble>}
      <label>
        {t("username")}
        <input name="username" autoComplete="username" autoCapitalize="none" required />
      </label>
      <label>
        {t("password")}
        <input name="password" type="password" autoComplete="current-password" required />
      </label>
      <button type="submit" className="main" disabled={busy}>
        {t("sign_in")}
      </button>
    </form>
  );
}
