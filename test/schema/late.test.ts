import { expect, test } from "vitest";
import { Chunk } from "../../src/bytes/mod.js";
import { mapped, struct, U8, u8, u16, u64 } from "../../src/schema/mod.js";

const MODES = ["specialised", "interpreted"] as const;

test("any part of a class that is asked for first makes the others, once", () => {
  const made = () => struct("Late", { a: u8(3), b: u16() }, { "1.0-1.3": ["a", "pad:1", "b"] });
  const { of } = made();
  expect(of({ b: 7 })).toMatchObject({ a: 3, b: 7 });
  expect(made().versions).toEqual([1, 2, 3, 4]);
  expect(made().steps(4)).toHaveLength(3);
  const Late = made();
  const first = new Late();
  const { maker } = Late;
  expect(Late.is(first) && Late.is(maker()({})) && Late.is(Late.of())).toBe(true);
  expect(Late.codec(1, "bare")).toBe(Late.codec(1, "bare"));
  expect(made().is(first)).toBe(false);
});

test("constants that lie side by side are written as the table says, at any size and place", () => {
  const Padded = struct("Padded", { a: u8(), b: u16(), c: u64() }, { "1.0": ["pad:1", "a", "pad:7", "b", "pad:3", "c", "pad:2"] });
  for (const mode of MODES) {
    const c = new Chunk(new Uint8Array(40).fill(0xff));
    const end = Padded.codec(1, mode).encode(c, 2, Padded.of({ a: 1, b: 0x0203, c: 0xfedcba9876543210n }));
    expect(end).toBe(26);
    expect([...c.u8.subarray(0, 28)]).toEqual([
      0xff, 0xff, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 3, 0, 0, 0, 0xfe, 0xdc, 0xba, 0x98, 0x76, 0x54, 0x32, 0x10, 0, 0, 0xff, 0xff,
    ]);
    expect(Padded.codec(1, mode).decode(c, 2, end)).toEqual(Padded.of({ a: 1, b: 0x0203, c: 0xfedcba9876543210n }));
  }
});

test("values that do not fit are refused alike in every mode", () => {
  // a number that is told, but whose wire value is too great for its width
  const doubled = mapped(
    "doubled",
    U8,
    (v) => v / 2,
    (v) => (Number.isInteger(v) ? 2 * v : undefined),
  );
  const Odd = struct("Odd", { a: u8(), b: u16(), c: u64() }, { "1.0": [{ a: doubled }, "b", "c"] });
  const c = new Chunk(11);
  for (const mode of MODES) {
    const codec = Odd.codec(1, mode);
    const end = codec.encode(c, 0, Odd.of({ a: 100, b: 65535, c: 2n ** 64n - 1n }));
    expect(codec.decode(c, 0, end)).toEqual(Odd.of({ a: 100, b: 65535, c: 2n ** 64n - 1n }));
    for (const wrong of [
      { a: 0.5 },
      { a: 128 },
      { b: 65536 },
      { b: -1 },
      { b: 1.5 },
      { b: "1" },
      { b: Number.NaN },
      { c: -1n },
      { c: 2n ** 64n },
      { c: 1.5 },
    ]) {
      expect(() => codec.encode(c, 0, Odd.of(wrong as never)), JSON.stringify(Object.keys(wrong))).toThrow(
        expect.objectContaining({ code: "ERR_RANGE" }),
      );
    }
  }
});
