import { describe, expect, test } from "vitest";
import { Chunk } from "../../src/bytes/mod.js";
import {
  bytes,
  type EntryShape,
  entryClass,
  type Fields,
  type Kind,
  listKind,
  type UnionHeader,
  UnknownElement,
  u8,
  u16,
  u32,
  union,
} from "../../src/schema/mod.js";
import { get, MODES, put, thrown } from "./helpers.js";

/** As actions are: length counted with its padding, experimenters with an id and for one of them a type of its own. */
const COUNTED: UnionHeader = {
  frame: { lengthAt: 2, min: 4, align: 8, counted: true, reason: "OFPBAC_BAD_LEN" },
  part(_version, [type, experimenter, subtype]) {
    if (type === undefined) return { at: 0, size: 2 };
    if (type !== 0xffff || subtype !== undefined) return undefined;
    return experimenter === undefined ? { at: 4, size: 4 } : experimenter === 0x2320 ? { at: 8, size: 2 } : undefined;
  },
};
/** As properties are: the length leaves the padding out. */
const UNCOUNTED: UnionHeader = {
  frame: { lengthAt: 2, min: 4, align: 8, counted: false, reason: "OFPBPC_BAD_LEN" },
  part: (_version, [type]) => (type === undefined ? { at: 0, size: 2 } : undefined),
};

const entry = <const N extends string, const F extends Fields>(
  name: N,
  header: UnionHeader,
  fields: F,
  keys: Parameters<typeof entryClass<F, EntryShape<N, F>>>[4],
) =>
  entryClass<F, EntryShape<N, F>>(
    name.replace(/^./, (c) => c.toUpperCase()),
    name,
    header,
    fields,
    keys,
  );

const Out = entry(
  "out",
  COUNTED,
  { port: u32() },
  { "1.0": { key: [0], slots: ["port:u16", "pad:2"] }, "1.1+": { key: [7], slots: ["port"] } },
);
const Old = entry("old", COUNTED, { n: u8() }, { "1.0": { key: [1], slots: ["n", "pad:3"] } });
const AnyExp = entry(
  "anyExp",
  COUNTED,
  { experimenter: u32(), data: bytes() },
  { "1.0+": { key: [0xffff], slots: ["experimenter", "data"] } },
);
const Mine = entry("mine", COUNTED, { n: u16() }, { "1.0+": { key: [0xffff, 0x2320, 5], slots: ["n"] } });
const Other = entry("other", COUNTED, { data: bytes() }, { "1.0+": { key: [0xffff, 0x999], slots: ["data"] } });
const Fallback = union("action", COUNTED, "OFPBAC_BAD_TYPE", [Out, Old, AnyExp, Mine, Other]);
const Strict = union("action", COUNTED, "OFPBAC_BAD_TYPE", [Mine, Out]);

const Prop = entry("prop", UNCOUNTED, { data: bytes() }, { "1.3+": { key: [3], slots: ["data"] } });
const Props = union("property", UNCOUNTED, "OFPBPC_BAD_TYPE", [Prop]);

const many = (u: unknown): Kind<readonly unknown[]> => listKind(u as never);

describe.each(MODES)("unions, %s", (mode) => {
  const json = (kind: Kind<readonly unknown[]>, wire: readonly number[], version: 1 | 4): unknown =>
    kind.toJSON(get(kind, wire, version, mode));

  test("the key tells the entry, and differs by version", () => {
    expect(json(many(Fallback), [0, 0, 0, 8, 0, 5, 0, 0], 1)).toEqual([{ type: "out", port: 5 }]);
    expect(json(many(Fallback), [0, 7, 0, 8, 0, 0, 0, 5], 4)).toEqual([{ type: "out", port: 5 }]);
    expect([...put(many(Fallback), [Out.of({ port: 5 })], 1, mode)]).toEqual([0, 0, 0, 8, 0, 5, 0, 0]);
    expect([...put(many(Fallback), [Out.of({ port: 5 })], 4, mode)]).toEqual([0, 7, 0, 8, 0, 0, 0, 5]);
  });

  test("an experimenter's own key is told apart, and what none tells goes to the entry above it", () => {
    const mine = [0xff, 0xff, 0, 16, 0, 0, 0x23, 0x20, 0, 5, 0, 77, 0, 0, 0, 0];
    expect([...put(many(Fallback), [Mine.of({ n: 77 })], 1, mode)]).toEqual(mine);
    const padded = entry("padded", COUNTED, { n: u16() }, { "1.0+": { key: [0xffff, 0x2320, 5], slots: ["n", "align:8"] } });
    expect(json(many(union("a", COUNTED, "X", [padded])), mine, 1)).toEqual([{ type: "padded", n: 77 }]);
    expect(json(many(Fallback), mine.with(9, 6), 1)).toEqual([{ type: "anyExp", experimenter: 0x2320, data: "0006004d00000000" }]);
    expect(json(many(Fallback), [0xff, 0xff, 0, 8, 0, 0, 0x23, 0x20], 1)).toEqual([{ type: "anyExp", experimenter: 0x2320, data: "" }]);
    expect(json(many(Fallback), [0xff, 0xff, 0, 8, 0, 0, 9, 0x99], 1)).toEqual([{ type: "other", data: "" }]);
  });

  test("unknown elements come back byte for byte, as objects and as JSON", () => {
    for (const wire of [
      [0, 9, 0, 16, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
      [0xff, 0xff, 0, 16, 0, 0, 0x23, 0x20, 0, 6, 0, 0, 0, 0, 0, 1],
      [0xff, 0xff, 0, 8, 0, 0, 0x23, 0x20],
      [0xff, 0xff, 0, 8, 0, 0, 0, 1],
    ]) {
      const [element, ...none] = get(many(Strict), wire, 4, mode) as UnknownElement[];
      expect(none).toEqual([]);
      expect(element).toBeInstanceOf(UnknownElement);
      expect([...put(many(Strict), [element], 4, mode)]).toEqual(wire);
      const again = many(Strict).fromJSON(JSON.parse(JSON.stringify(many(Strict).toJSON([element]))));
      expect([...put(many(Strict), again, 4, mode)]).toEqual(wire);
    }
    expect((get(many(Strict), [0xff, 0xff, 0, 8, 0, 0, 0x23, 0x20], 4, mode)[0] as UnknownElement).key).toEqual([0xffff, 0x2320]);
    expect((get(many(Strict), [0xff, 0xff, 0, 8, 0, 0, 0, 1], 4, mode)[0] as UnknownElement).key).toEqual([0xffff, 1]);
  });

  test("an unknown element that does not fit its own length is not sent", () => {
    for (const wire of [[], [0, 9], [0, 9, 0, 16, 0, 0, 0, 0], [0, 9, 0, 6, 0, 0]]) {
      const e = thrown(() => put(many(Strict), [new UnknownElement([9], Uint8Array.from(wire))], 1, mode));
      expect(e.code).toBe("ERR_RANGE");
    }
    expect([...put(many(Props), [new UnknownElement([9], Uint8Array.of(0, 9, 0, 5, 1))], 4, mode)]).toEqual([0, 9, 0, 5, 1, 0, 0, 0]);
  });

  test("lengths that cannot be are refused: zero, below the header, off the grid, beyond the end", () => {
    const wire = [0, 7, 0, 8, 0, 0, 0, 5, 0, 7, 0, 8, 0, 0, 0, 6];
    for (const at of [3, 11])
      for (const n of [0, 1, 3, 4, 7, 9, 12, 24, 255]) {
        const e = thrown(() => get(many(Fallback), wire.with(at, n), 4, mode));
        expect(e, `${at} ${n}`).toMatchObject({ code: "ERR_DECODE", reason: "OFPBAC_BAD_LEN" });
      }
    // one that is off the grid and ends just where the list does
    const alone = [0, 9, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0];
    expect(thrown(() => get(many(Fallback), alone, 4, mode))).toMatchObject({
      reason: "OFPBAC_BAD_LEN",
      message: expect.stringMatching(/no multiple of 8/),
    });
    for (let n = 1; n < 8; n++) expect(thrown(() => get(many(Fallback), wire.slice(0, n), 4, mode)).code).toBe("ERR_DECODE");
  });

  test("padding that the length leaves out is skipped, written and must be there", () => {
    const wire = [0, 3, 0, 5, 1, 0, 0, 0, 0, 3, 0, 8, 1, 2, 3, 4, 0, 3, 0, 4, 0, 0, 0, 0];
    const found = get(many(Props), wire, 4, mode);
    expect(many(Props).toJSON(found)).toEqual([
      { type: "prop", data: "01" },
      { type: "prop", data: "01020304" },
      { type: "prop", data: "" },
    ]);
    expect([...put(many(Props), found, 4, mode)]).toEqual(wire);
    expect(thrown(() => get(many(Props), wire.slice(0, 20), 4, mode))).toMatchObject({ reason: "OFPBPC_BAD_LEN" });
  });

  test("an entry may be a list's element by itself, with its padding", () => {
    const kind = many(Prop);
    const wire = [0, 3, 0, 5, 1, 0, 0, 0, 0, 3, 0, 4, 0, 0, 0, 0];
    expect(kind.toJSON(get(kind, wire, 4, mode))).toEqual([
      { type: "prop", data: "01" },
      { type: "prop", data: "" },
    ]);
    expect([...put(kind, get(kind, wire, 4, mode), 4, mode)]).toEqual(wire);
  });

  test("an entry may be in two unions", () => {
    expect([...put(many(Strict), [Out.of({ port: 5 })], 4, mode)]).toEqual([...put(many(Fallback), [Out.of({ port: 5 })], 4, mode)]);
  });

  test("what a version or a union lacks is refused by name", () => {
    const e = thrown(() => put(many(Fallback), [Old.of()], 4, mode));
    expect(e).toMatchObject({ code: "ERR_UNSUPPORTED" });
    expect(e.message).toContain("OpenFlow 1.3 has no action old: use OpenFlow 1.0");
    for (const value of [{}, { tag: 1 }, null, "out", Prop.of()]) {
      const kind = Fallback as unknown as Kind<unknown>;
      const list = listKind(kind as never) as Kind<readonly unknown[]>;
      expect(() => put(list, [value], 4, mode)).toThrow();
    }
    expect(thrown(() => Fallback.fromJSON({ type: "nope" })).code).toBe("ERR_USAGE");
    expect(thrown(() => Fallback.fromJSON([])).code).toBe("ERR_USAGE");
    expect(thrown(() => Fallback.fromJSON({ type: "unknown", key: 1, bytes: "00" })).code).toBe("ERR_USAGE");
  });

  test("an element as a field ends where it says", () => {
    const c = new Chunk(Uint8Array.of(0, 7, 0, 8, 0, 0, 0, 1, 9, 9));
    expect(Fallback.codec(4, mode).extent(c, 0, 10)).toBe(8);
    expect(thrown(() => Fallback.codec(4, mode).extent(c, 0, 7)).code).toBe("ERR_DECODE");
    expect(Out.codec(4, mode).extent(c, 0, 10)).toBe(8);
  });
});

test("tables with two entries of one key or one name, or a key longer than the header, are refused", () => {
  const Twin = entry("twin", COUNTED, {}, { "1.0": { key: [1], slots: [] } });
  expect(() => union("action", COUNTED, "X", [Old, Twin]).codec(1, "interpreted")).toThrow(/one key/);
  expect(() => union("action", COUNTED, "X", [Old, Old])).toThrow(TypeError);
  const Long = entry("long", UNCOUNTED, {}, { "1.0": { key: [1, 2], slots: [] } });
  expect(() => Long.codec(1, "interpreted")).toThrow(/more parts/);
});

test("a header that would tell parts for ever ends", () => {
  const endless: UnionHeader = { ...UNCOUNTED, part: () => ({ at: 0, size: 2 }) };
  const kind = many(union("endless", endless, "X", []));
  for (const mode of MODES) expect(get(kind, [0, 3, 0, 8, 0, 0, 0, 0], 4, mode).length).toBe(1);
});
