import { expect, test } from "vitest";
import { outbox, pipe } from "../../src/stream/mod.js";
import { chunkOf, Log, say } from "./helpers.js";

test("delivered from within write(), one after the other, never nested", () => {
  const [a, b] = pipe();
  const story: string[] = [];
  let depth = 0;
  let turns = 0;
  const handler = (name: string, reply: () => void) => (): void => {
    story.push(`${name}${depth++}`);
    if (turns++ < 1000) reply();
    depth--;
  };
  a.onChunk = handler("a", () => say(a, "x"));
  b.onChunk = handler("b", () => say(b, "x"));
  say(a, "x");
  expect(story.length).toBe(1001);
  expect(story.slice(0, 4)).toEqual(["b0", "a0", "b0", "a0"]);
  expect(story.every((s) => s.endsWith("0"))).toBe(true);
  a.destroy();
});

test("order across several pipes is that of writing, but a chunk waits for its predecessor to be handled", () => {
  const [a, b] = pipe();
  const [c, d] = pipe();
  const story: string[] = [];
  const tell = (name: string, next?: () => void) => (chunk: { u8: Uint8Array }, n: number) => {
    story.push(name + String.fromCharCode(...chunk.u8.subarray(0, n)));
    next?.();
  };
  let once = true;
  b.onChunk = tell("b", () => {
    if (!once) return;
    once = false;
    say(c, "1");
    say(a, "2");
    say(b, "3");
    say(c, "4");
    story.push("end");
  });
  d.onChunk = tell("d");
  a.onChunk = tell("a");
  say(a, "0");
  expect(story).toEqual(["b0", "end", "d1", "a3", "b2", "d4"]);
  a.destroy();
  c.destroy();
});

test("microtask: nothing within write(), one delivery each", async () => {
  const [a, b] = pipe({ delivery: "microtask" });
  const log = new Log(b);
  say(a, "1");
  say(a, "2");
  expect(log.size).toBe(0);
  await Promise.resolve();
  expect(log.text).toBe("1");
  await Promise.resolve();
  expect(log.text).toBe("12");
  a.destroy();
});

test("the chunk itself changes hands", () => {
  const [a, b] = pipe();
  const c = chunkOf("same");
  let got: unknown;
  b.onChunk = (chunk) => {
    got = chunk;
    expect(chunk.epoch).toBe(0);
  };
  expect(a.write(c, 4)).toBe(false);
  expect(got).toBe(c);
  expect(c.epoch).toBe(1);
  a.destroy();
});

test("setting onChunk and resume() never deliver before they return", async () => {
  const [a, b] = pipe();
  say(a, "x");
  let n = 0;
  b.onChunk = () => {
    n++;
  };
  expect(n).toBe(0);
  await Promise.resolve();
  expect(n).toBe(1);
  b.pause();
  say(a, "y");
  b.resume();
  expect(n).toBe(1);
  await Promise.resolve();
  expect(n).toBe(2);
  a.destroy();
});

test("the outbox survives handlers that send while it writes", async () => {
  const [a, b] = pipe();
  const [c, d] = pipe();
  const logs = [new Log(a), new Log(d)];
  b.onChunk = (chunk, n) => {
    outbox.send(b, chunk.u8.subarray(0, n));
    outbox.send(c, chunk.u8.subarray(0, n));
  };
  let expected = "";
  for (let i = 0; i < 500; i++) {
    const word = `${i};`;
    expected += word;
    const p = outbox.begin(a);
    const bytes = new TextEncoder().encode(word);
    outbox.chunk.u8.set(bytes, p);
    outbox.commit(p + bytes.length);
    if (i % 7 === 0) outbox.send(c, new Uint8Array(0));
    if (i % 50 === 0) outbox.send(d, new TextEncoder().encode("!"));
  }
  await Promise.resolve();
  await Promise.resolve();
  expect(logs.map((l) => l.text)).toEqual([expected, expected]);
  a.destroy();
  c.destroy();
});
