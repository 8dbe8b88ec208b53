import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Chunk, toHex } from "../../src/bytes/mod.js";
import { decodeBytes, encodeMessage, type Message, messageFromJSON } from "../../src/ofp/mod.js";
import { VERSIONS, type Version, versionName } from "../../src/schema/mod.js";
import { arbitraryMessage, messageClasses, seededSource } from "../../src/testing/mod.js";
import { encoded, outcome, sources, within } from "./helpers.js";

const MODES = ["specialised", "interpreted"] as const;

const each = VERSIONS.flatMap((version) => messageClasses(version).map((c) => [versionName(version), c.entryName, version] as const));

describe.each(each)("OpenFlow %s %s", (_name, type, version) => {
  test("comes back as it was sent, in both modes and as JSON", () => {
    fc.assert(
      fc.property(sources, (source) => {
        const m = arbitraryMessage(source, version, { type });
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
      }),
      { numRuns: 40 },
    );
  });

  test("answers hostile bytes alike in both modes, and looks at nothing outside", () => {
    const source = seededSource(version * 1000 + type.length);
    for (let i = 0; i < 2; i++) {
      const m = arbitraryMessage(source, version, { type, maxElements: 3, maxBytes: 12 });
      attack(encoded(m, version, "specialised"), version, (limit) => source.integer(0, limit));
    }
  });
});

/** Decodes every variation of valid bytes that a small change makes. */
function attack(valid: Uint8Array, version: Version, random: (limit: number) => number): void {
  const tried = (bytes: Uint8Array): void => {
    const first = agreed(bytes, 0, version);
    if (agreed(bytes, 255, version) !== first) expect({ hex: toHex(bytes), seen: "what lies outside" }).toBe(undefined);
  };
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

/** Decodes in both modes amid poison, and answers the outcome as text. */
function agreed(bytes: Uint8Array, poison: number, version: Version): string {
  const [fast, slow] = MODES.map((mode) => {
    const c = within(bytes, poison);
    return JSON.stringify(outcome(c, 40, 40 + bytes.length, version, mode));
  });
  if (fast !== slow) expect({ hex: toHex(bytes), mode: fast }).toEqual({ hex: toHex(bytes), mode: slow });
  return fast!;
}

test("any bytes at all are an answer or a DecodeError", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 8, maxLength: 200 }),
      fc.constantFrom(...VERSIONS),
      fc.integer({ min: 0, max: 32 }),
      (bytes, version, type) => {
        bytes[0] = version;
        bytes[1] = type;
        expect(agreed(bytes, 0, version)).toBe(agreed(bytes, 255, version));
      },
    ),
    { numRuns: 3000 },
  );
});

test("a message at the very end of its chunk is read no further than it goes", () => {
  const source = seededSource(7);
  for (const version of VERSIONS) {
    for (const { entryName: type } of messageClasses(version)) {
      const bytes = encodeMessage(arbitraryMessage(source, version, { type }) as Message, version);
      for (let n = 8; n < bytes.length; n++) for (const mode of MODES) outcome(new Chunk(bytes.slice(0, n)), 0, n, version, mode);
    }
  }
});
