import { App, Button, ConfigProvider } from "antd";
import { type ReactNode, StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { LanguageProvider, useWords } from "./language.tsx";
import { LOCALES } from "./locales.ts";
import { CSP, THEME } from "./theme.ts";
import "./style.css";

function Frame({ children }: { children: ReactNode }) {
  const { language } = useWords();
  return (
    <ConfigProvider locale={LOCALES[language]} theme={THEME} csp={CSP} button={{ autoInsertSpace: false }}>
      <App>{children}</App>
    </ConfigProvider>
  );
}

/** Puts a document's pages on the screen: language, theme, and what Ant Design needs around it. */
export function mount(pages: ReactNode): void {
  createRoot(document.getElementById("root")!).render(
    <StrictMode>
      <LanguageProvider>
        <Frame>{pages}</Frame>
      </LanguageProvider>
    </StrictMode>,
  );
}

/** The head of every page: the name, where one can go, and the other language. */
export function Head({ brand, places, children }: { brand: ReactNode; places: ReactNode; children?: ReactNode }) {
  const { t, language, setLanguage } = useWords();
  const [other, lang] = language === "zh" ? (["en", "en"] as const) : (["zh", "zh-CN"] as const);
  return (
    <header className="top">
      {brand}
      <nav aria-label={t("app")}>{places}</nav>
      <Button type="text" lang={lang} onClick={() => setLanguage(other)}>
        {t("other_language")}
      </Button>
      {children}
    </header>
  );
}
