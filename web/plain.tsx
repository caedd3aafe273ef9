import { type ReactNode, StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { LanguageProvider, useWords } from "./language.tsx";
import "./plain.css";

/** Puts a page for a phone on the screen: large type, native controls, no component library to load over a weak network. */
export function mountPlain(page: ReactNode): void {
  createRoot(document.getElementById("root")!).render(
    <StrictMode>
      <LanguageProvider>{page}</LanguageProvider>
    </StrictMode>,
  );
}

export function PlainHead({ title, children }: { title: string; children?: ReactNode }) {
  const { t, language, setLanguage } = useWords();
  const [other, lang] = language === "zh" ? (["en", "en"] as const) : (["zh", "zh-CN"] as const);
  return (
    <header className="bar">
      <strong>{title}</strong>
      {children}
      <button type="button" className="quiet" lang={lang} onClick={() => setLanguage(other)}>
        {t("other_language")}
      </button>
    </header>
  );
}

/** What was refused, said so that it is read aloud at once. */
export function Trouble({ children }: { children: ReactNode }) {
  return (
    <p className="trouble" role="alert">
      {children}
    </p>
  );
}
