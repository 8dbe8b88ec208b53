import { describe, expect, test } from "vitest";
import { Chunk, copyBytes, plainBytes, Reader, toHex, viewOf } from "../../src/bytes/mod.js";

class Sub extends Uint8Array {}

/** The bytes 1, 2, 3 in the midst of more memory, as each kind of array that a user may have. */
const kinds: readonly [string, () => Uint8Array][] = [
  ["Uint8Array", () => Uint8Array.of(9, 1, 2, 3, 9).subarray(1, 4)],
  ["Buffer", () => Buffer.from([9, 1, 2, 3, 9]).subarray(1, 4)],
  ["subclass", () => Sub.of(9, 1, 2, 3, 9).subarray(1, 4)],
  [
    "shared",
    () => {
      const bytes = new Uint8Array(new SharedArrayBuffer(5), 1, 3);
      bytes.set([1, 2, 3]);
      return bytes;
    },
  ],
];

describe.each(kinds)("%s", (_name, make) => {
  test("plainBytes() is the same memory, and its slice() a copy", () => {
    const given = make();
    const plain = plainBytes(given);
    expect(Object.getPrototypeOf(plain)).toBe(Uint8Array.prototype);
    expect([plain.buffer, plain.byteOffset, plain.length]).toEqual([given.buffer, given.byteOffset, 3]);
    const copy = plain.slice(1);
    given.fill(7);
    expect([toHex(plain), toHex(copy)]).toEqual(["070707", "0203"]);
  });

  test("copyBytes() shares nothing, and cuts offsets to what there is", () => {
    const given = make();
    const copies = [
      copyBytes(given),
      copyBytes(given, 1),
      copyBytes(given, 0, 2),
      copyBytes(given, -4, 9),
      copyBytes(given, 2, 1),
      copyBytes(given, 5),
    ];
    given.fill(7);
    expect(copies.map(toHex)).toEqual(["010203", "0203", "0102", "010203", "", ""]);
    for (const copy of copies) {
      expect(Object.getPrototypeOf(copy)).toBe(Uint8Array.prototype);
      expect(copy.buffer).toBeInstanceOf(ArrayBuffer);
    }
  });

  test("a view has the bytes of the array and no more", () => {
    const view = viewOf(make());
    expect([view.byteLength, view.getUint16(1)]).toEqual([3, 0x0203]);
  });

  test("what is read out of a chunk is plain, and owned where it is said to be", () => {
    const given = make();
    const chunk = new Chunk(given);
    const bytes = new Reader(chunk).bytes(3);
    const view = new Reader(chunk).view(3);
    given.fill(7);
    expect([toHex(bytes), toHex(view), chunk.dv.getUint8(2)]).toEqual(["010203", "070707", 7]);
    for (const array of [chunk.u8, bytes, view]) expect(Object.getPrototypeOf(array)).toBe(Uint8Array.prototype);
  });
});

test("a plain array is taken as it is", () => {
  const bytes = Uint8Array.of(1);
  expect(plainBytes(bytes)).toBe(bytes);
  expect(new Chunk(bytes).u8).toBe(bytes);
});
