/** TCP ports that nobody uses. */
import { createServer } from "node:net";

const given = new Set<number>();

/** Files that run side by side are given ports of different remainders, so that none is given to both. */
const WORKERS = 8;
const worker = Number(process.env.VITEST_POOL_ID ?? 0) % WORKERS;

/** A TCP port that is free on `host` now and that no test is given besides. */
export async function freePort(host = "127.0.0.1"): Promise<number> {
  for (;;) {
    const port = await new Promise<number>((resolve, reject) => {
      const server = createServer();
      server.on("error", reject);
      server.listen(0, host, () => {
        const address = server.address();
        server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
      });
    });
    if (port % WORKERS === worker && !given.has(port)) {
      given.add(port);
      return port;
    }
  }
}
