/** Flags that a version has elsewhere, or not at all: no bit is lost on the way in, and none is dropped in silence on the way out. */
import { describe, expect, test } from "vitest";
import { Chunk, toHex } from "../../src/bytes/mod.js";
import { SouthboundError } from "../../src/errors/mod.js";
import {
  decodeBytes,
  encodeMessage,
  FeaturesReply,
  FlowMod,
  FlowModFlags,
  type Message,
  messageFromJSON,
  Port,
  PortFeatures,
  PortMod,
  PortState,
  PortStatus,
} from "../../src/ofp/mod.js";
import { VERSIONS, type Version } from "../../src/schema/mod.js";
import { encoded, outcome } from "./helpers.js";

/** A message with a number at an offset of its bytes. */
function patched(m: Message, version: Version, at: number, size: 2 | 4, value: number): Uint8Array {
  const chunk = new Chunk(encodeMessage(m, version));
  if (size === 2) chunk.dv.setUint16(at, value);
  else chunk.dv.setUint32(at, value);
  return chunk.u8;
}

const port = (init: object = {}): PortStatus => PortStatus.of({ port: Port.of({ portNo: 1, name: "p", ...init }) });

/** Where OpenFlow 1.0 has its flags: a message, the offset and size of the field, and how it is called. */
const PLACES: readonly (readonly [string, () => Message, number, 2 | 4])[] = [
  ["config of a port", port, 40, 4],
  ["state of a port", port, 44, 4],
  ["curr of a port", port, 48, 4],
  ["advertised of a port", port, 52, 4],
  ["supported of a port", port, 56, 4],
  ["peer of a port", port, 60, 4],
  ["advertise of a port-mod", () => PortMod.of({ portNo: 1 }), 24, 4],
  ["capabilities", () => FeaturesReply.of(), 24, 4],
  ["actions", () => FeaturesReply.of(), 28, 4],
  ["flags of a flow-mod", () => FlowMod.of(), 70, 2],
];

describe.each(PLACES)("OpenFlow 1.0: %s", (_name, make, at, size) => {
  const values = [
    ...Array.from({ length: 8 * size }, (_, n) => 2 ** n),
    0,
    2 ** (8 * size) - 1,
    0x5a5a5a5a % 2 ** (8 * size),
    0xa5a5a5a5 % 2 ** (8 * size),
  ];
  test("every bit goes there and back, in JSON too", () => {
    for (const value of values) {
      const bytes = patched(make(), 1, at, size, value);
      const m = decodeBytes(bytes);
      const json = JSON.parse(JSON.stringify(m.toJSON()));
      expect(toHex(encodeMessage(m, 1))).toBe(toHex(bytes));
      for (const mode of ["specialised", "interpreted"] as const) {
        expect(toHex(encoded(messageFromJSON(json), 1, mode))).toBe(toHex(bytes));
        expect(outcome(new Chunk(bytes), 0, bytes.length, 1, mode)).toMatchObject({ m: json });
      }
    }
  });

  test("each has a value of its own", () => {
    const all = values.map((value) => JSON.stringify(decodeBytes(patched(make(), 1, at, size, value)).toJSON()));
    expect(new Set(all).size).toBe(new Set(values).size);
  });
});

/** The error of encoding in a version; undefined where it succeeds. */
function fault(m: Message, version: Version): SouthboundError | undefined {
  try {
    encodeMessage(m, version);
    return undefined;
  } catch (e) {
    if (e instanceof SouthboundError) return e;
    throw e;
  }
}

describe("what a version cannot say", () => {
  const { StpBlock, StpLearn, StpForward, LinkDown } = PortState;
  test.each(["curr", "advertised", "supported", "peer"])("%s in OpenFlow 1.0: 40 Gb/s and more", (field) => {
    for (const [name, bit] of Object.entries(PortFeatures)) {
      const later = ["40GbFd", "100GbFd", "1TbFd", "Other"].includes(name);
      const e = fault(port({ [field]: bit | PortFeatures.Copper }), 1);
      expect(e?.code, name).toBe(later ? "ERR_UNSUPPORTED" : undefined);
      if (later) expect(e?.message).toContain(name);
      expect(fault(port({ [field]: bit }), 4)).toBeUndefined();
    }
  });

  test("what a port advertises, in OpenFlow 1.0", () => {
    expect(fault(PortMod.of({ advertise: PortFeatures["40GbFd"] }), 1)?.code).toBe("ERR_UNSUPPORTED");
    expect(fault(PortMod.of({ advertise: PortFeatures["10GbFd"] }), 1)).toBeUndefined();
  });

  test("the state of a port in OpenFlow 1.0", () => {
    for (const state of [0, LinkDown, StpLearn, StpForward, StpBlock, StpBlock | LinkDown]) {
      const bytes = encodeMessage(port({ state }), 1);
      expect((decodeBytes(bytes) as PortStatus).port.state).toBe(state);
    }
    for (const state of [PortState.Live, PortState.Blocked]) expect(fault(port({ state }), 1)?.code).toBe("ERR_UNSUPPORTED");
  });

  test("flags of flow-mods, by version", () => {
    const { ResetCounts, NoPktCounts, NoBytCounts, Emergency, SendFlowRem, CheckOverlap } = FlowModFlags;
    const since: readonly (readonly [number, readonly Version[]])[] = [
      [SendFlowRem, VERSIONS],
      [CheckOverlap, VERSIONS],
      [ResetCounts, [3, 4, 5, 6]],
      [NoPktCounts, [4, 5, 6]],
      [NoBytCounts, [4, 5, 6]],
      [Emergency, [1]],
    ];
    for (const [flags, versions] of since)
      for (const version of VERSIONS) {
        const e = fault(FlowMod.of({ flags }), version);
        expect(e?.code, `${flags} in ${version}`).toBe(versions.includes(version) ? undefined : "ERR_UNSUPPORTED");
      }
  });

  test("a bit of OpenFlow 1.0 that means nothing is not sent to a peer of another version", () => {
    const bytes = patched(port(), 1, 44, 4, 0x2);
    expect(fault(decodeBytes(bytes), 4)?.code).toMatch(/ERR_(UNSUPPORTED|RANGE)/);
  });
});

test("no flags of a version are wider than a safe integer", () => {
  for (const [, make, at, size] of PLACES) {
    const m = decodeBytes(patched(make(), 1, at, size, 2 ** (8 * size) - 1));
    const numbers = JSON.stringify(m.toJSON()).match(/\d{8,}/g) ?? [];
    expect(numbers.every((n) => Number.isSafeInteger(Number(n)))).toBe(true);
  }
});
