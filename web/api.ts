import type { Both } from "./language.tsx";

/** What the server refuses with (RFC 9457), in both languages. */
export class Problem extends Error {
  readonly code: string;
  readonly text: Both;
  readonly issues: { pointer: string; zh: string; en: string }[];
  constructor(code: string, text: Both, issues: { pointer: string; zh: string; en: string }[] = []) {
    super(text.en);
    this.code = code;
    this.text = text;
    this.issues = issues;
  }
}

const OFFLINE = new Problem("offline", {
  zh: "连接不上服务器,请检查网络后重试。",
  en: "The server cannot be reached. Check the network and try again.",
});

async function request<T>(path: string, init: RequestInit = {}): Promise<T> {
  const answer = await fetch(path, { credentials: "same-origin", ...init }).catch(() => {
    throw OFFLINE;
  });
  const text = await answer.text();
  let body: unknown = null;
  try {
    body = text === "" ? null : JSON.parse(text);
  } catch {
    if (answer.ok) return text as T;
  }
  if (answer.ok) return body as T;
  const { code = String(answer.status), title, title_zh, issues, message } = (body ?? {}) as Record<string, never>;
  const en: string = title ?? message ?? answer.statusText;
  throw new Problem(code, { zh: title_zh ?? en, en }, issues);
}

export const get = <T>(path: string): Promise<T> => request<T>(`/api/v1${path}`);
export const post = <T>(path: string, body: unknown): Promise<T> =>
  request<T>(`/api/v1${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });

/** better-auth's own routes: signing in, second factor, sessions. */
export const auth = {
  get: <T>(path: string): Promise<T> => request<T>(`/api/auth${path}`),
  post: <T>(path: string, body: unknown = {}): Promise<T> =>
    request<T>(`/api/auth${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    }),
};

export interface Me {
  username: string;
  name: string;
  role: string;
  scope: string;
  region: number | null;
  second_factor: "on" | "off" | "needed";
  first_password: boolean;
}

export interface LedgerFacts {
  ledgerId: string;
  simulated: boolean;
  singleSignOn: boolean;
  chainId: number;
  contracts: Record<string, string>;
  regions: {
    region: number;
    name: string;
    offsetMinutes: number;
    firstDay: number;
    openDay: number;
    operator: string;
  }[];
}
