import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import { keccak_256 } from "@noble/hashes/sha3.js";
import { SimpleMerkleTree } from "@openzeppelin/merkle-tree";
import { TypedDataEncoder } from "ethers";
import { createKeccak } from "hash-wasm";
import { MerkleTree } from "merkletreejs";
import type { Hex } from "../../core/bytes.ts";
import { toHex } from "../../core/bytes.ts";
import { ENTRY_TYPES, entryDigest, type Visit } from "../../core/entry.ts";
import { keccak } from "../../core/hash.ts";
import { uuidv7, withCreditCheck } from "../../core/id.ts";
import { log } from "../../core/tree.ts";
import { domainSeparator } from "../../core/typedData.ts";
import { benchBoxes } from "./boxes.ts";
import { type Line, perSecond, rateOf, seconds, times } from "./table.ts";

const MILLION = 1_000_000;

/** Our root over `count` leaves, alone in a process: its time and the highest memory that it ever held. */
export function measureOurs(count: number): { time: number; peakMb: number } {
  const program = fileURLToPath(new URL("./treeChild.ts", import.meta.url));
  return JSON.parse(
    execFileSync(process.execPath, ["--disable-warning=ExperimentalWarning", program, String(count)], {
      encoding: "utf8",
    }),
  ) as { time: number; peakMb: number };
}

export function benchTrees(): Line[] {
  const flat = new Uint8Array(randomBytes(MILLION * 32));
  const buffers = Array.from({ length: MILLION }, (_, i) => Buffer.from(flat.subarray(i * 32, i * 32 + 32)));
  const ours = seconds(() => void log.root(flat));
  const js = seconds(
    () =>
      void new MerkleTree(buffers, (data: Buffer) => Buffer.from(keccak_256(data)), {
        concatenator: (([left, right]: Buffer[]) =>
          right ? Buffer.concat([Buffer.from([1]), left!, right]) : left!) as never,
      }).getRoot(),
  );
  const jsWasm = seconds(
    () =>
      void new MerkleTree(buffers, (data: Buffer) => Buffer.from(keccak(data)), {
        concatenator: (([left, right]: Buffer[]) =>
          right ? Buffer.concat([Buffer.from([1]), left!, right]) : left!) as never,
      }).getRoot(),
  );
  const oz = seconds(() => void SimpleMerkleTree.of(buffers, { sortLeaves: false }).root);
  const [one, ten] = [measureOurs(MILLION), measureOurs(10 * MILLION)];
  return [
    {
      what: "tree, 1,000,000 leaves, beside merkletreejs with keccak",
      ours: `${ours.toFixed(2)} s`,
      other: `${js.toFixed(2)} s`,
      ratio: times(js / ours),
      aim: "≥ 5 ×",
    },
    {
      what: "tree, 1,000,000 leaves, beside merkletreejs with our hash",
      ours: `${ours.toFixed(2)} s`,
      other: `${jsWasm.toFixed(2)} s`,
      ratio: times(jsWasm / ours),
      aim: "–",
    },
    {
      what: "tree, 1,000,000 leaves, beside @openzeppelin/merkle-tree unsorted",
      ours: `${ours.toFixed(2)} s`,
      other: `${oz.toFixed(2)} s`,
      ratio: times(oz / ours),
      aim: "≥ 50 ×",
    },
    {
      what: "tree, 1,000,000 leaves, peak memory of the process",
      ours: `${one.peakMb} MB`,
      other: "",
      ratio: "",
      aim: "≤ 300 MB",
    },
    {
      what: "tree, 10,000,000 leaves beside 1,000,000",
      ours: `${ten.time.toFixed(2)} s`,
      other: `${one.time.toFixed(2)} s`,
      ratio: times(ten.time / one.time),
      aim: "≤ 12 ×",
    },
  ];
}

/** keccak256 of a tree's node, by our kernel and by two libraries. */
async function benchKeccak(): Promise<Line[]> {
  const node = new Uint8Array(randomBytes(64));
  const library = await createKeccak(256);
  const ours = rateOf(() => keccak(node));
  const others = [
    ["hash-wasm", rateOf(() => library.init().update(node).digest("binary"))],
    ["@noble/hashes", rateOf(() => keccak_256(node))],
  ] as const;
  return others.map(([name, other]) => ({
    what: `keccak256 of 64 bytes, beside ${name}`,
    ours: perSecond(ours, 1),
    other: perSecond(other, 1),
    ratio: times(ours / other),
    aim: "–",
  }));
}

export async function benchLeaves(): Promise<Line[]> {
  const random = (bytes: number) => new Uint8Array(randomBytes(bytes));
  const ledgerId = toHex(random(32));
  const domain = domainSeparator(ledgerId);
  const [id, carer, elder] = [0, 1, 2].map(() => uuidv7(Date.now(), random(10))) as [string, string, string];
  const providers = Array.from({ length: 50 }, (_, i) => withCreditCheck(`52310105MJ${4_000_000 + i}`));
  const visits: Visit[] = Array.from({ length: 20_000 }, (_, i) => ({
    id,
    region: 310105,
    provider: providers[i % 50]!,
    caregiver: carer,
    elder,
    item: "bath-help",
    startedAt: 1_780_000_000 + i,
    endedAt: 1_780_001_800 + i,
    replaces: null,
    details: toHex(random(32)),
  }));
  const types = { Visit: ENTRY_TYPES.Visit.fields.map(([name, type]) => ({ name, type })) };
  const bytes16 = (uuid: string | null): Hex => (uuid ? `0x${uuid.replaceAll("-", "")}` : `0x${"00".repeat(16)}`);
  const theirs = visits.slice(0, 4000).map((v) => ({
    ...v,
    id: bytes16(v.id),
    caregiver: bytes16(v.caregiver),
    elder: bytes16(v.elder),
    replaces: bytes16(v.replaces),
  }));
  const ours = seconds(() => {
    for (const visit of visits) log.leafHash(entryDigest(domain, "Visit", visit));
  });
  const ethers = seconds(() => {
    for (const visit of theirs)
      TypedDataEncoder.hash({ name: "SilverLedger", version: "1", salt: ledgerId }, types, visit);
  });
  const ratio = visits.length / ours / (theirs.length / ethers);
  return [
    ...(await benchKeccak()),
    ...benchBoxes(),
    {
      what: "EIP-712 leaf of a visit, details hash given, beside ethers' TypedDataEncoder",
      ours: perSecond(visits.length, ours),
      other: perSecond(theirs.length, ethers),
      ratio: times(ratio),
      aim: "≥ 20 ×",
    },
  ];
}
