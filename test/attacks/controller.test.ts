import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { frame, joined, rawPeer, type Server, startServer } from "./neighbour.js";

const HELLO = frame(4, 0, 1);

describe("a controller that one peer attacks serves the others", () => {
  let server: Server;

  beforeAll(async () => {
    server = await startServer({ kind: "controller" });
  });

  afterAll(async () => {
    await server.close();
  });

  test("four peers that send echo requests as fast as they can", async () => {
    const flood = joined(Array.from({ length: 1000 }, (_, i) => frame(4, 2, i)));
    const report = await server.beside("an echo flood", async (until) => {
      const peers = await Promise.all(Array.from({ length: 4 }, () => rawPeer(server.port)));
      await Promise.all(
        peers.map(async (peer) => {
          await peer.say(HELLO);
          while (!until() && !peer.ended) await peer.say(flood);
          peer.destroy();
        }),
      );
    });
    expect(report.lost).toBe(0);
  });
});
