import { readFileSync } from "node:fs";
import { pino } from "pino";
import { otherVersions } from "../../core/rules/ruleSet.ts";
import { systemClock } from "../../server/clock.ts";
import { Home } from "../../server/home.ts";
import { openLedger } from "../../server/ledger.ts";
import { serve } from "../../server/serve.ts";
import { type Call, EXIT, type Verb } from "../verb.ts";
import { ensureWeb } from "../web.ts";

/** Opens the home and serves it until SIGINT or SIGTERM. */
export async function serveHome(call: Call, clockChecked: boolean): Promise<number> {
  const { config } = call;
  const log = pino({ level: config.logLevel, redact: ["req.headers.authorization"] }, pino.destination(2));
  await ensureWeb();
  const home = new Home(config.home);
  const ledger = await openLedger({
    home,
    clock: systemClock,
    rpcUrl: config.chainRpcUrl,
    operatorKeyFile: config.chainKeyFile,
    publicUrl: config.publicUrl,
    sso: config.oidc && {
      issuer: config.oidc.issuer,
      clientId: config.oidc.clientId,
      clientSecret: readFileSync(config.oidc.secretFile, "utf8").trim(),
      asksSecondFactor: config.oidc.asksSecondFactor,
    },
    onChainExit: (why) => log.error(why),
  });
  if (clockChecked || ledger.file.simulated) ledger.entries.store.acceptClock(systemClock.now());
  // After an upgrade: verdicts name what ran, the region's set still names what it was adopted with.
  for (const { region, openDay } of ledger.entries.store.regions()) {
    const set = ledger.reviews.ruleSetOn(region, openDay);
    const rules = set ? otherVersions(set.ruleSet) : [];
    if (rules.length > 0) log.warn({ region, rules }, "the rule set names other versions of rules: `rules adopt`");
  }
  const running = await serve(ledger, log, { host: config.host, port: config.port, rateLimit: config.rateLimit });
  call.out.result(
    {
      url: running.url,
      rpc: ledger.contracts.chain.rpcUrl,
      ledgerId: ledger.file.ledgerId,
      simulated: ledger.file.simulated,
    },
    `银龄账本 SilverLedger: ${running.url}${ledger.file.simulated ? "  (演示账本,模拟时钟 / demonstration, simulated clock)" : ""}\n链节点 chain node: ${ledger.contracts.chain.rpcUrl}`,
  );
  const signal = await new Promise<string>((resolve) => {
    for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => resolve(name));
  });
  log.info({ signal }, "stopping");
  await running.stop();
  await ledger.close();
  return EXIT.ok;
}

const verb: Verb = {
  usage: "serve [--clock-checked]",
  summary: "serve the home: API, sealing, anchoring (--clock-checked: go on after a silence of more than 36 hours)",
  options: { "clock-checked": { type: "boolean" } },
  run: (call) => serveHome(call, call.values["clock-checked"] === true),
};
export default verb;
