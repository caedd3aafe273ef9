import {
  Contract,
  ContractFactory,
  type InterfaceAbi,
  isError,
  JsonRpcProvider,
  type Log,
  type TransactionRequest,
  Wallet,
} from "ethers";
import { type Hex, toHex } from "../../core/bytes.ts";
import { addressOfKey } from "../../core/signature.ts";
import * as artifacts from "./generated/contracts.ts";

/** A node, and how transactions reach it. */
export interface MinedAt {
  tx: Hex;
  blockNumber: number;
  blockHash: Hex;
}

/** What a block says of a transaction that it holds and that succeeded. */
export interface Mined {
  hash: string;
  blockNumber: number;
  blockHash: string;
  logs: readonly Log[];
  /** Of a transaction that made one. */
  contractAddress: string | null;
}

const POLL_MS = 15;
const TIP = 1_000_000_000n;
/** Of what an account holds, how much another gets that cannot pay yet: one in so many. */
const SHARE = 1000n;
const RECEIPT_TIMEOUT_MS = 60_000;
const SAVED_TIMEOUT_MS = 10_000;
/** Another process may send with the same key between our look at its nonce and our sending. */
const NONCE_ATTEMPTS = 5;

/** Thrown when a contract refuses, with the name of its custom error. */
export class ContractRefusal extends Error {
  readonly reason: string;
  constructor(reason: string) {
    super(`contract: ${reason}`);
    this.reason = reason;
  }
}

// A contract's custom error is found in the call's data, whatever the node calls it.
function refusalOf(error: unknown): unknown {
  if (isError(error, "CALL_EXCEPTION")) {
    const data = error.data ?? (error.info as { error?: { data?: string } } | undefined)?.error?.data;
    for (const { abi } of Object.values(artifacts)) {
      const name =
        data &&
        new Contract("0x0000000000000000000000000000000000000001", abi as InterfaceAbi).interface.parseError(data)
          ?.name;
      if (name) return new ContractRefusal(name);
    }
    return new ContractRefusal(error.reason ?? "reverted");
  }
  return error;
}

export class Chain {
  readonly provider: JsonRpcProvider;
  readonly rpcUrl: string;
  readonly #produce: (() => Promise<void>) | null;

  /** `produce` makes a block of what waits: the embedded node makes none by itself in time. */
  constructor(rpcUrl: string, produce: (() => Promise<void>) | null = null) {
    this.rpcUrl = rpcUrl;
    this.#produce = produce;
    this.provider = new JsonRpcProvider(rpcUrl, undefined, { staticNetwork: true, cacheTimeout: -1, batchMaxCount: 1 });
  }

  close(): void {
    this.provider.destroy();
  }

  async chainId(): Promise<number> {
    return Number((await this.provider.getNetwork()).chainId);
  }

  /** Unix seconds of the newest block. Rejects when the node does not answer. */
  async headTime(): Promise<number> {
    return (await this.provider.getBlock("latest"))!.timestamp;
  }

  async hasCode(address: Hex): Promise<boolean> {
    return (await this.provider.getCode(address)) !== "0x";
  }

  /** By sender: who broadcasts next waits for who does now, and takes the nonce after theirs. */
  readonly #senders = new Map<string, { turn: Promise<unknown>; next: number; waiting: number }>();

  /**
   * Sends a transaction and waits until a block holds it. Those that are sent side by side share a block. Throws
   * ContractRefusal with the contract's own reason.
   */
  async send(key: Uint8Array, request: TransactionRequest): Promise<Mined> {
    const wallet = new Wallet(toHex(key), this.provider);
    const sender = this.#senders.get(wallet.address) ?? { turn: Promise.resolve(), next: 0, waiting: 0 };
    this.#senders.set(wallet.address, sender);
    sender.waiting++;
    try {
      const turn = sender.turn.then(() => this.#broadcast(wallet, request, sender));
      sender.turn = turn.catch(() => undefined);
      return await this.#mined(await turn, request);
    } catch (error) {
      throw refusalOf(error);
    } finally {
      sender.waiting--;
    }
  }

  /** Returns the transaction's hash. */
  async #broadcast(
    wallet: Wallet,
    request: TransactionRequest,
    sender: { next: number; waiting: number },
  ): Promise<string> {
    for (let attempt = 1; ; attempt++) {
      // Nonces come from the chain, so that a restart needs no memory; ours that no block holds yet count as well.
      const mined = await wallet.getNonce();
      const nonce = sender.waiting > 1 && attempt === 1 ? Math.max(mined, sender.next) : mined;
      try {
        const sent = await wallet.sendTransaction({ ...(await this.#fees()), ...request, nonce });
        sender.next = nonce + 1;
        return sent.hash;
      } catch (error) {
        const taken = isError(error, "NONCE_EXPIRED") || isError(error, "REPLACEMENT_UNDERPRICED");
        if (!taken || attempt === NONCE_ATTEMPTS) throw error;
        await new Promise((resolve) => setTimeout(resolve, POLL_MS * 4 * attempt));
      }
    }
  }

  // From the newest block alone: a node may walk through many blocks to suggest a price.
  async #fees(): Promise<TransactionRequest> {
    const base = (await this.provider.getBlock("latest"))!.baseFeePerGas;
    return base === null ? {} : { type: 2, maxPriorityFeePerGas: TIP, maxFeePerGas: 2n * base + TIP };
  }

  /** Asks whether a call would succeed now. Throws ContractRefusal with the contract's own reason when it would not. */
  async simulate(from: Hex, to: Hex, data: string): Promise<void> {
    try {
      await this.provider.call({ from, to, data });
    } catch (error) {
      throw refusalOf(error);
    }
  }

  // Receipts are polled for: a block may be made before a listener is in place, and then no other comes.
  async #mined(hash: string, request: TransactionRequest): Promise<Mined> {
    const deadline = Date.now() + RECEIPT_TIMEOUT_MS;
    for (;;) {
      // Asking the embedded node again and again would keep it from making the block.
      await this.#produce?.().catch(() => undefined);
      const told = this.#produce && request.to ? await this.#toldByHead(hash) : null;
      if (told) return told;
      const receipt = await this.provider.getTransactionReceipt(hash);
      if (receipt?.status === 0) {
        // The same call on the same block says why.
        await this.provider.call({ ...request, from: receipt.from, blockTag: receipt.blockNumber });
        throw new ContractRefusal("reverted");
      }
      if (receipt) {
        this.#saved = receipt.blockHash;
        return receipt;
      }
      if (Date.now() > deadline) throw new Error(`chain: no block holds ${hash}`);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  /** The last block of which it is known that the node has saved its receipts. */
  #saved = "";

  /**
   * Whether the newest block holds the transaction, by the events in it: what was refused leaves none. The embedded node
   * runs a whole block again for one receipt, and reads its events from its files.
   */
  async #toldByHead(hash: string): Promise<Mined | null> {
    const logs = await this.provider.getLogs({ fromBlock: "latest", toBlock: "latest" });
    const own = logs.filter(({ transactionHash }) => transactionHash === hash);
    const [first] = own;
    if (!first) return null;
    this.#saved = first.blockHash;
    return { hash, blockNumber: first.blockNumber, blockHash: first.blockHash, logs: own, contractAddress: null };
  }

  /**
   * A node may show a block a moment before it has saved the block's receipts, and answers that it holds no events. Waits
   * until it has; receipts are saved in order, so the last one says that all are there.
   */
  async receiptsSaved({ hash, transactions }: { hash: string | null; transactions: readonly string[] }): Promise<void> {
    const last = transactions.at(-1);
    if (!last || hash === this.#saved) return;
    const deadline = Date.now() + SAVED_TIMEOUT_MS;
    while ((await this.provider.getTransactionReceipt(last)) === null) {
      if (Date.now() > deadline) throw new Error(`chain: no receipt of ${last}, which its newest block holds`);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    this.#saved = hash ?? "";
  }

  readonly #provided = new Set<string>();

  /** Sees to it that an account can pay for its transactions, out of another that can. On a chain without fees nothing happens. */
  async provide(from: Uint8Array, to: Hex): Promise<void> {
    if (this.#provided.has(to)) return;
    const [has, purse] = [await this.provider.getBalance(to), await this.provider.getBalance(addressOfKey(from))];
    if (has === 0n && purse > 0n) await this.send(from, { to, value: purse / SHARE });
    this.#provided.add(to);
  }

  async deploy(key: Uint8Array, name: keyof typeof artifacts, args: unknown[]): Promise<Hex> {
    const { abi, bytecode } = artifacts[name];
    const request = await new ContractFactory(abi as InterfaceAbi, bytecode).getDeployTransaction(...args);
    const receipt = await this.send(key, request);
    return receipt.contractAddress!.toLowerCase() as Hex;
  }
}

export function minedAt(receipt: {
  hash?: string;
  transactionHash?: string;
  blockNumber: number;
  blockHash: string;
}): MinedAt {
  return {
    tx: (receipt.hash ?? receipt.transactionHash) as Hex,
    blockNumber: receipt.blockNumber,
    blockHash: receipt.blockHash as Hex,
  };
}
