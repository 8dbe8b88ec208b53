import { once } from "node:events";
import { connect } from "node:net";
import { expect, test } from "vitest";
import { listen } from "../../src/stream/mod.js";
import { Vconn } from "../../src/vconn/mod.js";

const MESSAGES = 2000;
const HELLO = Buffer.from("0400000800000001", "hex");
const BARRIER_REPLY = 21;

/** Messages of a type with the transaction ids 1 to n. */
const row = (n: number): Buffer => {
  const bytes = Buffer.alloc(8 * n);
  for (let i = 0; i < n; i++) {
    bytes.writeUInt32BE(0x04000008 | (BARRIER_REPLY << 16), 8 * i);
    bytes.writeUInt32BE(i + 1, 8 * i + 4);
  }
  return bytes;
};

const burn = (ms: number): void => {
  const end = performance.now() + ms;
  while (performance.now() < end);
};

test("one read full of messages that take long is handled over several turns, in order, and the end behind it", async () => {
  const xids: number[] = [];
  let heldUp: number | undefined;
  let ended: number | undefined;
  let up = 0;
  const vconns: Vconn[] = [];
  const listener = await listen("ptcp:0:127.0.0.1", {
    onStream: (stream) => {
      const vconn = new Vconn(stream, { versions: [4] });
      vconns.push(vconn);
      vconn.onUp = () => up++;
      vconn.onMessage = (_type, c, p) => {
        if (vconn !== vconns[0]) {
          heldUp = xids.length;
          return;
        }
        xids.push(c.dv.getUint32(p + 4));
        // the neighbour's message is there from now on
        if (xids.length === 1) neighbour.write(row(1));
        burn(0.05);
      };
      vconn.onClose = () => {
        if (vconn === vconns[0]) ended = xids.length;
      };
    },
  });
  const port = Number(listener.name.split(":")[1]);
  const attacker = connect(port, "127.0.0.1");
  const neighbour = connect(port, "127.0.0.1");
  try {
    await once(attacker, "connect");
    attacker.write(HELLO);
    await expect.poll(() => up, { timeout: 10_000 }).toBe(1);
    neighbour.write(HELLO);
    await expect.poll(() => up, { timeout: 10_000 }).toBe(2);
    attacker.resume();
    attacker.end(row(MESSAGES));
    await expect.poll(() => ended, { timeout: 20_000 }).toBe(MESSAGES);
    expect(xids).toEqual(Array.from({ length: MESSAGES }, (_, i) => i + 1));
    expect(vconns[0]!.received).toBe(MESSAGES + 1);
    expect(vconns[0]!.receivedBytes).toBe(8 * (MESSAGES + 1));
    expect(heldUp).toBeLessThan(MESSAGES / 2);
  } finally {
    attacker.destroy();
    neighbour.destroy();
    await listener.close();
    for (const vconn of vconns) vconn.destroy();
  }
}, 30_000);
