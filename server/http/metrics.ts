import type { RequestHandler } from "express";
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { Ledger } from "../ledger.ts";

/** Prometheus metrics: counts and times only, nothing about a person. */
export function openMetrics(ledger: Ledger) {
  const registry = new Registry();
  const requests = new Counter({
    name: "silverledger_http_requests_total",
    help: "Requests by status",
    labelNames: ["method", "status"],
    registers: [registry],
  });
  const seconds = new Histogram({
    name: "silverledger_http_seconds",
    help: "Time to answer",
    buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2],
    registers: [registry],
  });
  new Gauge({
    name: "silverledger_unanchored_days",
    help: "Sealed days that wait for the chain",
    labelNames: ["region"],
    registers: [registry],
    collect() {
      for (const { region } of ledger.entries.store.regions()) {
        const [sealed, anchored] = [ledger.seals.store.last(region)?.day, ledger.anchors.store.lastDay(region)];
        const first = ledger.entries.store.regionRow(region).firstDay;
        this.set({ region: String(region) }, sealed === undefined ? 0 : sealed - (anchored ?? first - 1));
      }
    },
  });
  new Gauge({
    name: "silverledger_open_day_entries",
    help: "Entries of the open day",
    labelNames: ["region"],
    registers: [registry],
    collect() {
      for (const { region, size } of ledger.entries.store.regions()) this.set({ region: String(region) }, size);
    },
  });
  const observe: RequestHandler = (request, response, next) => {
    const start = performance.now();
    response.on("finish", () => {
      requests.inc({ method: request.method, status: String(response.statusCode) });
      seconds.observe((performance.now() - start) / 1000);
    });
    next();
  };
  return { observe, text: () => registry.metrics(), contentType: registry.contentType };
}
