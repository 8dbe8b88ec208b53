import { expect, test } from "vitest";
import { makeRings, RING_BYTES, RingSide } from "../../src/stream/ring.js";
import { PORTION, RingStream } from "../../src/stream/ring-stream.js";

function sides(): { a: RingSide; b: RingSide; memory: SharedArrayBuffer } {
  const memory = makeRings();
  return { a: new RingSide(memory, 0), b: new RingSide(memory, 1), memory };
}

test("bytes come in order, also round the end of the ring and of the counters", () => {
  const { a, b, memory } = sides();
  // Both positions shortly before the counters overflow.
  const cells = new Int32Array(memory);
  cells[0] = cells[16] = -100_000;
  const got = new Uint8Array(70_000);
  let next = 0;
  for (let i = 0; i < 40; i++) {
    const sent = Uint8Array.from({ length: 1000 * i + 7 }, (_, k) => (next + k) & 255);
    expect(a.write(sent, 0, sent.length)).toBe(sent.length);
    for (let p = 0; p < sent.length; ) {
      const n = b.read(got);
      expect(got.subarray(0, n)).toEqual(sent.subarray(p, p + n));
      p += n;
    }
    next += sent.length;
  }
  expect(b.read(got)).toBe(0);
});

test("a full ring takes nothing, and its bell rings when there is room", async () => {
  const { a, b } = sides();
  const all = new Uint8Array(RING_BYTES + 10);
  expect(a.write(all, 0, all.length)).toBe(RING_BYTES);
  a.listen();
  expect(a.write(all, RING_BYTES, RING_BYTES + 10)).toBe(0);
  const woken = new Promise<void>((r) => a.sleep(r));
  expect(b.read(new Uint8Array(100))).toBe(100);
  await woken;
  expect(a.write(all, RING_BYTES, RING_BYTES + 10)).toBe(10);
});

test("whoever sleeps is woken by what comes, by an end and by a departure, also when it came since listen()", async () => {
  const { a, b } = sides();
  for (const change of [() => a.write(new Uint8Array(1), 0, 1), () => a.end(), () => a.go()]) {
    b.listen();
    const later = new Promise<void>((r) => b.sleep(r));
    change();
    await later;
    b.listen();
    change();
    await new Promise<void>((r) => b.sleep(r));
    b.listen();
    change();
    await new Promise<void>((r) => b.sleep(r, 10));
  }
  expect([b.ended, b.gone, a.ended, a.gone]).toEqual([true, true, false, false]);
});

test("a side that goes wakes itself", async () => {
  const { a } = sides();
  a.listen();
  const woken = new Promise<void>((r) => a.sleep(r));
  a.go();
  await woken;
});

test("damaged positions are told", () => {
  const { a, b, memory } = sides();
  new Int32Array(memory)[16] = RING_BYTES + 1;
  expect(b.read(new Uint8Array(10))).toBe(-1);
  expect(a.write(new Uint8Array(10), 0, 10)).toBe(-1);
});

test("what an end that has gone left behind is received at once, all of it", () => {
  const { a, b } = sides();
  class End extends RingStream {
    all(): void {
      this.attend(RING_BYTES / PORTION + 1);
    }
  }
  const stream = new End(a, { kind: "test", name: "test", needsProbes: false, state: "open" }, {});
  let size = 0;
  stream.onChunk = (_c, n) => {
    size += n;
  };
  b.write(new Uint8Array(5), 0, 5);
  stream.all();
  expect(b.write(new Uint8Array(RING_BYTES), 0, RING_BYTES)).toBe(RING_BYTES);
  stream.all();
  expect(size).toBe(RING_BYTES + 5);
  stream.destroy();
});
