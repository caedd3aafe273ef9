import { type ChildProcess, fork } from "node:child_process";
import { createHmac, randomBytes } from "node:crypto";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { ZERO_HASH } from "../../core/bytes.ts";

/**
 * The embedded chain: the ethereumjs execution client in a child process, driven over the Engine API by a
 * block producer in this one (the way `geth --dev` works). LevelDB keeps it; a kill -9 loses nothing that was
 * acknowledged, because a block is imported before its receipt can be read.
 *
 * A deployment's own node replaces it by CHAIN_RPC_URL; nothing else in the server knows which of the two runs.
 */
export interface EmbeddedChain {
  rpcUrl: string;
  /** The node's process, for whoever watches it. */
  pid: number;
  /** Makes one block if any transaction waits; resolves when it is the head. Called by the ticker, and by who waits for a receipt. */
  produce(): Promise<void>;
  stop(): Promise<void>;
}

export interface EmbeddedChainOptions {
  /** Folder of the chain's own files; made if missing. */
  folder: string;
  /** Addresses that get a balance in the genesis block (only read when the chain is new). */
  funded: string[];
  /** Unix seconds for the next block; the demo gives its simulated clock. */
  now: () => number;
  /** Called when the node process dies by itself. */
  onExit?: (why: string) => void;
}

const CHAIN_ID = 20235;
const TICK_MS = 40;
const START_TIMEOUT_MS = 30_000;
const CALL_TIMEOUT_MS = 20_000;
const PROBE_TIMEOUT_MS = 2_000;
const LAUNCH_ATTEMPTS = 4;
/** Blocks that a kill can leave unfinished: one; a few more cost nothing. */
const MAX_RESTORED = 8;
const BEACON_ROOTS = {
  address: "0x000F3df6D732807Ef1319fB7B8bB8522d0Beac02",
  code: "0x3373fffffffffffffffffffffffffffffffffffffffe14604d57602036146024575f5ffd5b5f35801560495762001fff810690815414603c575f5ffd5b62001fff01545f5260205ff35b5f5ffd5b62001fff42064281555f359062001fff015500",
};

/** Genesis with the merge and Cancun already behind it, so that blocks come from the Engine API alone. */
function genesis(funded: string[], timestamp: number): string {
  const rich = Object.fromEntries(funded.map((address) => [address, { balance: `0x${(10n ** 27n).toString(16)}` }]));
  return JSON.stringify({
    config: {
      chainId: CHAIN_ID,
      homesteadBlock: 0,
      eip150Block: 0,
      eip155Block: 0,
      eip158Block: 0,
      byzantiumBlock: 0,
      constantinopleBlock: 0,
      petersburgBlock: 0,
      istanbulBlock: 0,
      berlinBlock: 0,
      londonBlock: 0,
      mergeForkBlock: 0,
      terminalTotalDifficulty: 0,
      terminalTotalDifficultyPassed: true,
      shanghaiTime: 0,
      cancunTime: 0,
      blobSchedule: { cancun: { target: 3, max: 6, baseFeeUpdateFraction: 3338477 } },
    },
    nonce: "0x0",
    timestamp: `0x${timestamp.toString(16)}`,
    extraData: "0x",
    gasLimit: "0x1c9c380",
    difficulty: "0x0",
    mixHash: ZERO_HASH,
    coinbase: `0x${"00".repeat(20)}`,
    alloc: { ...rich, [BEACON_ROOTS.address]: { balance: "0x0", code: BEACON_ROOTS.code } },
    baseFeePerGas: "0x7",
    parentHash: ZERO_HASH,
  });
}

async function freePort(): Promise<number> {
  return await new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" && address ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

function jwt(secret: Buffer): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const body = `${part({ alg: "HS256", typ: "JWT" })}.${part({ iat: Math.floor(Date.now() / 1000) })}`;
  return `${body}.${createHmac("sha256", secret).update(body).digest("base64url")}`;
}

type Json = Record<string, unknown>;

interface HeadBlock extends Json {
  hash: string;
  parentHash: string;
  number: string;
  timestamp: string;
}

/** A block as the Engine API takes it. */
function payloadOf(block: HeadBlock, transactions: string[]): Json {
  const { miner, mixHash, number, hash } = block;
  const same = [
    "parentHash",
    "stateRoot",
    "receiptsRoot",
    "logsBloom",
    "gasLimit",
    "gasUsed",
    "timestamp",
    "extraData",
  ];
  const costs = ["baseFeePerGas", "blobGasUsed", "excessBlobGas"];
  return {
    ...Object.fromEntries([...same, ...costs].map((name) => [name, block[name]])),
    feeRecipient: miner,
    prevRandao: mixHash,
    blockNumber: number,
    blockHash: hash,
    transactions,
    withdrawals: [],
  };
}

async function rpc<T>(
  url: string,
  method: string,
  params: unknown[],
  { secret, timeoutMs = CALL_TIMEOUT_MS }: { secret?: Buffer; timeoutMs?: number } = {},
): Promise<T> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...(secret && { authorization: `Bearer ${jwt(secret)}` }) },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
    signal: AbortSignal.timeout(timeoutMs),
  });
  const answer = (await response.json()) as { result?: T; error?: { message: string } };
  if (answer.error) throw new Error(`chain: ${method}: ${answer.error.message}`);
  return answer.result as T;
}

function prepare(options: EmbeddedChainOptions): { genesisFile: string; secretFile: string; secret: Buffer } {
  mkdirSync(options.folder, { recursive: true });
  const genesisFile = `${options.folder}/genesis.json`;
  const secretFile = `${options.folder}/engine.jwt`;
  if (!existsSync(genesisFile)) writeFileSync(genesisFile, genesis(options.funded, options.now() - 1));
  if (!existsSync(secretFile)) writeFileSync(secretFile, randomBytes(32).toString("hex"), { mode: 0o600 });
  return { genesisFile, secretFile, secret: Buffer.from(readFileSync(secretFile, "utf8"), "hex") };
}

async function launch(options: EmbeddedChainOptions) {
  const { genesisFile, secretFile, secret } = prepare(options);
  const [rpcPort, enginePort] = [await freePort(), await freePort()];
  const program = fileURLToPath(new URL("./node.ts", import.meta.url));
  const log = openSync(`${options.folder}/node.log`, "w");
  const flags = {
    dataDir: options.folder,
    gethGenesis: genesisFile,
    rpcPort,
    rpcEnginePort: enginePort,
    jwtSecret: secretFile,
    sync: "none",
    logLevel: "warn",
    port: await freePort(),
    txLookupLimit: 0,
  };
  const words = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const node = fork(
    program,
    [...words, "--rpc", "--rpcEngine", "--saveReceipts", "--isSingleNode", "--discDns=false", "--discV4=false"],
    {
      execArgv: ["--disable-warning=ExperimentalWarning"],
      stdio: ["ignore", log, log, "ipc"],
    },
  );
  closeSync(log);
  return { node, secret, rpcUrl: `http://127.0.0.1:${rpcPort}`, engineUrl: `http://127.0.0.1:${enginePort}` };
}

async function waitUntilUp(node: ChildProcess, rpcUrl: string, folder: string): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    if (node.exitCode !== null || node.signalCode !== null)
      throw new Error(`chain: the node stopped at start; see ${folder}/node.log`);
    try {
      await rpc(rpcUrl, "eth_blockNumber", []);
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/**
 * The node that another process of ours runs on this folder, so that the command line works beside the server. The
 * node itself is asked: a process number alone says nothing, for it comes again after a restart in a container.
 */
export async function runningChain(folder: string): Promise<string | null> {
  const file = `${folder}/running.json`;
  if (!existsSync(file)) return null;
  try {
    const { rpcUrl, genesis } = JSON.parse(readFileSync(file, "utf8")) as { rpcUrl: string; genesis: string };
    return (await genesisHash(rpcUrl, PROBE_TIMEOUT_MS)) === genesis ? rpcUrl : null;
  } catch {
    return null;
  }
}

async function genesisHash(rpcUrl: string, timeoutMs = CALL_TIMEOUT_MS): Promise<string> {
  const block = await rpc<{ hash: string }>(rpcUrl, "eth_getBlockByNumber", ["0x0", false], { timeoutMs });
  return block.hash;
}

// After a kill -9 the old node needs a moment to notice and let go of its files.
async function launchWhenFree(options: EmbeddedChainOptions) {
  for (let attempt = 1; ; attempt++) {
    const launched = await launch(options);
    try {
      await waitUntilUp(launched.node, launched.rpcUrl, options.folder);
      return launched;
    } catch (error) {
      launched.node.kill("SIGKILL");
      if (attempt === LAUNCH_ATTEMPTS) throw error;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}

/** Starts the node and its block producer. Throws when the node does not come up. */
export async function startEmbeddedChain(options: EmbeddedChainOptions): Promise<EmbeddedChain> {
  const { node, secret, rpcUrl, engineUrl } = await launchWhenFree(options);
  const runningFile = `${options.folder}/running.json`;
  writeFileSync(runningFile, JSON.stringify({ rpcUrl, genesis: await genesisHash(rpcUrl) }));
  let stopping = false;
  node.once("exit", (code, signal) => {
    if (!stopping) options.onExit?.(`the embedded chain stopped (${signal ?? code}); see ${options.folder}/node.log`);
  });
  const engine = <T>(method: string, params: unknown[]) => rpc<T>(engineUrl, method, params, { secret });

  const forkchoice = (hash: string, attributes: Json | null) =>
    engine<{ payloadId: string | null; payloadStatus: Json }>("engine_forkchoiceUpdatedV3", [
      { headBlockHash: hash, safeBlockHash: hash, finalizedBlockHash: hash },
      attributes,
    ]);
  const accept = async (hash: string) => (await forkchoice(hash, null)).payloadStatus["status"] === "VALID";

  /**
   * A kill between a block's import and its acceptance leaves the node with a head that it does not count as run, and
   * it would wait for ever for somebody to bring it. We bring it: the head again, or its parents before it.
   */
  async function restoreHead(): Promise<void> {
    const missing: HeadBlock[] = [];
    let block = await rpc<HeadBlock>(rpcUrl, "eth_getBlockByNumber", ["latest", false]);
    while (!(await accept(block.hash)) && missing.length < MAX_RESTORED) {
      missing.unshift(block);
      block = await rpc<HeadBlock>(rpcUrl, "eth_getBlockByHash", [block.parentHash, false]);
    }
    for (const lost of missing) {
      const [body] = await engine<{ transactions: string[] }[]>("engine_getPayloadBodiesByHashV1", [[lost.hash]]);
      await engine("engine_newPayloadV3", [payloadOf(lost, body?.transactions ?? []), [], ZERO_HASH]);
      if (!(await accept(lost.hash))) throw new Error(`chain: block ${lost.number} cannot be brought back`);
    }
  }

  async function makeBlock(): Promise<void> {
    const head = await rpc<HeadBlock>(rpcUrl, "eth_getBlockByNumber", ["latest", false]);
    const timestamp = Math.max(options.now(), Number(head.timestamp) + 1);
    const attributes = {
      timestamp: `0x${timestamp.toString(16)}`,
      prevRandao: ZERO_HASH,
      suggestedFeeRecipient: `0x${"00".repeat(20)}`,
      withdrawals: [],
      parentBeaconBlockRoot: ZERO_HASH,
    };
    const started = await forkchoice(head.hash, attributes);
    // The node may find the unfinished head only now, among what it kept of its last seconds.
    if (!started.payloadId) return await restoreHead();
    const built = await engine<{ executionPayload: { blockHash: string } }>("engine_getPayloadV3", [started.payloadId]);
    const status = await engine<{ status: string }>("engine_newPayloadV3", [built.executionPayload, [], ZERO_HASH]);
    if (status.status !== "VALID") throw new Error(`chain: new block ${JSON.stringify(status)}`);
    await accept(built.executionPayload.blockHash);
  }

  async function waiting(): Promise<boolean> {
    const pool = await rpc<{ pending: Json }>(rpcUrl, "txpool_content", []);
    return Object.keys(pool.pending).length > 0;
  }

  await restoreHead();
  let busy: Promise<void> | null = null;
  function produce(): Promise<void> {
    busy ??= (async () => {
      if (await waiting()) await makeBlock();
    })().finally(() => {
      busy = null;
    });
    return busy;
  }

  // A failed tick is repeated by the next one; a transaction stays in the pool until a block holds it.
  const ticker = setInterval(() => void produce().catch(() => undefined), TICK_MS);

  return {
    rpcUrl,
    pid: node.pid!,
    produce,
    async stop() {
      stopping = true;
      clearInterval(ticker);
      rmSync(runningFile, { force: true });
      await busy?.catch(() => undefined);
      if (node.exitCode !== null || node.signalCode !== null) return;
      const gone = new Promise((resolve) => node.once("exit", resolve));
      node.kill("SIGKILL");
      await gone;
    },
  };
}
