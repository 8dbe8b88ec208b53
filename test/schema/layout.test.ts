import { describe, expect, test } from "vitest";
import { Chunk } from "../../src/bytes/mod.js";
import {
  bytes,
  field,
  type Kind,
  list,
  listKind,
  mac,
  nestedKind,
  one,
  struct,
  text,
  U16,
  U32,
  u8,
  u16,
  u24,
  u32,
  u64,
  type Version,
} from "../../src/schema/mod.js";
import { get, MODES, put, thrown } from "./helpers.js";

const words = field(listKind<number>({ ...U16, frame: () => undefined, exact: () => 2 }), Object.freeze([]) as readonly number[]);

const Plain = struct(
  "Plain",
  { a: u8(1), b: u16(0x0203), c: u24(4), d: u32(5), e: u64(6n), f: mac(7), g: text(4) },
  { "1.0": ["a", "pad:1", "b", "c", "pad:5", "d"], "1.1-1.3": ["g", "f", "e", "d"], "1.4+": [{ d: U16 }, "a", "align:4", "b:u32", "rest"] },
);
const Lengths = struct(
  "Lengths",
  { head: u8(), left: bytes(), words, right: bytes(), tail: u16() },
  {
    "1.0": ["length", "head", "lengthOf:left", "countOf:words", "pad:1", "left", "words", "right"],
    "1.1": ["lengthOf:left", "left", "align:4", "tail"],
  },
);

/** A box in a box in a box, each nothing but its length. */
const nested = (levels: number): Uint8Array => {
  const wire = new Uint8Array(2 * levels);
  for (let i = 0; i < levels; i++) new DataView(wire.buffer).setUint16(2 * i, 2 * (levels - i));
  return wire;
};

describe.each(MODES)("layouts, %s", (mode) => {
  test("slots lie one after another, with the padding zero", () => {
    expect([...put(Plain, Plain.of({ c: 0x010203 }), 1, mode)]).toEqual([1, 0, 2, 3, 1, 2, 3, 0, 0, 0, 0, 0, 0, 0, 0, 5]);
    const m = Plain.of({ g: "ab", f: 0x0102030405ff, e: 2n ** 64n - 1n, a: 1, b: 0x0203 });
    expect([...put(Plain, m, 2, mode)]).toEqual([97, 98, 0, 0, 1, 2, 3, 4, 5, 255, 255, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 5]);
  });

  test("a layout may give a field another kind, and align counts from the start of the struct", () => {
    expect([...put(Plain, Plain.of({ d: 0x0102 }), 5, mode)]).toEqual([1, 2, 1, 0, 0, 0, 2, 3]);
  });

  test("rest takes what more there is; without it, more is an error", () => {
    expect(get(Plain, [0, 9, 8, 0, 0, 0, 0, 7, 1, 2, 3], 5, mode)).toMatchObject({ d: 9, a: 8, b: 7 });
    const e = thrown(() => get(Plain, new Uint8Array(17), 1, mode));
    expect(e).toMatchObject({ code: "ERR_DECODE", reason: "OFPBRC_BAD_LEN", offset: 21 });
  });

  test("bytes that must be zero are written so, and others are refused with the error of the slot", () => {
    const reasons = struct(
      "Reasons",
      { a: u8(1), data: bytes() },
      {
        "1.0": ["zero:2:FIRST", "a", "zero:3:SECOND"],
        "1.1": ["a", "zero:..3:TAIL"],
        "1.2": ["a", "zero:..:TAIL"],
        "1.3": ["lengthOf:data", "data", "zero:1:BEHIND", "end:MORE"],
      },
    );
    expect([...put(reasons, reasons.of(), 1, mode)]).toEqual([0, 0, 1, 0, 0, 0]);
    expect([...put(reasons, reasons.of(), 2, mode)]).toEqual([1]);
    expect([...put(reasons, reasons.of({ data: Uint8Array.of(7) }), 4, mode)]).toEqual([0, 1, 7, 0]);
    const refused = (wire: readonly number[], version: Version): unknown => {
      const { reason, offset } = thrown(() => get(reasons, wire, version, mode)) as unknown as { reason: string; offset: number };
      return [reason, offset - 5];
    };
    expect(get(reasons, [0, 0, 9, 0, 0, 0], 1, mode)).toMatchObject({ a: 9 });
    // the first one that is wrong, and the length before any
    expect(refused([0, 8, 9, 0, 7, 0], 1)).toEqual(["FIRST", 1]);
    expect(refused([0, 0, 9, 0, 7, 1], 1)).toEqual(["SECOND", 4]);
    expect(refused([1, 0, 9, 0, 7], 1)).toEqual(["OFPBRC_BAD_LEN", 0]);
    for (let n = 0; n <= 3; n++) expect(get(reasons, [9, ...new Array<number>(n).fill(0)], 2, mode)).toMatchObject({ a: 9 });
    expect(refused([9, 0, 0, 1], 2)).toEqual(["TAIL", 3]);
    expect(refused([9, 0, 0, 0, 1], 2)).toEqual(["OFPBRC_BAD_LEN", 1]);
    expect(refused([9, 0, 0, 0, 1], 3)).toEqual(["TAIL", 4]);
    expect(refused([0, 1, 7, 1], 4)).toEqual(["BEHIND", 3]);
    expect(refused([0, 1, 7, 0, 0], 4)).toEqual(["MORE", 4]);
    expect(refused([0, 1, 7], 4)).toEqual(["OFPBRC_BAD_LEN", 3]);
  });

  test("fields that a version lacks decode to their initial value", () => {
    expect(get(Plain, new Uint8Array(16), 1, mode)).toMatchObject({ a: 0, e: 6n, f: 7, g: "" });
  });

  test("every truncation is refused", () => {
    for (const [version, full] of [
      [1, 16],
      [2, 22],
      [5, 8],
    ] as const)
      for (let n = 0; n < full; n++) expect(thrown(() => get(Plain, new Uint8Array(n), version, mode)).code).toBe("ERR_DECODE");
  });

  test("length, lengthOf and countOf are written, and bound what is read", () => {
    const m = Lengths.of({ head: 9, left: Uint8Array.of(1, 2, 3), words: [0x0405, 0x0607], right: Uint8Array.of(8) });
    const wire = [0, 16, 9, 0, 3, 0, 2, 0, 1, 2, 3, 4, 5, 6, 7, 8];
    expect([...put(Lengths, m, 1, mode)]).toEqual(wire);
    expect(get(Lengths, wire, 1, mode).toJSON()).toEqual(m.toJSON());
    for (const [at, value] of [
      [4, 9],
      [4, 255],
      [3, 255],
      [6, 4],
      [5, 255],
    ] as const)
      expect(thrown(() => get(Lengths, wire.with(at, value), 1, mode))).toMatchObject({ code: "ERR_DECODE", reason: "OFPBRC_BAD_LEN" });
    expect([...put(Lengths, Lengths.of({ left: Uint8Array.of(1), tail: 0x0203 }), 2, mode)]).toEqual([0, 1, 1, 0, 2, 3]);
    expect(get(Lengths, [0, 1, 1, 0, 2, 3], 2, mode)).toMatchObject({ left: Uint8Array.of(1), tail: 0x0203 });
    expect(thrown(() => get(Lengths, [0, 1, 1], 2, mode)).code).toBe("ERR_DECODE");
  });

  test("a length beyond 16 bits is refused when it is written", () => {
    const m = Lengths.of({ left: new Uint8Array(65536) });
    expect(thrown(() => put(Lengths, m, 2, mode, 70_000)).code).toBe("ERR_TOO_LONG");
    expect(thrown(() => put(Lengths, Lengths.of({ right: new Uint8Array(65530) }), 1, mode, 70_000)).code).toBe("ERR_TOO_LONG");
    const counted = Lengths.of({ words: new Array<number>(65536).fill(0) });
    expect(thrown(() => put(Lengths, counted, 1, mode, 200_000)).code).toBe("ERR_RANGE");
  });

  test("a list walks by the length, by the size, or by what each element's fields tell", () => {
    const Told = struct("Told", { body: bytes(), end: u8() }, { "1.0": ["lengthOf:body", "body", "end"] });
    const Holder = struct("Holder", { told: list(Told), lengths: list(Lengths) }, { "1.0": ["lengthOf:told", "told", "lengths"] });
    const m = Holder.of({
      told: [Told.of({ body: Uint8Array.of(1, 2), end: 3 }), Told.of({ end: 4 })],
      lengths: [Lengths.of({ head: 5 }), Lengths.of({ right: Uint8Array.of(6) })],
    });
    const wire = [0, 8, 0, 2, 1, 2, 3, 0, 0, 4, 0, 8, 5, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 6];
    expect([...put(Holder, m, 1, mode)]).toEqual(wire);
    expect(get(Holder, wire, 1, mode).toJSON()).toEqual(m.toJSON());
    for (let n = 1; n < wire.length; n++) {
      if (n === 10 || n === 18) continue;
      expect(thrown(() => get(Holder, wire.slice(0, n), 1, mode)).code).toBe("ERR_DECODE");
    }
    for (const [at, value] of [
      [11, 0],
      [11, 7],
      [11, 18],
      [3, 250],
      [1, 18],
      [1, 7],
    ] as const)
      expect(thrown(() => get(Holder, wire.with(at, value), 1, mode)).code).toBe("ERR_DECODE");
  });

  test("an element without an end of its own is refused instead of walked for ever", () => {
    const Nothing = struct("Nothing", { gone: u8() }, { "1.0": [] });
    const kind = listKind(Nothing);
    expect(thrown(() => get(kind, [1], 1, mode)).code).toBe("ERR_DECODE");
  });

  test("one struct in another ends where its fields or its length say", () => {
    const Outer = struct("Outer", { plain: one(Plain), lengths: one(Lengths), last: u8() }, { "1.0": ["plain", "lengths", "last"] });
    const m = Outer.of({ lengths: Lengths.of({ right: Uint8Array.of(1, 2) }), last: 77 });
    const wire = put(Outer, m, 1, mode);
    expect(wire.length).toBe(16 + 10 + 1);
    expect(get(Outer, wire, 1, mode).toJSON()).toEqual(m.toJSON());
    for (let n = 0; n < wire.length; n++) {
      const exact = new Chunk(wire.slice(0, n));
      expect(thrown(() => Outer.codec(1, mode).decode(exact, 0, n)).code).toBe("ERR_DECODE");
    }
  });

  test("lists within lists go 256 levels deep and no further", () => {
    interface Tree {
      readonly kids: readonly Tree[];
    }
    const Tree = struct("Tree", { kids: list<Tree>(() => Tree as never) }, { "1.0": ["length", "kids"] }) as unknown as Kind<Tree> & {
      of(init: Tree): Tree;
    };
    const deep = get(Tree, nested(256), 1, mode);
    expect(Tree.toJSON(Tree.fromJSON(Tree.toJSON(deep)))).toEqual(Tree.toJSON(deep));
    const e = thrown(() => get(Tree, nested(257), 1, mode));
    expect(e).toMatchObject({ code: "ERR_DECODE" });
    expect(e.message).toContain("256 levels");
    expect(thrown(() => get(Tree, nested(20_000), 1, mode)).message).toContain("256 levels");
    let json: unknown = { kids: [] };
    for (let i = 0; i < 300; i++) json = { kids: [json] };
    expect(thrown(() => Tree.fromJSON(json as never)).code).toBe("ERR_USAGE");
    expect(get(Tree, nested(2), 1, mode)).toBeDefined();
  });

  test("a kind may hold itself without a list, as deep", () => {
    const Box: Kind<unknown> = struct(
      "Box",
      {
        inner: field(
          nestedKind<unknown>("box", () => Either),
          undefined,
        ),
      },
      { "1.0": ["length", "inner"] },
    );
    const Either: Kind<unknown> = {
      name: "either",
      size: 0,
      codec(version, m) {
        return {
          decode: (c, p, end) => (p === end ? null : Box.codec(version, m).decode(c, p, end)),
          encode: (c, p, v) => (v === null ? p : Box.codec(version, m).encode(c, p, v)),
          extent: (_c, _p, end) => end,
        };
      },
      toJSON: (v) => (v === null ? null : Box.toJSON(v)),
      fromJSON: (j) => (j === null ? null : Box.fromJSON(j)),
    };
    expect(Box.toJSON(get(Box, [0, 4, 0, 2], 1, mode))).toEqual({ inner: { inner: null } });
    expect([...put(Box, Box.fromJSON({ inner: { inner: null } }), 1, mode)]).toEqual([0, 4, 0, 2]);
    expect(thrown(() => get(Box, nested(20_000), 1, mode)).message).toContain("256 levels");
  });
});

describe("tables that contradict themselves are refused", () => {
  const fields = { a: u8(), b: u16(), data: bytes(), words };
  const made = (layout: readonly unknown[], given: object = fields): unknown =>
    struct("Bad", given as typeof fields, { "1.0": layout as never }).steps(1);

  test.each([
    [["c"]],
    [["a", "a"]],
    [["a:u17"]],
    [["a:u8:u8"]],
    [["toString"]],
    [["pad:0"]],
    [["pad:x"]],
    [["pad"]],
    [["pad:1.5"]],
    [["align:-8"]],
    [["length", "length"]],
    [["length:2"]],
    [["lengthOf:data", "data", "length"]],
    [["align:8", "length"]],
    [["lengthOf:a", "a"]],
    [["lengthOf:data"]],
    [["lengthOf:data", "lengthOf:data", "data"]],
    [["lengthOf:data", "countOf:words", "data"]],
    [["data", "a"]],
    [["words", "pad:2"]],
    [["lengthOf:b", "data"]],
    [["countOf:data", "data"]],
    [["rest", "a"]],
    [["zero:0:ERROR"]],
    [["zero:6"]],
    [["zero:6:"]],
    [["zero:6:lower"]],
    [["zero:x:ERROR"]],
    [["zero::ERROR"]],
    [["zero:6:ERROR:ERROR"]],
    [["zero:..:ERROR", "a"]],
    [["end"]],
    [["end:ERROR", "a"]],
    [[{}]],
    [[{ a: U32, b: U32 }]],
    [[7]],
  ])("%j", (layout) => {
    expect(() => made(layout)).toThrow(TypeError);
  });

  test("two layouts for one version, names that are taken, no identifiers, counted elements of many sizes", () => {
    expect(() => struct("Bad", { a: u8() }, { "1.0-1.3": ["a"], "1.3+": ["a"] }).versions).toThrow(/two layouts/);
    for (const name of ["tag", "own", "toJSON", "length", "constructor", "a b", "1", "x;y"])
      expect(() => struct("Bad", { [name]: u8() }, {}).versions).toThrow(TypeError);
    expect(() => struct("Bad", { data: { ...bytes(), lazy: true }, dataAt: u8() }, {}).versions).toThrow(TypeError);
    const Told = struct("Told", { body: bytes() }, { "1.0": ["length", "body"] });
    const Counted = struct("Counted", { all: list(Told) }, { "1.0": ["countOf:all", "all"] });
    for (const mode of MODES) expect(() => Counted.codec(1, mode)).toThrow(/not all of one size/);
    expect(() => struct("Bad", { a: u8() }, { "1.9": ["a"] } as never).versions).toThrow(/range of versions/);
  });

  test("names that mean something to JavaScript are fine", () => {
    const Odd = struct(
      "Odd",
      { class: u8(1), default: u8(2), zero: u8(3), v: u8(4), G: u8(5) },
      { "1.0": ["class", "default", "zero", "v", "G"] },
    );
    for (const mode of MODES) expect([...put(Odd, Odd.of({ v: 9 }), 1, mode)]).toEqual([1, 2, 3, 9, 5]);
  });
});
