import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Logger } from "pino";
import { createApp } from "./app.ts";
import type { Ledger } from "./ledger.ts";
import { startWorker } from "./worker.ts";

export interface Running {
  url: string;
  stop(): Promise<void>;
}

/** Starts HTTP and the rounds over an opened ledger. The caller closes the ledger after `stop`. */
export async function serve(
  ledger: Ledger,
  log: Logger,
  options: { host: string; port: number; rateLimit: number; worker?: boolean },
): Promise<Running> {
  const app = createApp(ledger, log, options.rateLimit);
  const server = await new Promise<Server>((resolve, reject) => {
    const listening = app.listen(options.port, options.host, (error) => (error ? reject(error) : resolve(listening)));
  });
  const worker = options.worker === false ? null : startWorker(ledger, log);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${options.host.includes(":") ? `[${options.host}]` : options.host}:${port}`,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await worker?.stop();
    },
  };
}
