/** TCP ports that nobody uses. */
import { createServer } from "node:net";

/** Below the ports that the kernel gives to whoever asks for any: files that run side by side are given ports of different ranges, so that none is given to both. */
const FIRST = 20_000;
const SPAN = 1_500;
const WORKERS = 8;
const first = FIRST + (Number(process.env.VITEST_POOL_ID ?? 0) % WORKERS) * SPAN;
let next = process.pid % SPAN;

const isFree = (port: number, host: string): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.on("error", () => resolve(false));
    server.listen(port, host, () => server.close(() => resolve(true)));
  });

/** A TCP port that is free on `host` now and that no test is given besides. */
export async function freePort(host = "127.0.0.1"): Promise<number> {
  for (let tried = 0; tried < SPAN; tried++) {
    const port = first + next;
    next = (next + 1) % SPAN;
    if (await isFree(port, host)) return port;
  }
  throw new Error(`no port from ${first} to ${first + SPAN - 1} is free`);
}
