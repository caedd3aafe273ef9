import { parentPort, workerData } from "node:worker_threads";
import { openSql } from "../db/client.ts";
import { openVault } from "../db/vault.ts";
import { checkDetails, type DetailTask, type TaskCounter } from "./fsckDetails.ts";
import { openFsckStore } from "./fsckStore.ts";

/** fsck's second thread: opens details while the first one hashes entries. */
const { file, vaultKey, tasks, next } = workerData as {
  file: string;
  vaultKey: Uint8Array;
  tasks: DetailTask[];
  next: TaskCounter;
};
const sql = openSql(file);
parentPort!.postMessage(checkDetails(openFsckStore(sql), openVault(sql, vaultKey), tasks, next));
sql.close();
