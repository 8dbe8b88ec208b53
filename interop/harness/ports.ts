/** TCP ports that nobody uses. */
import { createServer } from "node:net";

const given = new Set<number>();

/** A TCP port that is free on `host` now and that this process was not given before. */
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
    if (!given.has(port)) {
      given.add(port);
      return port;
    }
  }
}
