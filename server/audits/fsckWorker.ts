import { parentPort, workerData } from "node:worker_threads";
import { openSql, WALK_CACHE_KIB } from "../db/client.ts";
import { openVault } from "../db/vault.ts";
import { openSealStore } from "../seals/store.ts";
import { openFsckStore } from "./fsckStore.ts";
import { type DetailTask, type IndexTask, runTasks, type TaskCounter } from "./fsckTasks.ts";

/** fsck's second thread: builds indexes and opens details while the first one hashes entries. */
const { file, vaultKey, tasks, next } = workerData as {
  file: string;
  vaultKey: Uint8Array;
  tasks: (IndexTask | DetailTask)[];
  next: TaskCounter;
};
const sql = openSql(file, WALK_CACHE_KIB);
const parts = { store: openFsckStore(sql), seals: openSealStore(sql), vault: openVault(sql, vaultKey) };
parentPort!.postMessage(runTasks(parts, tasks, next));
sql.close();
