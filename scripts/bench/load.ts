import { Agent, request } from "node:http";
import { parentPort, workerData } from "node:worker_threads";

/** Sends prepared bodies, in bytes, over so many connections, from a thread of its own, and says how long it took. */
const { url, key, bodies, connections } = workerData as {
  url: string;
  key: string;
  bodies: Uint8Array[];
  connections: number;
};
const agent = new Agent({ keepAlive: true, maxSockets: connections });

function send(body: Uint8Array): Promise<number> {
  return new Promise((resolve, reject) => {
    const call = request(
      `${url}/api/v1/visits`,
      {
        method: "POST",
        agent,
        headers: {
          "content-type": "application/json",
          "content-length": body.length,
          authorization: `Bearer ${key}`,
        },
      },
      (response) => {
        response.resume();
        response.on("end", () => resolve(response.statusCode ?? 0));
      },
    );
    call.on("error", reject);
    call.end(body);
  });
}

let next = 0;
let refused = 0;
async function connection(): Promise<void> {
  while (next < bodies.length) if ((await send(bodies[next++]!)) !== 201) refused++;
}
const start = performance.now();
await Promise.all(Array.from({ length: connections }, connection));
parentPort!.postMessage({ seconds: (performance.now() - start) / 1000, refused });
agent.destroy();
