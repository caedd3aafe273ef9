import type { Contract, EventLog, Log } from "ethers";
import type { Chain } from "./chain.ts";

export type ChainEvent = Log | EventLog;

/** What one filter has brought so far, up to and with one block. */
export interface Scan {
  block: number;
  blockHash: string;
  events: ChainEvent[];
}

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
    await this.#chain.receiptsSaved(head);
    const filter = name === "*" ? "*" : contract.filters[name]!(...args);
    const fresh = await contract.queryFilter(filter, before.block + 1, head.number);
    const scan = { block: head.number, blockHash: head.hash!, events: [...before.events, ...fresh] };
    this.#scans.set(id, scan);
    return scan;
  }
}
