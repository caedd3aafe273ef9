import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import compression from "compression";
import express, { type RequestHandler, type Response, Router } from "express";
import helmet from "helmet";

/** What `npm run build:web` makes of web/; `npm start` runs it where it is missing or old. */
const FOLDER = fileURLToPath(new URL("../../dist/", import.meta.url));
const YEAR_MS = 365 * 86_400_000;
const VERIFIER = "/verify.html";
/** Documents beside the workplace. */
const DOCUMENTS = ["verify.html", "carer.html", "family.html"] as const;
const NONCE_BYTES = 16;
const PLACEHOLDER = "__NONCE__";

const nonceOf = (response: unknown) => `'nonce-${(response as Response).locals["nonce"] as string}'`;

const policy = (connect: string[], nonce: typeof nonceOf | null = nonceOf) =>
  helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        // Hashes are computed by WebAssembly; nothing else is evaluated, and no script stands inline.
        scriptSrc: ["'self'", "'wasm-unsafe-eval'"],
        // Ant Design makes its styles while it runs; they carry the page's nonce.
        styleSrc: ["'self'", ...(nonce ? [(_request: unknown, response: unknown) => nonce(response)] : [])],
        imgSrc: ["'self'"],
        fontSrc: ["'self'"],
        connectSrc: connect,
        manifestSrc: ["'self'"],
        workerSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
      },
    },
    crossOriginEmbedderPolicy: false,
    referrerPolicy: { policy: "no-referrer" },
  });

/** Headers of every answer. The verifier alone, which knows no session, may speak to a chain node of the visitor's choice. */
export function securityHeaders(): RequestHandler {
  const [usual, verifier] = [policy(["'self'"]), policy(["http:", "https:"])];
  const api = policy(["'self'"], null);
  return (request, response, next) => {
    // Answers of the API hold no style of their own: a nonce each would be drawn for nothing.
    if (request.path.startsWith("/api/")) return api(request, response, next);
    response.locals["nonce"] = randomBytes(NONCE_BYTES).toString("base64");
    (request.path === VERIFIER ? verifier : usual)(request, response, next);
  };
}

/** The pages: files by their name, and for every other address that a browser opens the workplace, which reads it. */
export function webPages(): Router {
  const router = Router();
  // Pages alone: answers of the API hold secrets beside what a caller chose, and are small.
  router.use(compression());
  const documents = new Map<string, string>();
  const isBuilt = existsSync(`${FOLDER}index.html`);
  function send(response: Response, name: "index.html" | (typeof DOCUMENTS)[number]): void {
    const text = documents.get(name) ?? readFileSync(`${FOLDER}${name}`, "utf8");
    documents.set(name, text);
    // Never from a cache: the nonce in the text must be that of the header.
    response.setHeader("Cache-Control", "no-store");
    response.type("html").send(text.replace(PLACEHOLDER, response.locals["nonce"] as string));
  }
  // Names of assets hold the hash of what is in them.
  router.use("/assets", express.static(`${FOLDER}assets`, { immutable: true, maxAge: YEAR_MS, fallthrough: false }));
  for (const name of DOCUMENTS)
    router.get(`/${name}`, (_request, response, next) => (isBuilt ? send(response, name) : next()));
  // The address that the start prints, for whoever asks: also a program that takes anything.
  router.get("/", (_request, response, next) => (isBuilt ? send(response, "index.html") : next()));
  router.use(express.static(FOLDER, { index: false, maxAge: 0, extensions: false }));
  router.get("/{*any}", (request, response, next) => {
    const isPage = request.accepts(["json", "html"]) === "html" && !request.path.startsWith("/api/");
    if (isPage && isBuilt) send(response, "index.html");
    else next();
  });
  return router;
}
