import { join } from "node:path";
import { afterAll, beforeAll, describe, test } from "vitest";
import { connect, type Listener, listen, type Stream } from "../../src/stream/mod.js";
import { vconnSuite } from "../../src/testing/vconn-suite.js";
import { until } from "../until.js";
import { dir, given, module, remove } from "./dl-fixtures.js";

const here = module("export default handOn;");
let relay: string;
let listener: Listener;
const accepted: Stream[] = [];
let wake: (() => void) | undefined;

/** The worker hands everything on, so that the peer's end is in this thread. */
beforeAll(async () => {
  const path = join(dir, "relay");
  listener = await listen(`punix:${path}`, {
    onStream: (stream) => {
      accepted.push(stream);
      wake?.();
    },
  });
  relay = module(`import { createConnection } from "node:net";
export default (stream) => {
  const socket = createConnection({ path: ${JSON.stringify(path)}, allowHalfOpen: true });
  stream.onChunk = (c, n) => { socket.write(c.u8.slice(0, n)); };
  stream.onClose = (e) => { if (e === null) socket.end(); else socket.destroy(); };
  socket.on("data", (bytes) => say(stream, bytes));
  socket.on("end", () => void stream.close());
  socket.on("error", () => stream.destroy());
};`);
});

afterAll(async () => {
  await listener.close();
  remove();
});

const forms: Record<string, () => Promise<readonly [Stream, Stream]>> = {
  "a module": async () => {
    const tested = connect(`dl:${here}`);
    await until(() => given.length > 0);
    return [tested, given.shift()!];
  },
  "a worker": async () => {
    const tested = connect(`dl:${relay}?worker`);
    while (accepted.length === 0) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    return [tested, accepted.shift()!];
  },
};

for (const [form, pair] of Object.entries(forms)) {
  for (const [name, sizes] of [
    ["whole", undefined],
    ["in odd pieces", [3, 1, 7, 2, 11, 64, 5]],
  ] as const) {
    describe(`vconn over dl: with ${form}, ${name}`, () => {
      for (const c of vconnSuite({ pair, sizes })) test(c.name, c.run);
    });
  }
}
