import { copyFileSync, existsSync, renameSync, rmSync } from "node:fs";
import Sqlite from "better-sqlite3";
import { type Hex, toHex } from "../../core/bytes.ts";
import { firstHead, headsAfter } from "../../core/seal.ts";
import { openSql, type Sql } from "../../server/db/client.ts";
import { openEntryStore } from "../../server/entries/store.ts";
import type { Home } from "../../server/home.ts";
import { openSealStore } from "../../server/seals/store.ts";
import { EXIT, existingHome, UsageError, type Verb } from "../verb.ts";

/** Why a database cannot be this home's; null when it can. Throws where it is no database of this server. */
function strangeness(sql: Sql, ledgerId: Hex): string | null {
  if (sql.pragma("quick_check", { simple: true }) !== "ok") return "the file is damaged";
  const [entries, seals] = [openEntryStore(sql), openSealStore(sql)];
  for (const row of entries.regions()) {
    const { region, firstDay, offsetMinutes } = row;
    const sealed = seals.list(region, 0, Number.MAX_SAFE_INTEGER);
    const last = sealed.at(-1);
    const begun = firstHead(ledgerId, region, firstDay, offsetMinutes);
    const head = last ? headsAfter(ledgerId, row, sealed)?.get(last.day) : begun;
    if (head !== toHex(row.head)) return `its region ${region} is another ledger's`;
  }
  return null;
}

/** Why a file cannot take the place of this home's database; null when it can. */
function problemOf(file: string, home: Home): string | null {
  let sql: Sql | null = null;
  try {
    sql = openSql(file);
    return strangeness(sql, home.readLedger()!.ledgerId);
  } catch (error) {
    return `it is no database of this server: ${(error as Error).message}`;
  } finally {
    sql?.close();
  }
}

/** Empties the log of changes into the database, so that it is one file. Throws when a process has it open. */
function closeUp(file: string): void {
  const sql = new Sqlite(file, { timeout: 0 });
  try {
    sql.pragma("locking_mode = EXCLUSIVE");
    sql.exec("BEGIN EXCLUSIVE; COMMIT");
    sql.pragma("wal_checkpoint(TRUNCATE)");
  } catch {
    throw new UsageError(`${file}: a server or another command has it open: stop it first`);
  } finally {
    sql.close();
  }
}

const verb: Verb = {
  usage: "restore <backup.db>",
  summary: "put a backup in the database's place, which is kept beside it; `readmit` says what is missing then",
  async run(call) {
    const home = existingHome(call);
    const [backup] = call.positionals;
    if (!backup || !existsSync(backup)) throw new UsageError("a file that `backup` made is needed");
    const [present, fresh] = [home.path("ledger.db"), home.path("ledger.db.new")];
    rmSync(fresh, { force: true });
    copyFileSync(backup, fresh);
    const problem = problemOf(fresh, home);
    const drop = (file: string) => {
      for (const end of ["-wal", "-shm"]) rmSync(`${file}${end}`, { force: true });
    };
    drop(fresh);
    if (problem) {
      rmSync(fresh);
      call.out.result({ refused: problem }, `refused: ${backup}: ${problem}`);
      return EXIT.refused;
    }
    let kept: string | null = null;
    if (existsSync(present)) {
      closeUp(present);
      // A log of changes beside the wrong database would be read into it.
      drop(present);
      kept = home.path(`ledger.db.${new Date().toISOString().replace(/\D/g, "").slice(0, 14)}`);
      renameSync(present, kept);
    }
    renameSync(fresh, present);
    const note = kept ? `; what was there is ${kept}` : "";
    call.out.result({ restored: backup, kept }, `restored${note}. Next: silverledger readmit`);
    return EXIT.ok;
  },
};
export default verb;
