import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { App, ConfigProvider } from "antd";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { LanguageProvider, useWords } from "./language.tsx";
import { LOCALES } from "./locales.ts";
import { Shell } from "./shell.tsx";
import { CSP, THEME } from "./theme.ts";
import "./style.css";

const queries = new QueryClient({ defaultOptions: { queries: { retry: 1, staleTime: 10_000 } } });

function Root() {
  const { language } = useWords();
  return (
    <ConfigProvider locale={LOCALES[language]} theme={THEME} csp={CSP} button={{ autoInsertSpace: false }}>
      <App>
        <Shell />
      </App>
    </ConfigProvider>
  );
}

createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <LanguageProvider>
        <Root />
      </LanguageProvider>
    </QueryClientProvider>
  </StrictMode>,
);
