import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fromHex, type Hex } from "../core/bytes.ts";
import { readNote, type SignedCheckpoint } from "../core/note.ts";
import { nextHead } from "../core/seal.ts";
import { recover } from "../core/signature.ts";
import { CHECKPOINT } from "../core/statement.ts";
import { log } from "../core/tree.ts";
import { domainSeparator, typedDigest } from "../core/typedData.ts";

/** Two statements of the operator that exclude each other, both signed: `challenge --contradict` takes the files. */
export class Contradiction extends Error {}

async function fetchText(url: string): Promise<string> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return await response.text();
}

function signerOf({ ledgerId, checkpoint, signature }: SignedCheckpoint): Hex | null {
  return recover(typedDigest(domainSeparator(ledgerId), CHECKPOINT, checkpoint), signature);
}

/** One look: the newest statement must extend the copy that this folder keeps. Returns a line that says what was seen. */
export async function look(
  server: string,
  region: number,
  folder: string,
  trusted: string | undefined,
): Promise<string> {
  const base = `${server}/api/v1/regions/${region}`;
  const note = await fetchText(`${base}/checkpoint`);
  const now = readNote(note);
  const operator = now && signerOf(now);
  if (!now || !operator || (trusted && operator !== trusted))
    throw new Contradiction("the newest checkpoint is malformed or not the operator's");
  const file = join(folder, `${region}.checkpoint`);
  const before = existsSync(file) ? readNote(readFileSync(file, "utf8")) : null;
  const cry = (why: string) => {
    writeFileSync(join(folder, `${region}.contradiction`), note);
    return new Contradiction(`${why}\n--- kept:\n${readFileSync(file, "utf8")}--- now:\n${note}`);
  };
  if (before) {
    const [old, fresh] = [before.checkpoint, now.checkpoint];
    if (before.ledgerId !== now.ledgerId || signerOf(before) !== operator)
      throw cry("another ledger or operator speaks");
    if (fresh.day < old.day || (fresh.day === old.day && fresh.size < old.size)) throw cry("the log has shrunk");
    // The day of the kept statement must still begin with what was seen of it, also after its seal.
    const same = fresh.day === old.day ? now : readNote(await fetchText(`${base}/checkpoint?day=${old.day}`));
    if (!same || signerOf(same) !== operator) throw cry("no signed statement of the day that was followed");
    if (!(await extendsDay(base, old, same.checkpoint))) throw cry("the day no longer begins with what was seen of it");
    if (fresh.day > old.day && !(await headsMeet(base, old, fresh)))
      throw cry("the sealed days do not lead from the kept head to the new one");
    if (fresh.day === old.day && fresh.head !== old.head) throw cry("the head changed within a day");
  }
  writeFileSync(file, note);
  return `region ${region} day ${now.checkpoint.day} size ${now.checkpoint.size} root ${now.checkpoint.root} operator ${operator}`;
}

async function extendsDay(
  base: string,
  old: SignedCheckpoint["checkpoint"],
  now: SignedCheckpoint["checkpoint"],
): Promise<boolean> {
  if (old.size === 0) return true;
  if (now.size < old.size) return false;
  const { proof } = JSON.parse(
    await fetchText(`${base}/days/${old.day}/consistency?from=${old.size}&to=${now.size}`),
  ) as { proof: Hex[] };
  return log.verifyConsistency(old.size, now.size, fromHex(old.root), fromHex(now.root), proof.map(fromHex));
}

async function headsMeet(
  base: string,
  old: SignedCheckpoint["checkpoint"],
  now: SignedCheckpoint["checkpoint"],
): Promise<boolean> {
  const { seals } = JSON.parse(await fetchText(`${base}/seals?fromDay=${old.day}&limit=400`)) as {
    seals: { day: number; size: number; root: Hex }[];
  };
  const head = seals.filter(({ day }) => day < now.day).reduce((head, seal) => nextHead(head, seal), old.head);
  return head === now.head || (seals.length === 0 && old.head === now.head);
}
