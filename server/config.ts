import { z } from "zod";

const port = z.coerce.number().int().min(0).max(65_535);

/** Everything that the environment may say; unknown values are refused at start, by name. */
const Environment = z.object({
  SILVERLEDGER_HOME: z.string().min(1).default(".silverledger"),
  SILVERLEDGER_HOST: z.string().min(1).default("127.0.0.1"),
  SILVERLEDGER_PORT: port.default(8080),
  SILVERLEDGER_LOG: z.enum(["silent", "error", "warn", "info", "debug"]).default("info"),
  /** Requests a minute from one address. */
  SILVERLEDGER_RATE_LIMIT: z.coerce.number().int().min(1).default(600),
  /** https://… where browsers find the server, when a proxy ends TLS before it: cookies are then for TLS alone. */
  SILVERLEDGER_URL: z.url().optional(),
  /** A government's single sign-on (OpenID Connect): issuer, client, and a file with the client's secret. */
  SILVERLEDGER_OIDC_ISSUER: z.url().optional(),
  SILVERLEDGER_OIDC_CLIENT: z.string().min(1).optional(),
  SILVERLEDGER_OIDC_SECRET_FILE: z.string().min(1).optional(),
  /** `provider` where the single sign-on asks for a second factor itself. */
  SILVERLEDGER_OIDC_SECOND_FACTOR: z.enum(["provider", "none"]).default("none"),
  /** An external node replaces the embedded chain. */
  CHAIN_RPC_URL: z.url().optional(),
  /** File with the operator's private key (hex) when the chain is external; the home's own otherwise. */
  CHAIN_KEY_FILE: z.string().min(1).optional(),
});

export interface Config {
  home: string;
  host: string;
  port: number;
  logLevel: "silent" | "error" | "warn" | "info" | "debug";
  rateLimit: number;
  publicUrl: string | undefined;
  oidc: { issuer: string; clientId: string; secretFile: string; asksSecondFactor: boolean } | null;
  chainRpcUrl: string | undefined;
  chainKeyFile: string | undefined;
}

/** Throws with one line for each wrong variable. */
export function readConfig(environment: Record<string, string | undefined>): Config {
  const parsed = Environment.safeParse(environment);
  if (!parsed.success) {
    throw new Error(parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("\n"));
  }
  const e = parsed.data;
  const [issuer, clientId, secretFile] = [
    e.SILVERLEDGER_OIDC_ISSUER,
    e.SILVERLEDGER_OIDC_CLIENT,
    e.SILVERLEDGER_OIDC_SECRET_FILE,
  ];
  const named = [issuer, clientId, secretFile].filter((value) => value !== undefined).length;
  if (named !== 0 && named !== 3)
    throw new Error("SILVERLEDGER_OIDC_ISSUER, _CLIENT and _SECRET_FILE: all three or none of them");
  return {
    home: e.SILVERLEDGER_HOME,
    host: e.SILVERLEDGER_HOST,
    port: e.SILVERLEDGER_PORT,
    logLevel: e.SILVERLEDGER_LOG,
    rateLimit: e.SILVERLEDGER_RATE_LIMIT,
    publicUrl: e.SILVERLEDGER_URL,
    oidc:
      named === 3
        ? {
            issuer: issuer!,
            clientId: clientId!,
            secretFile: secretFile!,
            asksSecondFactor: e.SILVERLEDGER_OIDC_SECOND_FACTOR === "provider",
          }
        : null,
    chainRpcUrl: e.CHAIN_RPC_URL,
    chainKeyFile: e.CHAIN_KEY_FILE,
  };
}
