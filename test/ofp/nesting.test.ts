import { expect, test } from "vitest";
import { Chunk } from "../../src/bytes/mod.js";
import { decodeBytes, encodeMessage, type FlowMod, messageCodec, messageFromJSON } from "../../src/ofp/mod.js";
import { print, printBytes } from "../../src/ofp/syntax/mod.js";
import { MAX_DEPTH } from "../../src/schema/mod.js";

const MODES = ["specialised", "bare", "interpreted", "checked"] as const;
const CLONE = 16;
/** As many as a message of 65535 bytes holds. */
const MOST = 4_080;

/** `levels` clone actions in one another, and in the last one `leaf`. */
function clones(levels: number, leaf: Uint8Array = new Uint8Array(0)): Uint8Array {
  const bytes = new Uint8Array(levels * CLONE + leaf.length);
  const dv = new DataView(bytes.buffer);
  for (let i = 0; i < levels; i++) {
    const p = i * CLONE;
    dv.setUint16(p, 0xffff);
    dv.setUint16(p + 2, bytes.length - p);
    dv.setUint32(p + 4, 0x2320);
    dv.setUint16(p + 8, 42);
  }
  bytes.set(leaf, levels * CLONE);
  return bytes;
}

/** Outputs to the ports 1, 2, 3 … in OpenFlow 1.0. */
function outputs(ports: readonly number[]): Uint8Array {
  const dv = new DataView(new ArrayBuffer(8 * ports.length));
  for (const [i, port] of ports.entries()) {
    dv.setUint16(8 * i + 2, 8);
    dv.setUint16(8 * i + 4, port);
  }
  return new Uint8Array(dv.buffer);
}

/** A flow-mod of OpenFlow 1.0 that matches on nothing. */
function flowMod(actions: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(72 + actions.length);
  const dv = new DataView(bytes.buffer);
  dv.setUint16(0, 0x010e);
  dv.setUint16(2, bytes.length);
  dv.setUint32(8, 0x3fffff);
  dv.setUint16(62, 0x8000);
  dv.setUint32(64, 0xffffffff);
  dv.setUint16(68, 0xffff);
  bytes.set(actions, 72);
  return bytes;
}

/** `levels` messages that add a message to a bundle, in one another, around a barrier request; OpenFlow 1.4. */
function bundles(levels: number): Uint8Array {
  const bytes = new Uint8Array(16 * levels + 8);
  const dv = new DataView(bytes.buffer);
  for (let p = 0; p < bytes.length; p += 16) {
    dv.setUint16(p, p + 8 === bytes.length ? 0x0514 : 0x0522);
    dv.setUint16(p + 2, bytes.length - p);
  }
  return bytes;
}

const decodeIn = (mode: (typeof MODES)[number], bytes: Uint8Array): unknown =>
  messageCodec(bytes[0] as 1, mode).decode(new Chunk(bytes), 0, bytes.length);

test.each([33, 100, MAX_DEPTH])("actions are read %d levels deep, printed as Open vSwitch does, and sent again", (levels) => {
  const bytes = flowMod(clones(levels, outputs([1])));
  const text = `OFPT_FLOW_MOD (xid=0x0): ADD actions=${"clone(".repeat(levels)}output:1${")".repeat(levels)}\n`;
  for (const mode of MODES) expect(print(decodeIn(mode, bytes) as FlowMod)).toBe(text);
  expect(printBytes(bytes)).toBe(text);
  const m = decodeBytes(bytes).own();
  expect(encodeMessage(m, 1)).toEqual(bytes);
  expect(encodeMessage(messageFromJSON(JSON.parse(JSON.stringify(m))), 1)).toEqual(bytes);
});

test.each(MODES)("deeper ones, as deep as a message is long, are refused and do not exhaust the stack: %s", (mode) => {
  for (const levels of [MAX_DEPTH + 1, 1_000, MOST]) {
    const bytes = flowMod(clones(levels));
    expect(() => decodeIn(mode, bytes)).toThrow(expect.objectContaining({ code: "ERR_DECODE", reason: "OFPBAC_BAD_LEN" }));
    expect(printBytes(bytes)).toContain("***decode error: OFPBAC_BAD_LEN***");
  }
});

test.each(MODES)("messages in messages nest as deep: %s", (mode) => {
  const bytes = bundles(MAX_DEPTH);
  expect(encodeMessage(decodeIn(mode, bytes) as FlowMod, 5)).toEqual(bytes);
  for (const levels of [MAX_DEPTH + 1, 4_090]) {
    expect(() => decodeIn(mode, bundles(levels))).toThrow(expect.objectContaining({ code: "ERR_DECODE", reason: "OFPBFC_MSG_BAD_LEN" }));
    expect(printBytes(bundles(levels))).toContain("OFPT_BUNDLE_ADD_MESSAGE");
  }
});

test("what is wrong deep within is found by one reading of what stands there", () => {
  // fewer outputs in the deeper one, so that both have as many bytes
  const ports = (n: number): number[] => Array.from({ length: n }, (_, i) => (i === n - 1 ? 0xfff5 : 1));
  const work = (levels: number): number => {
    const bytes = flowMod(clones(levels, outputs(ports(7_000 - 2 * levels))));
    let least = Number.POSITIVE_INFINITY;
    for (let i = 0; i < 5; i++) {
      const start = performance.now();
      expect(printBytes(bytes)).toContain("***decode error: OFPBAC_BAD_OUT_PORT***");
      least = Math.min(least, performance.now() - start);
    }
    return least;
  };
  // once a level would be 250 times as much
  expect(work(250) / work(1)).toBeLessThan(25);
});
