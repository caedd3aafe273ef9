import type { Contract, EventLog, Log } from "ethers";
import type { Chain } from "./chain.ts";

export type ChainEvent = Log | EventLog;

/** What one filter has brought so far, up to and with one block. */
export interface Scan {
  block: number;
  blockHash: string;
  events: ChainEvent[];
}

const RECEIPTS_MS = 10_000;

/** Events of contracts since the first block, read once. */
export class EventScanner {
  readonly #chain: Chain;
  readonly #scans = new Map<string, Scan>();
  constructor(chain: Chain) {
    this.#chain = chain;
  }

  /**
   * All events of a filter; `name` "*" asks for all of the contract. Blocks that were read before are not read again,
   * unless the last of them is no longer the chain's: then the chain is another one, and everything is read anew.
   */
  async events(contract: Contract, name: string, ...args: unknown[]): Promise<ChainEvent[]> {
    return (await this.scan(contract, name, ...args)).events;
  }

  /**
   * A node may show a block a moment before it has saved the block's receipts, and answers that it holds no events: what
   * was read then would be missing for ever. Receipts are saved in order, so the last one says that all are there.
   */
  async #receiptsOf(transactions: readonly string[]): Promise<void> {
    const last = transactions.at(-1);
    if (!last) return;
    const deadline = Date.now() + RECEIPTS_MS;
    while ((await this.#chain.provider.getTransactionReceipt(last)) === null) {
      if (Date.now() > deadline) throw new Error(`chain: no receipt of ${last}, which its newest block holds`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** The same with the block up to which they were read. */
  async scan(contract: Contract, name: string, ...args: unknown[]): Promise<Scan> {
    const id = `${contract.target as string}/${name}/${args.join()}`;
    const provider = this.#chain.provider;
    const head = (await provider.getBlock("latest"))!;
    const known = this.#scans.get(id);
    if (known && head.hash === known.blockHash) return known;
    const goesOn =
      known && head.number > known.block && (await provider.getBlock(known.block))?.hash === known.blockHash;
    const before = goesOn ? known : { block: -1, events: [] };
    await this.#receiptsOf(head.transactions);
    const filter = name === "*" ? "*" : contract.filters[name]!(...args);
    const fresh = await contract.queryFilter(filter, before.block + 1, head.number);
    const scan = { block: head.number, blockHash: head.hash!, events: [...before.events, ...fresh] };
    this.#scans.set(id, scan);
    return scan;
  }
}
