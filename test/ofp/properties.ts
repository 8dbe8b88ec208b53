/**
 * What holds for every message of a version: it comes back as it was sent, and hostile bytes in its place are answered. One test file for each version calls this, so
 * that they run side by side.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Chunk, toHex } from "../../src/bytes/mod.js";
import { decodeBytes, encodeMessage, type Message, messageFromJSON } from "../../src/ofp/mod.js";
import { type Version, versionName } from "../../src/schema/mod.js";
import { arbitraryMessage, messageClasses, seededSource } from "../../src/testing/mod.js";
import { scaled } from "../soak.js";
import { encoded, outcome, sources, within } from "./helpers.js";

const MODES = ["specialised", "interpreted"] as const;

/** Declares the tests of one version. */
export function holdsForEveryMessage(version: Version): void {
  const names = messageClasses(version).map((c) => c.entryName);

  describe.each(names)(`OpenFlow ${versionName(version)} %s`, (type) => {
    test("comes back as it was sent, in both modes and as JSON", () => {
      fc.assert(
        fc.property(sources, (source) => comesBack(arbitraryMessage(source, version, { type }), version)),
        { numRuns: scaled(40) },
      );
    });

    test("answers hostile bytes alike in both modes, and looks at nothing outside", () => {
      const source = seededSource(version * 1000 + type.length);
      for (let i = 0; i < scaled(4); i++) {
        const m = arbitraryMessage(source, version, { type, maxElements: 3, maxBytes: 12 });
        attack(encoded(m, version, "specialised"), version, (limit) => source.integer(0, limit));
      }
    });

    test("at the very end of its chunk is read no further than it goes", () => {
      const bytes = encodeMessage(arbitraryMessage(seededSource(7), version, { type }), version);
      for (let n = 8; n < bytes.length; n++) for (const mode of MODES) outcome(new Chunk(bytes.slice(0, n)), 0, n, version, mode);
    });
  });

  test(`any bytes at all are an answer or a DecodeError in OpenFlow ${versionName(version)}`, () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 8, maxLength: 200 }), fc.integer({ min: 0, max: 32 }), (bytes, type) => {
        bytes[0] = version;
        bytes[1] = type;
        agreed(bytes, version);
      }),
      { numRuns: scaled(2000) },
    );
  });
}

function comesBack(m: Message, version: Version): void {
  const bytes = encoded(m, version, "specialised");
  expect(toHex(encoded(m, version, "interpreted"))).toBe(toHex(bytes));
  expect(encodeMessage(m, version)).toEqual(bytes);
  for (const mode of MODES) {
    const back = outcome(new Chunk(bytes), 0, bytes.length, version, mode) as { m: { [key: string]: unknown } };
    expect(back.m).toEqual({ ...(m.toJSON() as object), version });
  }
  const back = decodeBytes(bytes);
  expect(back.constructor).toBe(m.constructor);
  expect(toHex(encodeMessage(back, version))).toBe(toHex(bytes));
  const json = JSON.stringify(back.toJSON());
  const again = messageFromJSON(JSON.parse(json));
  expect(JSON.stringify(again.toJSON())).toBe(json);
  expect(toHex(encodeMessage(again, version))).toBe(toHex(bytes));
}

/** Decodes every variation of valid bytes that a small change makes. */
function attack(valid: Uint8Array, version: Version, random: (limit: number) => number): void {
  const tried = (bytes: Uint8Array): void => agreed(bytes, version);
  tried(valid);
  const changed = (change: (bytes: Uint8Array) => void): void => {
    const bytes = valid.slice();
    change(bytes);
    tried(bytes);
  };
  const step = valid.length > 400 ? 11 : 1;
  for (let at = 1; at < valid.length; at += step) {
    changed((b) => {
      b[at] = b[at]! ^ (1 << random(7));
    });
    changed((b) => {
      b[at] = random(255);
    });
  }
  // any two bytes may be a length
  const lengths = [0, 1, 3, 4, 7, 8, 15, 16, valid.length, 0x7fff, 0xffff];
  for (let at = 2; at + 1 < valid.length; at += step * 2) {
    for (const n of lengths) changed((b) => new DataView(b.buffer).setUint16(at, n));
  }
  for (let n = 8; n < valid.length; n += step) tried(valid.slice(0, n));
  for (let i = 0; i < 20; i++)
    changed((b) => {
      for (let at = 8; at < b.length; at++) if (random(3) === 0) b[at] = random(255);
    });
}

/**
 * Decodes in one mode amid bytes of zero and in the other amid bytes of 255: both come to the same, unless the modes differ or one of them looks at what lies outside. A check of the bytes refuses
 * more; it too answers with a DecodeError alone.
 */
function agreed(bytes: Uint8Array, version: Version): void {
  const [fast, slow] = MODES.map((mode, i) => {
    const c = within(bytes, i * 255);
    return JSON.stringify(outcome(c, 40, 40 + bytes.length, version, mode));
  });
  outcome(within(bytes, 255), 40, 40 + bytes.length, version, "checked");
  if (fast !== slow) expect({ hex: toHex(bytes), outcome: fast }).toEqual({ hex: toHex(bytes), outcome: slow });
}
