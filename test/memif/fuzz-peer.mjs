// @ts-check
/**
 * A peer that breaks every rule, in a process of its own. Arguments: the addon, the socket of a server to attack, the socket to be a server at, and a seed. It says wrong and random
 * messages, and once connected rewrites rings at random while traffic runs. It goes on until it is killed.
 */
import { createRequire } from "node:module";
import { setImmediate as turn } from "node:timers/promises";

const [, , addon = "", target = "", own = "", seed = "1"] = process.argv;
const calls = createRequire(import.meta.url)(addon);

let state = Number(seed) >>> 0;
/** Mulberry32: the same numbers for the same seed. */
function random() {
  state = (state + 0x6d2b79f5) >>> 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
}
/** @param {number} n */
const below = (n) => Math.floor(random() * n);
/** @param {number} share */
const chance = (share) => random() < share;

const COOKIE = 0x03e3_1f20;
const WORDS = [
  0, 1, 2, 63, 64, 2047, 2048, 2049, 0x7fff, 0x8000, 0xffff, 0x1_0000, 0x1_0001, 0x7fff_ffff, 0x8000_0000, 0xffff_f800, 0xffff_ffff,
];
const someWord = () => (chance(0.7) ? (WORDS[below(WORDS.length)] ?? 0) : Math.floor(random() * 2 ** 32));

/** @param {number} code @param {(view: DataView) => void} [fill] */
function message(code, fill) {
  const bytes = new Uint8Array(128);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, code, true);
  fill?.(view);
  return bytes;
}

/** What a connection holds; all of it is given back when it ends. */
class Held {
  /** @type {number[]} */
  fds = [];
  /** @type {ArrayBuffer[]} */
  maps = [];

  /** @param {number} fd */
  fd(fd) {
    if (fd >= 0) this.fds.push(fd);
    return fd;
  }

  /** @param {number} fd @param {number} size */
  map(fd, size) {
    const memory = calls.memoryMap(fd, size);
    if (typeof memory === "number") return undefined;
    this.maps.push(memory);
    return memory;
  }

  end() {
    for (const memory of this.maps) calls.memoryUnmap(memory);
    for (const fd of this.fds) calls.fdClose(fd);
  }
}

const bytes = new Uint8Array(128);
const extra = new Int32Array(2);

/** The next record, for a while: its length, or an errno. @param {number} fd @param {number} [ms] */
async function hear(fd, ms = 50) {
  for (const end = performance.now() + ms; performance.now() < end; await turn()) {
    const n = calls.seqpacketReceive(fd, bytes, extra);
    if (n !== -11) return n;
  }
  return -11;
}

/** Says something as it should be, or nearly so. @param {number} fd @param {Uint8Array} said @param {number} descriptor @param {Held} held */
function say(fd, said, descriptor, held) {
  let out = said;
  if (chance(0.06)) for (let i = 1 + below(4); i > 0; i--) out[below(64)] = below(256);
  if (chance(0.02)) out = out.subarray(0, 1 + below(127));
  if (chance(0.02)) out = new Uint8Array(129 + below(400));
  if (chance(0.02)) for (let i = 0; i < out.length; i++) out[i] = below(256);
  if (chance(0.02)) calls.seqpacketSend(fd, message(below(12)), chance(0.5) ? held.fd(calls.eventfdCreate()) : -1);
  const wrong = chance(0.02)
    ? held.fd(calls.eventfdCreate())
    : chance(0.02)
      ? held.fd(calls.memfdCreate("wrong", 1 + below(5000)))
      : descriptor;
  return calls.seqpacketSend(fd, out, wrong);
}

/** Rewrites rings at random for a while. @param {number} fd @param {readonly ArrayBuffer[]} memories @param {readonly number[]} rings @param {readonly number[]} events @param {Held} held */
async function rewrite(fd, memories, rings, events, held) {
  const memory = memories[0];
  if (memory === undefined) return;
  const u16 = new Uint16Array(memory);
  const u32 = new Uint32Array(memory, 0, memory.byteLength >>> 2);
  const wild = random() ** 3;
  for (const end = performance.now() + below(80); performance.now() < end; await turn()) {
    if (chance(0.3)) await new Promise((resolve) => setTimeout(resolve, below(3)));
    for (let i = below(2000); i > 0; i--) {
      const ring = rings[below(rings.length)] ?? 0;
      const slot = ring / 4 + 32 + below(64) * 4;
      if (slot + 4 > u32.length) continue;
      if (chance(wild)) u32[chance(0.5) ? slot + below(4) : below(u32.length)] = someWord();
      else {
        // nearly as it should be: a whole packet, a chain at times
        u32[slot] = (below(memories.length) << 16) | (chance(0.3) ? 1 : 0);
        u32[slot + 1] = 1 + below(2048);
        u32[slot + 2] = below(8) * 2048;
      }
      if (chance(0.1)) Atomics.add(u16, ring / 2 + (chance(0.5) ? 3 : 32), 1 + below(8));
      if (chance(wild / 10)) Atomics.store(u16, ring / 2 + (chance(0.5) ? 3 : 32), below(65_536));
      if (chance(0.01)) u16[ring / 2 + 2] = below(2);
    }
    for (const event of events) if (chance(0.5)) calls.eventfdWrite(event);
    if (chance(0.01)) say(fd, message(below(10)), -1, held);
    const n = calls.seqpacketReceive(fd, bytes, extra);
    if (n >= 0 && extra[0] !== undefined && extra[0] >= 0) held.fd(extra[0]);
    if (n !== -11) return;
  }
}

async function asClient() {
  const held = new Held();
  try {
    const fd = held.fd(calls.seqpacketConnect(target));
    if (fd < 0) return await turn();
    if ((await hear(fd)) !== 128) return;
    const log2Size = below(7);
    const ringBytes = 128 + 16 * 2 ** log2Size;
    const count = 1 + below(4);
    const regions = 1 + below(3);
    const size = 65_536;
    const memories = [];
    /** @type {[Uint8Array, number][]} */
    const steps = [];
    steps.push([
      message(3, (v) => {
        v.setUint16(2, 0x0200, true);
      }),
      -1,
    ]);
    for (let i = 0; i < regions; i++) {
      const region = held.fd(calls.memfdCreate("fuzz", size));
      const memory = held.map(region, size);
      if (memory !== undefined) memories.push(memory);
      steps.push([
        message(4, (v) => {
          v.setUint16(2, i, true);
          v.setBigUint64(4, BigInt(size), true);
        }),
        region,
      ]);
    }
    const rings = [];
    const events = [];
    for (let i = 0; i < count; i++) {
      const offset = Math.ceil(ringBytes / 64) * 64 * i;
      rings.push(offset);
      const event = held.fd(calls.eventfdCreate());
      events.push(event);
      new Uint32Array(memories[0] ?? new ArrayBuffer(size))[offset / 4] = COOKIE;
      steps.push([
        message(5, (v) => {
          v.setUint16(2, i % 2 === 0 ? 1 : 0, true);
          v.setUint16(4, i >> 1, true);
          v.setUint32(8, offset, true);
          v.setUint8(12, log2Size);
        }),
        event,
      ]);
    }
    steps.push([message(6), -1]);
    for (const [said, descriptor] of steps) {
      if (say(fd, said, descriptor, held) < 0) return;
      if ((await hear(fd)) !== 128) return;
      const [low, high] = bytes;
      if ((low ?? 0) + (high ?? 0) * 256 === 8) return;
    }
    await rewrite(fd, memories, rings, events, held);
  } finally {
    held.end();
  }
}

const listener = calls.seqpacketListen(own);

async function asServer() {
  const held = new Held();
  try {
    let fd = -11;
    for (const end = performance.now() + 100; fd < 0 && performance.now() < end; await turn())
      fd = held.fd(calls.seqpacketAccept(listener));
    if (fd < 0) return;
    const hello = message(2, (v) => {
      v.setUint16(34, 0x0200, true);
      v.setUint16(36, 0x0200, true);
      for (const at of [38, 40, 42]) v.setUint16(at, below(256), true);
      v.setUint8(44, below(15));
    });
    if (say(fd, hello, -1, held) < 0) return;
    const memories = [];
    const rings = [];
    const events = [];
    for (;;) {
      if ((await hear(fd)) !== 128) return;
      const view = new DataView(bytes.buffer);
      const code = view.getUint16(0, true);
      const got = extra[0] !== undefined && extra[0] >= 0 ? held.fd(extra[0]) : -1;
      if (code === 4) {
        const memory = held.map(got, Number(view.getBigUint64(4, true)));
        if (memory !== undefined) memories.push(memory);
      } else if (code === 5) {
        rings.push(view.getUint32(8, true));
        events.push(got);
      } else if (code === 8) return;
      if (say(fd, message(code === 6 ? 7 : 1), -1, held) < 0) return;
      if (code === 6) break;
    }
    await rewrite(fd, memories, rings, events, held);
  } finally {
    held.end();
  }
}

process.stdout.write("ready\n");
/** @param {() => Promise<void>} attack */
async function forever(attack) {
  for (;;) await attack();
}
await Promise.all([forever(asClient), forever(asServer)]);
