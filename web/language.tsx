import { createContext, type ReactNode, useContext, useEffect, useState } from "react";
import { WORDS, type WordKey } from "./words.ts";

export type Language = "zh" | "en";
/** The two languages of a text that the server gives. */
export interface Both {
  zh: string;
  en: string;
}

export interface Words {
  language: Language;
  setLanguage(language: Language): void;
  /** A text of this interface; `{name}` in it is filled in. */
  t(key: WordKey, values?: Record<string, string | number>): string;
  /** A text that came in both languages. */
  of(text: Both): string;
}

const Context = createContext<Words | null>(null);
const KEY = "silverledger.language";

export function LanguageProvider({ children }: { children: ReactNode }) {
  const [language, setLanguage] = useState<Language>(() => (localStorage.getItem(KEY) === "en" ? "en" : "zh"));
  useEffect(() => {
    localStorage.setItem(KEY, language);
    document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  }, [language]);
  const words: Words = {
    language,
    setLanguage,
    t: (key, values = {}) =>
      WORDS[key][language === "zh" ? 0 : 1].replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? "")),
    of: (text) => text[language],
  };
  return <Context.Provider value={words}>{children}</Context.Provider>;
}

export function useWords(): Words {
  const words = useContext(Context);
  if (!words) throw new Error("no LanguageProvider");
  return words;
}
