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
  return {
    home: e.SILVERLEDGER_HOME,
    host: e.SILVERLEDGER_HOST,
    port: e.SILVERLEDGER_PORT,
    logLevel: e.SILVERLEDGER_LOG,
    rateLimit: e.SILVERLEDGER_RATE_LIMIT,
    publicUrl: e.SILVERLEDGER_URL,
    chainRpcUrl: e.CHAIN_RPC_URL,
    chainKeyFile: e.CHAIN_KEY_FILE,
  };
}
