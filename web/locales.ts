import type { ConfigProviderProps } from "antd";
import * as english from "antd/es/locale/en_US.js";
import * as chinese from "antd/es/locale/zh_CN.js";
import type { Language } from "./language.tsx";

type Locale = NonNullable<ConfigProviderProps["locale"]>;
// The package's types describe its CommonJS files; the bundle takes the ES modules.
const of = (module: unknown): Locale => (module as { default: Locale }).default;

/** Ant Design's own words: dates, paging, empty tables. */
export const LOCALES: Record<Language, Locale> = { zh: of(chinese), en: of(english) };
