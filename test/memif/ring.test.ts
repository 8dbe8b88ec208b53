import { describe, expect, test, vi } from "vitest";
import { Chunk } from "../../src/bytes/mod.js";
import { RingError } from "../../src/memif/ring-error.js";
import { RingMemory } from "../../src/memif/ring-memory.js";
import { checkRing, layRing, ringBytes } from "../../src/memif/ring-place.js";
import { RxRing } from "../../src/memif/ring-rx.js";
import { RingService } from "../../src/memif/ring-service.js";
import { TxRing } from "../../src/memif/ring-tx.js";
import { until } from "../until.js";
import { bytesOf, type Pair, pair } from "./ring-pair.js";

/** Word `n` of a slot: 0 flags and region, 1 length, 2 offset. */
const word = (slot: number, n: number): number => 32 + slot * 4 + n;
const NEXT = 1;

/** Puts a packet, shows and receives it. */
function through(p: Pair, bytes: Uint8Array): Uint8Array {
  expect(p.tx.send([bytes])).toBe(1);
  const burst = p.rx.receive()!;
  const copy = burst.copy(0);
  burst.release();
  return copy;
}

describe("checkRing", () => {
  const memory = new RingMemory([new ArrayBuffer(ringBytes(3))]);
  const place = { memory, region: 0, offset: 0, log2Size: 3 };
  const buffers = { region: 0, offset: 128, size: 4 };

  test("takes a ring that was laid", () => {
    layRing(place, buffers);
    expect(() => checkRing(place)).not.toThrow();
  });

  test.each([
    [{ region: 1 }, "region 1"],
    [{ log2Size: 15 }, "2^15"],
    [{ log2Size: 4 }, "exceeds its region"],
    [{ offset: 2 }, "multiple of 4"],
    [{ offset: 0xffff_fffc }, "exceeds its region"],
  ])("refuses %j", (wrong, text) => {
    expect(() => checkRing({ ...place, ...wrong })).toThrow(RingError);
    expect(() => checkRing({ ...place, ...wrong })).toThrow(text);
  });

  test("refuses memory without the cookie", () => {
    const bare = new RingMemory([new ArrayBuffer(ringBytes(3))]);
    expect(() => checkRing({ ...place, memory: bare })).toThrow("cookie 0x0");
  });

  test("buffers outside of their region are not laid", () => {
    expect(() => layRing(place, { ...buffers, size: 32 })).toThrow(RingError);
    expect(() => layRing(place, { ...buffers, region: 1 })).toThrow(RingError);
  });
});

describe.each(["s2m", "m2s"] as const)("%s", (kind) => {
  test("a packet that exceeds a buffer is chained, and slots are used again without the mark", () => {
    const p = pair({ kind });
    for (const length of [40, 3, 16, 17, 64, 1, 1, 1, 1]) expect(through(p, bytesOf(length, length))).toEqual(bytesOf(length, length));
    expect(p.rx.chained).toBe(3);
    expect([0, 1, 2, 3].map((slot) => p.u32[word(slot, 0)]! & NEXT)).toEqual([0, 0, 0, 0]);
  });

  test("nothing of a packet is put for which slots are missing, and posted buffers stay whole", () => {
    const p = pair({ kind });
    expect(p.tx.put(bytesOf(0, 20))).toBe(true);
    expect(p.tx.put(bytesOf(1, 33))).toBe(false);
    expect(p.tx.put(bytesOf(2, 32))).toBe(true);
    expect([p.tx.free, p.tx.full]).toEqual([0, 1]);
    expect(p.tx.flush()).toBe(2);
    const burst = p.rx.receive()!;
    expect([burst.copy(0), burst.copy(1)]).toEqual([bytesOf(0, 20), bytesOf(2, 32)]);
    burst.release();
    expect(through(p, bytesOf(3, 64))).toEqual(bytesOf(3, 64));
  });

  test("packets are seen after the flush alone", () => {
    const p = pair({ kind });
    p.tx.put(bytesOf(0, 5));
    expect([p.rx.pending, p.rx.receive()]).toEqual([0, undefined]);
    p.tx.flush();
    expect(p.rx.receive()?.count).toBe(1);
  });

  test("send gathers parts, and says how many went", () => {
    const p = pair({ kind });
    const packets = [bytesOf(0, 8), [bytesOf(1, 4), bytesOf(2, 30)], bytesOf(3, 1), bytesOf(4, 1)];
    expect(p.tx.send(packets)).toBe(2);
    const burst = p.rx.receive()!;
    expect(burst.copy(1)).toEqual(Uint8Array.of(...bytesOf(1, 4), ...bytesOf(2, 30)));
    burst.release();
    expect(p.tx.send(packets, 2)).toBe(2);
    expect([p.tx.packets, p.tx.bytes]).toEqual([4, 44]);
  });

  test("what was put before a packet that no ring takes is sent", () => {
    const p = pair({ kind });
    expect(() => p.tx.send([bytesOf(0, 3), new Uint8Array(0)])).toThrow(expect.objectContaining({ code: "ERR_RANGE" }));
    const burst = p.rx.receive()!;
    expect(burst.count).toBe(1);
    burst.release();
    expect(() => p.tx.put(new Uint8Array(0))).toThrow("a packet of 0 bytes");
    expect(() => p.tx.claim(0)).toThrow("a packet of 0 bytes");
    expect(() => p.tx.put(new Uint8Array(69_633))).toThrow("1 to 69632");
    expect(() => p.tx.putFrom(new Chunk(4), 2, 3)).toThrow("3 bytes at 2");
  });

  test("a packet that no number of slots is enough for is dropped, and its followers are not", () => {
    const p = pair({ kind });
    expect(p.tx.send([bytesOf(0, 65), bytesOf(1, 64)])).toBe(2);
    expect([p.tx.dropped, p.tx.packets]).toEqual([1, 1]);
    const burst = p.rx.receive()!;
    expect([burst.count, burst.copy(0)]).toEqual([1, bytesOf(1, 64)]);
    burst.release();
    expect([p.tx.claim(17), p.tx.dropped]).toEqual([false, 1]);
  });

  test("the consumer is interrupted once for each flush, unless it masks", () => {
    const p = pair({ kind });
    p.tx.send([bytesOf(0, 1), bytesOf(1, 1)]);
    p.tx.flush();
    expect([p.interrupts(), p.tx.notified]).toEqual([1, 1]);
    p.rx.mask();
    p.tx.send([bytesOf(2, 1)]);
    expect(p.interrupts()).toBe(1);
    p.rx.unmask();
    p.tx.send([bytesOf(3, 1)]);
    expect(p.interrupts()).toBe(2);
    expect(pair({ kind, polling: true }).u16[2]).toBe(1);
  });

  test("slots go back in order, when all earlier bursts were released", () => {
    const p = pair({ kind });
    p.tx.send([0, 1, 2, 3].map((id) => bytesOf(id, 4)));
    const [a, b, c] = [p.rx.receive(1)!.hold(), p.rx.receive(2)!, p.rx.receive(1)!];
    expect([a.held, b.held, b.queue]).toEqual([true, false, 3]);
    b.release();
    b.release();
    expect(p.tx.free).toBe(0);
    expect(a.copy(0)).toEqual(bytesOf(0, 4));
    a.release();
    expect(p.tx.free).toBe(3);
    c.release();
    expect(p.tx.free).toBe(4);
  });

  test("a burst is not read after its release, nor after the end of its connection", () => {
    const p = pair({ kind });
    p.tx.send([bytesOf(0, 4), bytesOf(1, 4)]);
    const [a, b] = [p.rx.receive(1)!, p.rx.receive(1)!];
    a.release();
    p.rx.close();
    for (const burst of [a, b]) {
      for (const read of [() => burst.view(0), () => burst.start(0), () => burst.length(0), () => burst.chunk(0), () => burst.hold()])
        expect(read).toThrow(expect.objectContaining({ code: "ERR_BORROWED" }));
      burst.release();
    }
    expect([p.rx.pending, p.rx.receive()]).toEqual([0, undefined]);
    p.tx.close();
    expect([p.tx.free, p.tx.put(bytesOf(0, 1)), p.tx.flush()]).toEqual([0, false, 0]);
  });

  test("there are as many packets in a burst as it says", () => {
    const p = pair({ kind });
    p.tx.send([bytesOf(0, 4)]);
    const burst = p.rx.receive()!;
    for (const i of [1, -1]) expect(() => burst.start(i)).toThrow(expect.objectContaining({ code: "ERR_RANGE" }));
    const target = new Uint8Array(6);
    expect(burst.copyTo(0, target, 2)).toBe(4);
    expect(target.subarray(2)).toEqual(bytesOf(0, 4));
  });

  test("an unfinished chain waits for its end", () => {
    const p = pair({ kind });
    p.tx.send([bytesOf(0, 4), bytesOf(1, 4)]);
    p.u32[word(0, 0)]! |= NEXT;
    p.u32[word(1, 0)]! |= NEXT;
    expect(p.rx.receive()).toBeUndefined();
    p.tx.send([bytesOf(2, 4)]);
    expect(p.rx.receive()?.copy(0)).toEqual(Uint8Array.of(...bytesOf(0, 4), ...bytesOf(1, 4), ...bytesOf(2, 4)));
  });

  test("a chain through the whole ring has no end", () => {
    const p = pair({ kind });
    p.tx.send([0, 1, 2, 3].map((id) => bytesOf(id, 4)));
    for (const slot of [0, 1, 2, 3]) p.u32[word(slot, 0)]! |= NEXT;
    expect(() => p.rx.receive()).toThrow("without an end in 4 slots");
  });

  test("packets and chains are bounded", () => {
    for (const lengths of [[13], [7, 7]]) {
      const p = pair({ kind, maxPacket: 12 });
      p.tx.send(lengths.map((length) => bytesOf(0, Math.min(length, 12))));
      if (lengths.length > 1) p.u32[word(0, 0)]! |= NEXT;
      else p.u32[word(0, 1)] = 13;
      expect(() => p.rx.receive()).toThrow(RingError);
    }
  });

  test("chains that do not fit together into what is gathered come one after the other", () => {
    const p = pair({ kind, log2Size: 9, bufferSize: 2048 });
    const packets = [0, 1, 2, 3, 4, 5].map((id) => bytesOf(id, 60_000));
    expect(p.tx.send(packets)).toBe(6);
    const counts: number[] = [];
    for (let b = p.rx.receive(), n = 0; b !== undefined; b = p.rx.receive()) {
      for (let i = 0; i < b.count; i++) expect(b.copy(i)).toEqual(packets[n++]);
      counts.push(b.count);
      b.release();
    }
    expect(counts).toEqual([4, 2]);
  });

  test.each([0, 17, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff])("a length of %i is refused", (length) => {
    const p = pair({ kind });
    p.tx.send([bytesOf(0, 4)]);
    p.u32[word(0, 1)] = length;
    if (kind === "s2m" && length === 17) expect(p.rx.receive()?.length(0)).toBe(17);
    else expect(() => p.rx.receive()).toThrow(RingError);
  });

  test("indices beyond the ring are clamped to it", () => {
    const p = pair({ kind });
    p.tx.send([0, 1, 2, 3].map((id) => bytesOf(id, 4)));
    p.u16[kind === "s2m" ? 3 : 32] = 60_000;
    expect(p.rx.pending).toBe(4);
    const burst = p.rx.receive()!;
    expect(burst.count).toBe(4);
    expect(p.rx.receive()).toBeUndefined();
    p.u16[kind === "s2m" ? 32 : 3] = 30_000;
    expect([0, 4]).toContain(p.tx.free);
  });
});

describe("a server receives", () => {
  test.each([
    ["a region that is not there", 2, 0],
    ["an end outside of the region", 1, 96 - 3],
    ["an offset that wraps in 32 bits", 1, 0xffff_fffe],
    ["an offset beyond 2 GiB", 1, 0x8000_0000],
  ])("not from %s", (_, region, offset) => {
    for (const chain of [0, NEXT]) {
      const p = pair({ kind: "s2m" });
      p.tx.send([bytesOf(0, 4), bytesOf(0, 4)]);
      p.u32[word(0, 0)] = (region << 16) | chain;
      p.u32[word(0, 2)] = offset;
      expect(() => p.rx.receive()).toThrow(RingError);
    }
  });

  test("from wherever the client's regions are, also beyond 2 GiB", () => {
    const far = 2 ** 31 + 64;
    const memory = new RingMemory([new ArrayBuffer(ringBytes(2)), new ArrayBuffer(64), new ArrayBuffer(far + 64)]);
    const place = { memory, region: 0, offset: 0, log2Size: 2 };
    layRing(place, { region: 1, offset: 0, size: 16 });
    const rx = new RxRing(place);
    rx.start(true);
    const u32 = new Uint32Array(memory.regions[0]!.u8.buffer);
    memory.regions[2]!.u8.set([1, 2, 3], far);
    u32.set([2 << 16, 3, far], word(0, 0));
    Atomics.store(new Uint16Array(u32.buffer), 3, 2);
    const burst = rx.receive()!;
    expect([burst.copy(0), burst.length(1)]).toEqual([Uint8Array.of(1, 2, 3), 16]);
  });
});

describe("a client", () => {
  test("posts whole buffers again, whatever the server wrote into the slots", () => {
    const p = pair({ kind: "m2s" });
    p.tx.send([bytesOf(0, 4)]);
    p.u32[word(0, 0)] = 7 << 16;
    p.u32[word(0, 2)] = 0xffff_fff0;
    const burst = p.rx.receive()!;
    expect(burst.copy(0)).toEqual(bytesOf(0, 4));
    burst.release();
    expect([0, 1, 2].map((n) => p.u32[word(0, n)])).toEqual([1 << 16, 16, 32]);
    expect(p.u16[3]).toBe(5);
  });
});

describe("a server sends", () => {
  /** A ring whose client posts the buffers given. */
  function posted(buffers: readonly (readonly [region: number, length: number, offset: number])[]) {
    const memory = new RingMemory([new ArrayBuffer(ringBytes(2)), new ArrayBuffer(64), new ArrayBuffer(64)]);
    const place = { memory, region: 0, offset: 0, log2Size: 2 };
    layRing(place, { region: 1, offset: 0, size: 16 });
    const u32 = new Uint32Array(memory.regions[0]!.u8.buffer);
    for (const [slot, [region, length, offset]] of buffers.entries()) u32.set([region << 16, length, offset], word(slot, 0));
    const tx = new TxRing(place, { notify: () => {} });
    tx.start();
    Atomics.store(new Uint16Array(u32.buffer), 3, buffers.length);
    return { tx, u32, memory };
  }

  test("into buffers of any size in any region", () => {
    const { tx, u32, memory } = posted([
      [2, 5, 8],
      [1, 3, 60],
      [2, 64, 0],
    ]);
    expect(tx.free).toBe(3);
    expect(tx.send([bytesOf(1, 10)])).toBe(1);
    expect([0, 1, 2].map((slot) => [u32[word(slot, 0)], u32[word(slot, 1)]])).toEqual([
      [(2 << 16) | NEXT, 5],
      [(1 << 16) | NEXT, 3],
      [2 << 16, 2],
    ]);
    const [, one, two] = memory.regions;
    expect([...two!.u8.subarray(8, 13), ...one!.u8.subarray(60, 63), ...two!.u8.subarray(0, 2)]).toEqual([...bytesOf(1, 10)]);
  });

  test("nothing while the posted buffers do not suffice, and leaves them as they are", () => {
    const { tx, u32 } = posted([[1, 5, 0]]);
    expect(tx.send([bytesOf(1, 6)])).toBe(0);
    expect([u32[word(0, 0)], u32[word(0, 1)]]).toEqual([1 << 16, 5]);
  });

  test.each([
    ["a region that is not there", 3, 16, 0],
    ["an end outside of the region", 1, 16, 49],
    ["no room", 1, 0, 0],
    ["an offset that wraps in 32 bits", 1, 16, 0xffff_fff8],
    ["a length that wraps in 32 bits", 1, 0xffff_ffff, 8],
  ])("not into %s", (_, region, length, offset) => {
    expect(() => posted([[region, length, offset]]).tx.put(bytesOf(0, 4))).toThrow(RingError);
    expect(() => posted([[region, length, offset]]).tx.claim(4)).toThrow(RingError);
    expect(() =>
      posted([
        [1, 2, 0],
        [region, length, offset],
      ]).tx.put(bytesOf(0, 4)),
    ).toThrow(RingError);
  });
});

describe("RingService", () => {
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const release = vi.fn((burst: { release: () => void }) => burst.release());
  const fail = vi.fn();
  function serve(p: readonly Pair[], options: { polling?: boolean; burst?: number } = {}) {
    release.mockClear();
    fail.mockClear();
    return new RingService(
      p.map(({ rx }) => rx),
      { deliver: release, polling: false, onError: fail, ...options },
    );
  }

  /** Turns until interrupts are wanted again. */
  async function turnsMasked(p: Pair): Promise<number> {
    let turns = 0;
    for (; p.u16[2] === 1; turns++) await turn();
    return turns;
  }

  test("finds what came before it started, and then waits for interrupts", async () => {
    const p = pair({ kind: "s2m" });
    p.tx.send([bytesOf(0, 1)]);
    const service = serve([p]);
    service.start();
    await turn();
    expect(release).toHaveBeenCalledTimes(1);
    await turnsMasked(p);
    await turn();
    p.tx.send([bytesOf(0, 1)]);
    await turn();
    expect([release.mock.calls.length, p.interrupts()]).toEqual([1, 2]);
    service.wake();
    expect(release).toHaveBeenCalledTimes(2);
    service.stop();
    p.tx.send([bytesOf(0, 1)]);
    service.wake();
    await turn();
    expect(release).toHaveBeenCalledTimes(2);
  });

  test("masks from the first packet until nothing has come for a while, and looks once more after unmasking", async () => {
    const p = pair({ kind: "m2s", log2Size: 5 });
    const other = pair({ kind: "m2s" });
    const service = serve([p, other], { burst: 1 });
    service.start();
    await turn();
    p.tx.send(Array.from({ length: 12 }, (_, id) => bytesOf(id, 1)));
    service.wake();
    expect([release.mock.calls.length, p.u16[2], other.u16[2]]).toEqual([8, 1, 1]);
    await turn();
    expect([release.mock.calls.length, p.u16[2], other.u16[2]]).toEqual([12, 1, 1]);
    for (let i = 0; i < 20; i++) await turn();
    other.tx.send([bytesOf(0, 1)]);
    await turn();
    expect([release.mock.calls.length, other.interrupts()]).toEqual([13, 0]);
    expect(await turnsMasked(p)).toBeGreaterThan(20);
    expect(other.u16[2]).toBe(0);
    // A peer that had read the mask before it was gone:
    p.tx.send([bytesOf(0, 1)]);
    await turn();
    expect(release).toHaveBeenCalledTimes(14);
    service.stop();
  });

  test("polls without interrupts, and no queue starves another", async () => {
    const [a, b] = [pair({ kind: "s2m", log2Size: 5, polling: true }), pair({ kind: "s2m", polling: true })];
    const service = serve([a, b], { polling: true, burst: 1 });
    service.start();
    a.tx.send(Array.from({ length: 32 }, (_, id) => bytesOf(id, 1)));
    b.tx.send([bytesOf(0, 1)]);
    await turn();
    expect([a.rx.packets, b.rx.packets]).toEqual([8, 1]);
    await until(() => a.rx.packets >= 32);
    service.stop();
    expect([a.interrupts(), b.interrupts()]).toEqual([0, 0]);
  });

  test("a peer's fault is told once and ends it", async () => {
    const p = pair({ kind: "s2m" });
    const service = serve([p]);
    p.tx.send([bytesOf(0, 1)]);
    p.u32[word(0, 1)] = 0;
    service.start();
    await turn();
    await turn();
    expect(fail.mock.calls).toEqual([[expect.any(RingError)]]);
  });

  test("goes on after a handler that throws, and stops for one that asks it to", async () => {
    const p = pair({ kind: "s2m" });
    const service = serve([p], { burst: 1 });
    service.start();
    await turn();
    p.tx.send([bytesOf(0, 1), bytesOf(1, 1), bytesOf(2, 1)]);
    release.mockImplementationOnce((burst) => {
      burst.release();
      throw new Error("of the user");
    });
    expect(() => service.wake()).toThrow("of the user");
    release.mockImplementationOnce((burst) => {
      burst.release();
      service.stop();
    });
    await turn();
    await turn();
    expect(release).toHaveBeenCalledTimes(2);
    expect(fail).not.toHaveBeenCalled();
  });
});
