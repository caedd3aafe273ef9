import { Contract, type InterfaceAbi } from "ethers";
import { type Balances, MONEY_EVENTS, type MoneyEvent, type MoneyEventName } from "../../core/books.ts";
import type { Hex } from "../../core/bytes.ts";
import { nameHash } from "../../core/payout.ts";
import type { Opening } from "../../core/request.ts";
import { type Chain, type MinedAt, minedAt } from "./chain.ts";
import { type ChainEvent, EventScanner } from "./events.ts";
import { SubsidyLedger } from "./generated/contracts.ts";

/** SubsidyLedger at a known address. */
export interface ChainSettlement {
  revision: number;
  asOf: Hex;
  ruleset: Hex;
  size: number;
}

export interface ChainPart {
  /** nameHash of the fund's code. */
  fund: Hex;
  root: Hex;
  total: bigint;
}

/** A settlement as the chain reported it, with its parts. */
export interface ChainSettled extends ChainSettlement, MinedAt {
  region: number;
  day: number;
  logIndex: number;
  parts: ChainPart[];
}

export interface ChainFund {
  region: number;
  open: boolean;
  appropriated: bigint;
  withdrawn: bigint;
  available: bigint;
  reserved: bigint;
  released: bigint;
  returned: bigint;
  repaid: bigint;
  owed: bigint;
  debtsRun: number;
  runs: number;
  live: number;
}

export interface Signed {
  deadline: number;
  signature: Hex;
}

/** Everything that the contract reported up to and with a block. */
export interface Reported {
  money: readonly MoneyEvent[];
  settled: readonly ChainSettled[];
  block: number;
}

/** A fund's balances as its books are told. */
export const balancesOf = (fund: ChainFund): Balances => ({
  appropriatedFen: fund.appropriated,
  withdrawnFen: fund.withdrawn,
  availableFen: fund.available,
  reservedFen: fund.reserved,
  releasedFen: fund.released,
  returnedFen: fund.returned,
  repaidFen: fund.repaid,
  owedFen: fund.owed,
});

const GAS = 2_000_000;
const GAS_AN_ITEM = 150_000;

type Values = Record<string, unknown>;
const plain = (result: unknown): Values => (result as { toObject(deep?: boolean): Values }).toObject(true);

export class SubsidyContract {
  readonly chain: Chain;
  readonly address: Hex;
  readonly #contract: Contract;
  readonly #scanner: EventScanner;
  /** Times of blocks; a block's time never changes. */
  readonly #times = new Map<number, number>();
  readonly #openings = new Map<string, Opening>();

  constructor(chain: Chain, address: Hex) {
    this.chain = chain;
    this.address = address;
    this.#contract = new Contract(address, SubsidyLedger.abi as InterfaceAbi, chain.provider);
    this.#scanner = new EventScanner(chain);
  }

  async #read(method: string, ...args: unknown[]): Promise<unknown> {
    return await this.#contract.getFunction(method)(...args);
  }

  /** Relays a call. Who sends it means nothing, but for `settle`. Throws ContractRefusal with the contract's reason. */
  async send(key: Uint8Array, method: string, args: unknown[], items = 0): Promise<MinedAt> {
    const data = this.#contract.interface.encodeFunctionData(method, args);
    const gasLimit = GAS + GAS_AN_ITEM * items;
    return minedAt(await this.chain.send(key, { to: this.address, data, gasLimit }));
  }

  /** Whether a call would succeed now. Throws ContractRefusal when it would not. */
  async simulate(from: Hex, method: string, args: unknown[]): Promise<void> {
    await this.chain.simulate(from, this.address, this.#contract.interface.encodeFunctionData(method, args));
  }

  /** The RecordLedger whose sealed days it settles. */
  async ledger(): Promise<Hex> {
    return ((await this.#read("ledger")) as string).toLowerCase() as Hex;
  }

  async leastWindow(): Promise<number> {
    return Number(await this.#read("leastWindow"));
  }

  async fundOf(code: string): Promise<ChainFund> {
    const f = plain(await this.#read("fundOf", nameHash(code))) as Record<string, bigint> & { open: boolean };
    const { appropriated, withdrawn, available, reserved, released, returned, repaid, owed } =
      f as unknown as ChainFund;
    const amounts = { appropriated, withdrawn, available, reserved, released, returned, repaid, owed };
    const numbers = { debtsRun: Number(f["debtsRun"]), runs: Number(f["runs"]), live: Number(f["live"]) };
    return { region: Number(f["region"]), open: f.open, ...amounts, ...numbers };
  }

  async dayOf(code: string, day: number): Promise<{ revision: number; total: bigint; consumed: bigint; root: Hex }> {
    const d = plain(await this.#read("dayOf", nameHash(code), day)) as Record<string, bigint>;
    return {
      revision: Number(d["revision"]),
      total: d["total"]!,
      consumed: d["consumed"]!,
      root: d["root"] as unknown as Hex,
    };
  }

  async settlementOf(region: number, day: number): Promise<ChainSettlement> {
    const s = plain(await this.#read("settlementOf", region, day)) as Record<string, never>;
    return { revision: Number(s["revision"]), asOf: s["asOf"]!, ruleset: s["ruleset"]!, size: Number(s["size"]) };
  }

  async #timeOf(blockNumber: number): Promise<number> {
    const known = this.#times.get(blockNumber);
    if (known !== undefined) return known;
    const { timestamp } = (await this.chain.provider.getBlock(blockNumber))!;
    this.#times.set(blockNumber, timestamp);
    return timestamp;
  }

  /** What a fund was opened with stands in the call alone, not in its event. */
  async #openingOf(tx: string): Promise<Opening> {
    const known = this.#openings.get(tx);
    if (known) return known;
    const { data } = (await this.chain.provider.getTransaction(tx))!;
    const o = plain(this.#contract.interface.decodeFunctionData("openFund", data))["opening"] as unknown as Opening;
    this.#openings.set(tx, o);
    return o;
  }

  async #moneyEvent(event: ChainEvent, name: MoneyEventName): Promise<MoneyEvent> {
    const log = this.#contract.interface.parseLog(event)!;
    const args: Record<string, string> = {};
    log.fragment.inputs.forEach(({ name: field }, i) => {
      if (field !== "fund") args[field] = String(log.args[i]);
    });
    if (name === "FundOpened") {
      const o = await this.#openingOf(event.transactionHash);
      const { appropriated, withdrawn, released, returned, repaid, debts } = o;
      const figures = { appropriated, withdrawn, released, returned, repaid, owed: debts.sum, runs: o.runs };
      for (const [field, value] of Object.entries(figures)) args[field] = String(value);
    }
    const at = await this.#timeOf(event.blockNumber);
    const { blockNumber, index: logIndex } = event;
    return { name, fund: log.args["fund"] as Hex, args, tx: event.transactionHash as Hex, blockNumber, logIndex, at };
  }

  /** What was read before: events never change, so each is decoded once. */
  #decoded: { last: ChainEvent | null; count: number; money: MoneyEvent[]; settled: ChainSettled[] } = {
    last: null,
    count: 0,
    money: [],
    settled: [],
  };

  /** Everything that the contract reported, in order: what concerns funds, and settlements with their parts. */
  async events(): Promise<Reported> {
    const { events, block } = await this.#scanner.scan(this.#contract, "*");
    const goesOn = this.#decoded.count === 0 || events[this.#decoded.count - 1] === this.#decoded.last;
    const found = goesOn ? this.#decoded : { last: null, count: 0, money: [], settled: [] };
    // Copies: who reads meanwhile keeps a whole list.
    const [money, settled] = [[...found.money], [...found.settled]];
    for (const event of events.slice(found.count)) await this.#decode(event, money, settled);
    this.#decoded = { last: events.at(-1) ?? null, count: events.length, money, settled };
    return { money, settled, block };
  }

  async #decode(event: ChainEvent, money: MoneyEvent[], settled: ChainSettled[]): Promise<void> {
    const log = this.#contract.interface.parseLog(event);
    if (log?.name === "Settled") {
      const a = log.args as unknown as Record<string, bigint> & { asOf: Hex; ruleset: Hex };
      const place = { region: Number(a["region"]), day: Number(a["day"]), logIndex: event.index };
      const what = { revision: Number(a["revision"]), asOf: a.asOf, ruleset: a.ruleset, size: Number(a["size"]) };
      settled.push({ ...minedAt(event), ...place, ...what, parts: [] });
      return;
    }
    if (!log || !(MONEY_EVENTS as readonly string[]).includes(log.name)) return;
    const found = await this.#moneyEvent(event, log.name as MoneyEventName);
    money.push(found);
    if (found.name !== "PartSettled") return;
    // Parts follow the settlement that they belong to, within its transaction.
    const { fund, args } = found;
    settled.at(-1)!.parts.push({ fund, root: args["root"] as Hex, total: BigInt(args["total"]!) });
  }
}
