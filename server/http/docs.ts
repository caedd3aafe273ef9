import { accessOf } from "../identity/access.ts";
import type { Route } from "./route.ts";

const escapeHtml = (text: string) => text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);

export const DOCS_STYLE = `body{font:16px/1.7 system-ui,"PingFang SC","Noto Sans CJK SC","Microsoft YaHei",sans-serif;margin:0;color:#1d2733;background:#f6f7f9}
main{max-width:960px;margin:0 auto;padding:24px 16px 64px}h1{font-size:26px;margin:8px 0}article{background:#fff;border:1px solid #e3e7ec;border-radius:10px;padding:14px 18px;margin:12px 0;overflow-wrap:anywhere}
.m{display:inline-block;min-width:52px;text-align:center;border-radius:6px;color:#fff;font-weight:600;font-size:13px;padding:2px 8px;margin-right:10px}.get{background:#0b6bcb}.post{background:#1f7a4d}
code{font:14px/1.5 ui-monospace,monospace}p{margin:6px 0}.en{color:#566273}.a{font-size:13px;color:#7a4b00;background:#fff4e0;border-radius:6px;padding:1px 8px}a{color:#0b57a4}`;

function whoOf(route: Route): string {
  const access = accessOf(route);
  if (access === "public") return "公开 public";
  return access === "anybody" ? "已登录者 whoever is signed in" : access.join(" · ");
}

/** A readable page of the API; the machine-readable one stands beside it. */
export function docsPage(routes: Route[]): string {
  const articles = routes.map(
    (
      route,
    ) => `<article><p><span class="m ${route.method}">${route.method.toUpperCase()}</span><code>/api/v1${escapeHtml(route.path)}</code></p>
<p>${escapeHtml(route.zh)} <span class="a">${escapeHtml(whoOf(route))}</span></p><p class="en" lang="en">${escapeHtml(route.en)}</p></article>`,
  );
  return `<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>银龄账本 接口说明</title><link rel="stylesheet" href="/api/docs.css"></head><body><main><h1>银龄账本 SilverLedger · 接口 API v1</h1>
<p>机器可读: <a href="/api/v1/openapi.json">openapi.json</a>。拒绝一律为 RFC 9457 problem+json,代码见 docs/problems.md。<span class="en" lang="en">Send the API key as <code>Authorization: Bearer slk_…</code>.</span></p>
${articles.join("\n")}</main></body></html>`;
}
