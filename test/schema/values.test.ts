import { describe, expect, test } from "vitest";
import { Chunk } from "../../src/bytes/mod.js";
import {
  bytes,
  enumeration,
  type Field,
  field,
  flags,
  IPV4,
  IPV6,
  ipv4,
  ipv6,
  type Kind,
  lazy,
  list,
  MAC,
  mac,
  mapped,
  one,
  opaque,
  opaqueKind,
  struct,
  text,
  textKind,
  U8,
  U16,
  U24,
  U32,
  U64,
  U128,
  u8,
  u16,
  u64,
  u128,
  VERSIONS,
  versionList,
  versionsIn,
} from "../../src/schema/mod.js";
import { get, MODES, put, thrown } from "./helpers.js";

const TEN = mapped(
  "tenfold",
  U8,
  (wire) => wire * 10,
  (v) => (v % 10 === 0 && v >= 0 && v <= 2550 ? v / 10 : undefined),
);

const ranges: readonly (readonly [kind: Kind<never>, good: readonly unknown[], bad: readonly unknown[]])[] = [
  [U8, [0, 255], [-1, 256, 1.5, Number.NaN, "1", 1n, null]],
  [U16, [0, 65535], [-1, 65536, 0.5, Number.POSITIVE_INFINITY, true]],
  [U24, [0, 0xffffff], [-1, 0x1000000, 1.5, "7"]],
  [U32, [0, 0xffffffff], [-1, 2 ** 32, 0.1, 5n, {}]],
  [MAC, [0, 2 ** 48 - 1, 0x800000000001], [-1, 2 ** 48, 1.5, Number.NaN, "5", true, 1n]],
  [IPV4, [0, 0xffffffff], [-1, 2 ** 32, "10.0.0"]],
  [U64, [0n, 2n ** 64n - 1n], [-1n, 2n ** 64n, 1.5, -1, "1", undefined]],
  [U128, [0n, 2n ** 128n - 1n, 2n ** 64n], [-1n, 2n ** 128n, "0"]],
  [IPV6, [0n, 1n], [-1n, 2n ** 128n]],
  [TEN, [0, 10, 2550], [5, 2560, -10]],
  [textKind(4), ["", "abc", "abcd", "é", "\udcff"], ["abcde", "a\0b", 7, "\ud800"]],
  [opaqueKind(2), [Uint8Array.of(1, 2)], [Uint8Array.of(1), new Uint8Array(3), [1, 2], "01"]],
] as never;

describe.each(MODES)("values, %s", (mode) => {
  test.each(ranges)("$name takes what fits and refuses the rest by the field's name", (kind, good, bad) => {
    const Holder = struct("Holder", { before: u8(), it: field(kind, good[0] as never) as Field<unknown> }, { "1.0": ["before", "it"] });
    for (const value of good) {
      const m = Holder.of({ it: value });
      const wire = put(Holder, m, 1, mode);
      expect(wire.length).toBe(1 + kind.size);
      const back = get(Holder, wire, 1, mode);
      expect(back.it).toEqual(value);
      expect(Holder.fromJSON(JSON.parse(JSON.stringify(back.toJSON())))).toEqual(m);
    }
    for (const value of bad) {
      if (value === undefined) continue;
      const e = thrown(() => put(Holder, Holder.of({ it: value }), 1, mode));
      expect(e.code, String(value)).toBe("ERR_RANGE");
      expect(e.message).toContain("Holder.it");
    }
  });

  test("an error far inside names the whole way to it, alike in both modes", () => {
    const Inner = struct("Inner", { n: u8(), data: bytes() }, { "1.0": ["length", "n", "data"] });
    const Outer = struct("Outer", { inners: list(Inner) }, { "1.0": ["inners"] });
    const m = Outer.of({ inners: [Inner.of(), Inner.of({ n: 300 })] });
    expect(thrown(() => put(Outer, m, 1, mode)).message).toBe("Outer.inners: [1] Inner.n: 300 does not fit u8");
    const none = Outer.of({ inners: [Inner.maker()({ data: "x" as never })] });
    expect(thrown(() => put(Outer, none, 1, mode))).toMatchObject({ code: "ERR_RANGE" });
    expect(thrown(() => put(Outer, Outer.of({ inners: [undefined as never] }), 1, mode))).toMatchObject({ code: "ERR_RANGE" });
  });

  test("too little room throws and never writes elsewhere", () => {
    const M = struct("M", { a: u64(), t: text(8), data: bytes() }, { "1.0": ["a", "pad:7", "t", "data", "rest"] });
    const m = M.of({ data: Uint8Array.of(1, 2, 3), t: "abc" });
    for (let room = 3; room < 29; room++) expect(() => put(M, m, 1, mode, room)).toThrow();
    expect(put(M, m, 1, mode, 29).length).toBe(26);
  });

  test("a version without a field refuses a value for it, and names the versions that have it", () => {
    const M = struct(
      "M",
      { a: u8(), late: u8(7), data: bytes(), dropped: u8(0, { absent: "drop" }) },
      { "1.0": ["a"], "1.3+": ["a", "late", "dropped", "data"] },
    );
    expect([...put(M, M.of({ dropped: 9 }), 1, mode)]).toEqual([0]);
    const e = thrown(() => put(M, M.of({ late: 8 }), 1, mode));
    expect(e.code).toBe("ERR_UNSUPPORTED");
    expect(e.message).toBe("OpenFlow 1.0 has no M.late: use OpenFlow 1.3 to 1.5");
    expect(put(M, M.of({ data: new Uint8Array(0) }), 1, mode).length).toBe(1);
    expect(thrown(() => put(M, M.of({ data: new Uint8Array(1) }), 1, mode)).message).toContain("M.data");
    expect(thrown(() => M.codec(2, mode)).message).toBe("OpenFlow 1.1 has no M: use OpenFlow 1.0, 1.3, 1.4, 1.5");
  });

  test("enumerations and flags read as names in JSON, and other numbers survive", () => {
    const M = struct(
      "M",
      { e: enumeration(U8, { Add: 0, Drop: 3 }, 0), f: flags(U32, { Low: 1, High: 0x80000000, Both: 6 }) },
      { "1.0": ["e", "f"] },
    );
    const m = get(M, [3, 0x80, 0, 1, 7], 1, mode);
    expect(m.toJSON()).toEqual({ e: "Drop", f: ["Low", "High", "Both", 256] });
    expect(M.fromJSON(m.toJSON())).toEqual(m);
    expect(get(M, [9, 0, 0, 0, 0], 1, mode).toJSON()).toEqual({ e: 9, f: [] });
    expect(M.fromJSON({ e: 9, f: 0xffffffff }).f).toBe(0xffffffff);
    for (const bad of [{ e: "toString" }, { e: 256 }, { f: ["None"] }, { f: [-1] }, { f: "Low" }, { g: 1 }, [], null, 7, "x"])
      expect(thrown(() => M.fromJSON(bad as never)).code).toBe("ERR_USAGE");
  });

  test("text survives whatever bytes a peer sends", () => {
    for (const bytes of [
      [0xff, 0x41, 0x80, 0xc3],
      [0, 1, 2, 3],
      [0xed, 0xa0, 0x80, 0x41],
      [0xf0, 0x9f, 0x98, 0x80],
    ]) {
      const m = get(textKind(4), bytes, 1, mode);
      const zero = bytes.indexOf(0);
      const kept = zero < 0 ? bytes : [...bytes.slice(0, zero), 0, 0, 0, 0].slice(0, 4);
      expect([...put(textKind(4), JSON.parse(JSON.stringify(m)) as string, 1, mode)]).toEqual(kept);
    }
  });
});

describe("objects", () => {
  const M = struct(
    "M",
    {
      a: u8(3),
      b: u128(4n),
      m: mac(5),
      i: ipv4(6),
      six: ipv6(7n),
      o: opaque(2),
      inner: one(struct("In", { x: u16(8) }, { "1.0+": ["x"] })),
    },
    { "1.0+": ["a", "b", "m", "i", "six", "o", "inner"] },
  );

  test("new, of and a maker give the same initial values and one hidden shape", () => {
    const make = M.maker();
    for (const m of [new M(), M.of(), M.of({}), M.of({ a: undefined }), make({}), make({ b: undefined })]) {
      expect(m).toMatchObject({ a: 3, b: 4n, m: 5, i: 6, six: 7n });
      expect(m.inner.x).toBe(8);
      expect(Object.keys(m)).toEqual(["a", "b", "m", "i", "six", "o", "inner"]);
      expect(m).toBeInstanceOf(M);
      expect(M.is(m)).toBe(true);
    }
    expect(M.is({})).toBe(false);
    expect(make({ a: 9 })).toMatchObject({ a: 9, b: 4n });
    expect(M.name).toBe("M");
  });

  test("changing one object leaves the next one's initial values alone", () => {
    const m = M.of();
    expect(() => {
      (m.inner as { x: number }).x = 9;
    }).toThrow(TypeError);
    m.a = 77;
    expect(M.of().a).toBe(3);
  });

  test("JSON holds every value, whatever its size", () => {
    const m = M.of({ a: 255, b: 2n ** 128n - 1n, m: 2 ** 48 - 1, i: 0xffffffff, six: 1n, o: Uint8Array.of(1, 255) });
    expect(m.toJSON()).toEqual({
      a: 255,
      b: `0x${"f".repeat(32)}`,
      m: "ff:ff:ff:ff:ff:ff",
      i: "255.255.255.255",
      six: "::1",
      o: "01ff",
      inner: { x: 8 },
    });
    expect(M.fromJSON(JSON.parse(JSON.stringify(m)))).toEqual(m);
    expect(M.fromJSON({ b: 7, six: "2001:db8::1" })).toMatchObject({ a: 3, b: 7n, six: 0x20010db8000000000000000000000001n });
    for (const bad of [
      { b: "-1" },
      { b: `0x1${"0".repeat(32)}` },
      { m: "x" },
      { i: 5 },
      { o: "01" },
      { six: "::g" },
      { inner: 5 },
      { b: 1.5 },
    ])
      expect(thrown(() => M.fromJSON(bad)).code).toBe("ERR_USAGE");
  });

  test("versions", () => {
    expect(M.versions).toEqual(VERSIONS);
    expect(M.versionsOf("a")).toEqual(VERSIONS);
    expect(M.versionsOf("zzz")).toEqual([]);
    expect(versionsIn("1.1-1.3")).toEqual([2, 3, 4]);
    expect(versionList([])).toBe("no version");
    expect(versionList([1])).toBe("1.0");
    expect(versionList([1, 2])).toBe("1.0 to 1.1");
    expect(versionList([1, 4])).toBe("1.0, 1.3");
  });
});

describe.each(MODES)("lazy fields, %s", (mode) => {
  const Item = struct("Item", { n: u8() }, { "1.0": ["length", "n"] });
  const L = struct(
    "L",
    { id: u8(), port: lazy(u16(9)), items: lazy(list(Item)), data: lazy(bytes()) },
    { "1.0": ["id", "port", "lengthOf:items", "items", "data"], "1.1": ["id"] },
  );
  const wire = Uint8Array.of(7, 1, 2, 0, 6, 0, 3, 5, 0, 3, 6, 0xaa, 0xbb);
  const received = () => {
    const chunk = new Chunk(wire.slice());
    return { chunk, m: L.codec(1, mode).decode(chunk, 0, wire.length) };
  };

  test("are decoded when they are read", () => {
    const { m, chunk } = received();
    expect(m.port).toBe(0x0102);
    expect(m.items.map((i) => i.n)).toEqual([5, 6]);
    expect([...m.data]).toEqual([0xaa, 0xbb]);
    expect(m.data.buffer).toBe(chunk.u8.buffer);
    expect(m.toJSON()).toEqual({ version: 1, id: 7, port: 0x0102, items: [{ n: 5 }, { n: 6 }], data: "aabb" });
    expect([...put(L, m, 1, mode)]).toEqual([...wire]);
  });

  test("are checked when the message is decoded", () => {
    for (const [at, value] of [
      [6, 0],
      [9, 4],
      [6, 9],
    ] as const) {
      const bad = wire.slice();
      bad[at] = value;
      expect(thrown(() => L.codec(1, mode).decode(new Chunk(bad), 0, bad.length)).code).toBe("ERR_DECODE");
    }
  });

  test("are refused once their bytes were given back, unless they are owned", () => {
    const { chunk, m } = received();
    const kept = received();
    const own = kept.m.own();
    expect(own).toBe(kept.m);
    for (const c of [chunk, kept.chunk]) {
      c.epoch += 1;
      c.u8.fill(0);
    }
    for (const read of [() => m.port, () => m.items, () => m.data, () => m.toJSON(), () => m.own(), () => put(L, m, 1, mode)]) {
      const e = thrown(read);
      expect(e.code).toBe("ERR_BORROWED");
      expect(e.message).toContain("own()");
    }
    expect(m.id).toBe(7);
    expect(own.toJSON()).toEqual({ version: 1, id: 7, port: 0x0102, items: [{ n: 5 }, { n: 6 }], data: "aabb" });
    expect(own.own()).toBe(own);
  });

  test("what was assigned stays, and what was not received has its initial value", () => {
    const { chunk, m } = received();
    m.port = 5;
    m.data = Uint8Array.of(1);
    chunk.epoch += 1;
    expect(m.port).toBe(5);
    expect([...m.data]).toEqual([1]);
    expect(new L().port).toBe(9);
    expect(L.of({ data: Uint8Array.of(3) }).data).toEqual(Uint8Array.of(3));
    expect(get(L, [4], 2, mode)).toMatchObject({ id: 4, port: 9 });
    expect(thrown(() => put(L, L.of({ port: 70000 }), 1, mode)).message).toContain("L.port");
    expect(thrown(() => put(L, L.of({ port: 3 }), 2, mode)).code).toBe("ERR_UNSUPPORTED");
  });

  test("own() reaches what an object holds", () => {
    const Outer = struct(
      "Outer",
      { inner: one(L as never as Kind<InstanceType<typeof L>> & { of(): InstanceType<typeof L> }), all: list(Item) },
      {
        "1.0": ["inner"],
      },
    );
    const chunk = new Chunk(wire.slice());
    const m = Outer.codec(1, mode).decode(chunk, 0, wire.length);
    m.own();
    chunk.epoch += 1;
    chunk.u8.fill(0);
    expect([...m.inner.data]).toEqual([0xaa, 0xbb]);
  });
});
