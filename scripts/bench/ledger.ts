import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { pino } from "pino";
import { batches, signVisits } from "../../core/batch.ts";
import { fromHex, type Hex, toHex, utf8 } from "../../core/bytes.ts";
import { ENTRY_KINDS, type Visit } from "../../core/entry.ts";
import { keccak } from "../../core/hash.ts";
import { log } from "../../core/tree.ts";
import { openSql } from "../../server/db/client.ts";
import { uuidBytes } from "../../server/db/uuid.ts";
import type { Job } from "../../server/entries/store.ts";
import { signerOf } from "../../server/keys/native.ts";
import { serve } from "../../server/serve.ts";
import { type District, makeDistrict, OFFSET, PROVIDER, REGION, signer, submitVisits, visitsOf } from "./district.ts";
import { type Line, percentile, perSecond, secondsAsync, times } from "./table.ts";

async function drive(url: string, key: string, bodies: Uint8Array[], connections: number): Promise<number> {
  const worker = new Worker(new URL("./load.ts", import.meta.url), { workerData: { url, key, bodies, connections } });
  const { seconds, refused } = await new Promise<{ seconds: number; refused: number }>((resolve, reject) =>
    worker.once("message", resolve).once("error", reject),
  );
  if (refused > 0) throw new Error(`${refused} submissions were refused`);
  return seconds;
}

/** The way most applications would write it: the same rows through Prisma's models, one transaction a submission. */
function prismaAppend(d: District) {
  const { prisma } = d.ledger.db;
  const bytes = (value: Uint8Array) => new Uint8Array(value) as Uint8Array<ArrayBuffer>;
  let turn: Promise<unknown> = Promise.resolve();
  return (job: Job) => {
    const run = turn.then(async () => {
      const row = await prisma.region.findUniqueOrThrow({ where: { region: job.region } });
      const place = (i: number) => ({ region: job.region, day: row.openDay, idx: row.size + i });
      const hash = bytes(job.submission!.hash);
      const s = job.submission!.submission;
      const receipt = {
        submission: toHex(hash),
        region: job.region,
        day: row.openDay,
        firstIndex: row.size,
        count: job.entries.length,
        receivedAt: d.clock.now(),
        head: toHex(row.head),
      };
      const signature = signerOf(d.ledger.operatorKey)(keccak(utf8(JSON.stringify(receipt))));
      await prisma.$transaction([
        prisma.entry.createMany({
          data: job.entries.map((e, i) => ({
            ...place(i),
            kind: ENTRY_KINDS.indexOf(e.kind),
            id: bytes(uuidBytes(e.entry.id)),
            digest: bytes(e.digest),
            submission: hash,
          })),
        }),
        prisma.visit.createMany({
          data: job.entries.map((e, i) => {
            const v = e.entry as Visit;
            return {
              ...place(i),
              provider: v.provider,
              caregiver: bytes(uuidBytes(v.caregiver)),
              elder: bytes(uuidBytes(v.elder)),
              item: v.item,
              startedAt: BigInt(v.startedAt),
              endedAt: BigInt(v.endedAt),
              replaces: null,
              details: bytes(v.details as Uint8Array),
            };
          }),
        }),
        prisma.usedSeed.createMany({ data: job.entries.map((e) => ({ region: job.region, mark: e.seedMark! })) }),
        prisma.detailBox.createMany({
          data: job.entries.flatMap((e, i) =>
            e.boxes.map(({ slot, person, box }) => ({
              ...place(i),
              slot,
              person: bytes(uuidBytes(person)),
              box: bytes(box),
            })),
          ),
        }),
        prisma.submission.create({
          data: {
            region: job.region,
            hash,
            submitter: s.submitter,
            root: bytes(fromHex(s.root)),
            count: s.count,
            signedAt: BigInt(s.signedAt),
            signature: bytes(fromHex(job.submission!.signature)),
            signer: bytes(fromHex(job.submission!.signer)),
            day: row.openDay,
            firstIndex: row.size,
            receivedAt: BigInt(d.clock.now()),
            head: bytes(row.head),
            receiptSignature: bytes(fromHex(signature)),
          },
        }),
        prisma.region.update({ where: { region: job.region }, data: { size: row.size + job.entries.length } }),
      ]);
      return { receipt, signature: signature as Hex, repeated: false };
    });
    turn = run.catch(() => undefined);
    return run;
  };
}

/** The same rows by prepared statements alone: no HTTP, no validation, no hashing, no signatures. */
function bareInsert(d: District, count: number): number {
  const { sql } = d.ledger.db;
  const tables = ["entry", "visit", "used_seed", "detail_box"];
  const limits: Record<string, number> = { detail_box: count * 2 };
  // The server keeps its newest seeds elsewhere; marks that are as random do here.
  const seeds = "(SELECT region, random() AS mark FROM entry)";
  const rows = tables.map(
    (table) =>
      sql
        .prepare(`SELECT * FROM ${table === "used_seed" ? seeds : `${table} ORDER BY rowid DESC`} LIMIT ?`)
        .raw()
        .safeIntegers()
        .all(limits[table] ?? count)
        .reverse() as unknown[][],
  );
  const file = join(d.home.folder, "bare.db");
  const other = openSql(file);
  for (const { sql: ddl } of sql
    .prepare(
      `SELECT sql FROM sqlite_master WHERE tbl_name IN (${tables.map((t) => `'${t}'`).join(",")}) AND sql IS NOT NULL AND type <> 'trigger'`,
    )
    .all() as { sql: string }[])
    other.exec(ddl);
  const inserts = tables.map((table, i) =>
    other.prepare(`INSERT INTO ${table} VALUES (${rows[i]![0]!.map(() => "?").join(",")})`),
  );
  const start = performance.now();
  for (let from = 0; from < count; from += 500) {
    other
      .transaction(() => {
        tables.forEach((table, i) => {
          const factor = table === "detail_box" ? 2 : 1;
          for (const row of rows[i]!.slice(from * factor, (from + 500) * factor)) inserts[i]!.run(...(row as never[]));
        });
      })
      .immediate();
  }
  const time = (performance.now() - start) / 1000;
  other.close();
  rmSync(file);
  return time;
}

const TURNS = 5;
/** What is compared runs in turns, and the middle of its rates counts: a shared machine is slow for seconds at a time. */
async function inTurns<K extends string>(measure: () => Promise<Record<K, number>>): Promise<Record<K, number>> {
  const turns: Record<K, number>[] = [];
  for (let i = 0; i < TURNS; i++) turns.push(await measure());
  const middle = (name: K) =>
    percentile(
      turns.map((turn) => turn[name]),
      0.5,
    );
  return Object.fromEntries((Object.keys(turns[0]!) as K[]).map((name) => [name, middle(name)])) as Record<K, number>;
}

export async function benchIngest(): Promise<Line[]> {
  const d = await makeDistrict();
  const http = await serve(d.ledger, pino({ level: "silent" }), {
    host: "127.0.0.1",
    port: 0,
    rateLimit: 1e9,
    worker: false,
  });
  const key = await d.ledger.identity.createKey({ name: "bench", role: "provider", scope: PROVIDER });
  const bodies = (count: number, size: number) =>
    batches(visitsOf(d, count), size).map((batch) => utf8(JSON.stringify(signVisits(signer(d), batch))));
  const grouped = d.ledger.entries.append;
  const oneEach = async (job: Job) => {
    const [outcome] = d.ledger.entries.store.append([job], d.clock.now(), () =>
      signerOf(d.ledger.operatorKey)(keccak(job.submission!.hash)),
    );
    if (outcome instanceof Error) throw outcome;
    return outcome!;
  };
  const withAppend = async (append: typeof grouped, list: Uint8Array[], connections: number) => {
    d.ledger.entries.append = append;
    return await drive(http.url, key, list, connections).finally(() => (d.ledger.entries.append = grouped));
  };
  const rateOf = async (append: typeof grouped, count: number, size: number, connections: number) =>
    count / (await withAppend(append, bodies(count, size), connections));
  await rateOf(grouped, 10_000, 500, 8);
  const batched = await inTurns(async () => ({
    ours: await rateOf(grouped, 30_000, 500, 8),
    prisma: await rateOf(prismaAppend(d), 6000, 500, 8),
    bare: 15_000 / bareInsert(d, 15_000),
  }));
  const singles = await inTurns(async () => ({
    ours: await rateOf(grouped, 3000, 1, 64),
    each: await rateOf(oneEach, 3000, 1, 64),
    prisma: await rateOf(prismaAppend(d), 800, 1, 64),
  }));
  await http.stop();
  await d.destroy();
  const rate = (value: number) => `${Math.round(value).toLocaleString("en")}/s`;
  return [
    {
      what: "ingest over HTTP, batches of 500, beside the same server with Prisma createMany",
      ours: rate(batched.ours),
      other: rate(batched.prisma),
      ratio: times(batched.ours / batched.prisma),
      aim: "≥ 5 ×",
    },
    {
      what: "the same, as a share of bare prepared inserts of the same rows",
      ours: rate(batched.ours),
      other: rate(batched.bare),
      ratio: `${((100 * batched.ours) / batched.bare).toFixed(0)} %`,
      aim: "≥ 15 %",
    },
    {
      what: "single submissions, 64 connections, beside one transaction each (Prisma)",
      ours: rate(singles.ours),
      other: rate(singles.prisma),
      ratio: times(singles.ours / singles.prisma),
      aim: "≥ 4 ×",
    },
    {
      what: "the same beside one transaction each (prepared statements)",
      ours: rate(singles.ours),
      other: rate(singles.each),
      ratio: times(singles.ours / singles.each),
      aim: "≥ 4 ×",
    },
  ];
}

/** V8 lets garbage lie while there is room: in a heap of so many MB a day that needed more would end the process. */
const FSCK_HEAP_MB = 300;

/** Checks a district's books in a process of its own; its day is sealed and anchored. */
function fsckAlone(
  { home, clock }: District,
  how: "bare" | "details",
): { entries: number; time: number; peakMb: number } {
  const program = fileURLToPath(new URL("./fsckChild.ts", import.meta.url));
  const flags = ["--disable-warning=ExperimentalWarning", `--max-old-space-size=${FSCK_HEAP_MB}`];
  const args = [...flags, program, home.folder, String(clock.now()), how];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8" })) as ReturnType<typeof fsckAlone>;
}

/** By then the collector's own slack is used up: V8 lets some 64 MB of blobs lie in each thread before it looks. */
const SMALL_DAY = 200_000;

async function sealedDay(records: number): Promise<District & { openDay: number; sealing: number }> {
  const d = await makeDistrict();
  await submitVisits(d, records);
  const { openDay } = d.ledger.entries.store.regionRow(REGION);
  d.clock.moveTo((openDay + 1) * 86_400 - OFFSET * 60 + 60);
  const sealing = await secondsAsync(async () => void d.ledger.seals.sealDue());
  await d.ledger.anchors.anchorDue();
  return { ...d, openDay, sealing };
}

export async function benchDay(records: number): Promise<Line[]> {
  const d = await sealedDay(records);
  const { ledger, openDay, sealing } = d;
  const size = ledger.seals.store.of(REGION, openDay)!.size;
  const ids = Array.from({ length: 2000 }, () => Math.floor(Math.random() * (size - 600)) + 502);
  const proofs: { index: number; time: number; proof: Hex[] }[] = ids.map((index) => {
    const start = performance.now();
    const proof = ledger.seals.inclusion(REGION, openDay, index);
    return { index, time: performance.now() - start, proof };
  });
  const root = fromHex(ledger.seals.store.of(REGION, openDay)!.root);
  const checks = proofs.map(({ index, proof }) => {
    const leaf = log.leafHash(ledger.audits.store.digests(REGION, openDay, index, index + 1)[0]!);
    const start = performance.now();
    if (!log.verifyInclusion(index, size, leaf, proof.map(fromHex), root)) throw new Error("a proof does not hold");
    return performance.now() - start;
  });
  const [bare, detailed] = [fsckAlone(d, "bare"), fsckAlone(d, "details")];
  await d.destroy();
  const small = await sealedDay(SMALL_DAY);
  const [smallBare, smallDetailed] = [fsckAlone(small, "bare"), fsckAlone(small, "details")];
  await small.destroy();
  const ms = (value: number) => `${value.toFixed(2)} ms`;
  return [
    {
      what: `sealing a day of ${size.toLocaleString("en")} entries`,
      ours: `${sealing.toFixed(1)} s`,
      other: "",
      ratio: "",
      aim: "–",
    },
    {
      what: `proof of one record of that day, p99 of ${proofs.length}`,
      ours: ms(
        percentile(
          proofs.map((p) => p.time),
          0.99,
        ),
      ),
      other: "",
      ratio: "",
      aim: "< 5 ms",
    },
    {
      what: "verification of such a proof, p99",
      ours: ms(percentile(checks, 0.99)),
      other: "",
      ratio: "",
      aim: "< 1 ms",
    },
    {
      what: "fsck without details",
      ours: perSecond(bare.entries, bare.time),
      other: "",
      ratio: "",
      aim: "≥ 50,000/s",
    },
    {
      what: "fsck with details",
      ours: perSecond(detailed.entries, detailed.time),
      other: "",
      ratio: "",
      aim: "≥ 20,000/s",
    },
    ...(
      [
        ["without", bare, smallBare],
        ["with", detailed, smallDetailed],
      ] as const
    ).map(([how, large, little]) => ({
      what: `peak memory of fsck ${how} details in a heap of ${FSCK_HEAP_MB} MB, beside a day of ${SMALL_DAY.toLocaleString("en")}`,
      ours: `${large.peakMb} MB`,
      other: `${little.peakMb} MB`,
      ratio: times(large.peakMb / little.peakMb),
      aim: "does not grow",
    })),
    { what: "chain transactions for that day", ours: "1", other: "", ratio: "", aim: "1" },
  ];
}
