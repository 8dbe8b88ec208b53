/** Switches that go away before they are set up: each phase, by a FIN and by a RST. Nothing waits for a deadline. */
import { connect, type Socket } from "node:net";
import { expect, test } from "vitest";
import { fromHex } from "../../src/bytes/mod.js";
import { Controller } from "../../src/controller/mod.js";
import { MockClock } from "../../src/testing/mod.js";

const PEERS = 20;
const HELLO = "0400000800000001";

test.each([
  ["before the hello", ""],
  ["in the middle of the hello", HELLO.slice(0, 10)],
  ["while the features are awaited", HELLO],
  ["in the middle of the features reply", `${HELLO}0406002000000001`],
])("%s", async (_phase, sent) => {
  // Its time stands still: no deadline can be what ends a connection.
  const controller = new Controller({ clock: new MockClock() });
  const sockets: Socket[] = [];
  try {
    const listener = await controller.listen("ptcp:0:127.0.0.1");
    const port = Number(listener.name.split(":")[1]);
    for (const leave of [(s: Socket) => s.end(), (s: Socket) => s.resetAndDestroy()]) {
      const here: Socket[] = [];
      for (let i = 0; i < PEERS; i++) {
        const s = connect({ port, host: "127.0.0.1", allowHalfOpen: true }).on("error", () => {});
        sockets.push(s);
        here.push(s);
        // The controller's hello, and with ours its request for the features.
        let bytes = 0;
        await new Promise<void>((done) => {
          s.on("data", (got) => {
            bytes += got.length;
            if (bytes >= 16 + (sent.length >= 16 ? 8 : 0)) done();
          });
          if (sent !== "") s.write(fromHex(sent));
        });
      }
      expect(controller.connections).toBe(PEERS);
      for (const s of here) leave(s);
      await expect.poll(() => controller.connections, { timeout: 8_000 }).toBe(0);
      for (const s of here) s.destroy();
    }
  } finally {
    for (const s of sockets) s.destroy();
    await controller.close();
  }
});
