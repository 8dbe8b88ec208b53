import { expect, test } from "vitest";
import { outbox, pipe } from "../../src/stream/mod.js";
import { Log } from "./helpers.js";

const ready = (): { a: ReturnType<typeof pipe>[0]; log: Log } => {
  const [a, b] = pipe();
  return { a, log: new Log(b) };
};
const put = (stream: Parameters<typeof outbox.begin>[0], text: string): void => outbox.send(stream, new TextEncoder().encode(text));

test("collects until a microtask", async () => {
  const { a, log } = ready();
  put(a, "one");
  put(a, "two");
  expect(log.size).toBe(0);
  await Promise.resolve();
  expect(log.pieces.length).toBe(1);
  expect(log.text).toBe("onetwo");
});

test("collects until the outermost leave()", () => {
  const { a, log } = ready();
  outbox.enter();
  outbox.enter();
  put(a, "one");
  outbox.leave();
  expect(log.size).toBe(0);
  put(a, "two");
  outbox.leave();
  expect(log.pieces.length).toBe(1);
  expect(log.text).toBe("onetwo");
});

test("another stream's begin() sends the first one's bytes", () => {
  const x = ready();
  const y = ready();
  outbox.enter();
  put(x.a, "x");
  put(y.a, "y");
  expect([x.log.text, y.log.text]).toEqual(["x", ""]);
  outbox.leave();
  expect(y.log.text).toBe("y");
});

test("a throw between begin and commit leaves nothing behind", () => {
  const { a, log } = ready();
  outbox.enter();
  put(a, "one");
  outbox.chunk.u8.fill(255, outbox.begin(a), outbox.begin(a) + 100);
  put(a, "two");
  outbox.leave();
  expect(log.text).toBe("onetwo");
});

test("there is always room for the longest message", () => {
  const { a, log } = ready();
  outbox.enter();
  let total = 0;
  for (let i = 0; i < 400; i++) {
    const p = outbox.begin(a);
    expect(outbox.chunk.u8.length - p).toBeGreaterThanOrEqual(0x10000 + 0x400);
    const n = (i * 7919) % 0x10401;
    outbox.chunk.u8.fill(i, p, p + n);
    outbox.commit(p + n);
    total += n;
  }
  outbox.leave();
  expect(log.size).toBe(total);
});

test("send() takes bytes of any length, copied at once", async () => {
  const { a, log } = ready();
  const big = new Uint8Array(3_000_000).map((_, i) => i % 251);
  put(a, "before");
  outbox.send(a, big);
  big.fill(0);
  put(a, "after");
  await Promise.resolve();
  expect(log.size).toBe(3_000_011);
  expect(log.bytes[6 + 2_999_999]).toBe(2_999_999 % 251);
  expect(log.text.endsWith("after")).toBe(true);
});

test("bytes for a closed stream are dropped", async () => {
  const { a, log } = ready();
  put(a, "lost");
  a.destroy();
  await a.closed;
  put(a, "lost");
  await Promise.resolve();
  expect(log.size).toBe(0);
});

test("close() takes along what has collected", async () => {
  const { a, log } = ready();
  put(a, "last words");
  await a.close();
  expect(log.text).toBe("last words");
});
