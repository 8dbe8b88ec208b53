import { describe, expect, test } from "vitest";
import { Chunk, fromHex, toHex } from "../../src/bytes/mod.js";
import {
  type Element,
  type EntryShape,
  entryClass,
  type Fields,
  lift,
  list,
  type Mode,
  struct,
  type UnionHeader,
  type UnknownElement,
  u8,
  u16,
  u32,
  union,
} from "../../src/schema/mod.js";

const HEADER: UnionHeader = {
  frame: { lengthAt: 2, min: 4, align: 8, counted: false, reason: "OFPBPC_BAD_LEN" },
  part: (_version, [type]) => (type === undefined ? { at: 0, size: 2 } : undefined),
};
const property = <const N extends string, const F extends Fields>(name: string, type: N, fields: F, code: number) =>
  entryClass<F, EntryShape<N, F>>(name, type, HEADER, fields, { "1.0+": { key: [code], slots: Object.keys(fields) as never } });

const Speed = property("Speed", "speed", { curr: u32(), max: u32() }, 0);
const Colour = property("Colour", "colour", { colour: u16() }, 1);
const Other = property("Other", "other", { value: u32() }, 2);
const PROPERTIES = union("property", HEADER, "OFPBPC_BAD_TYPE", [Speed, Colour, Other]);

const FIELDS = {
  id: u16(),
  curr: u32(),
  max: u32(),
  colour: u16(),
  properties: list(PROPERTIES as Element<InstanceType<typeof Other> | UnknownElement>),
};
const Port = struct("Port", FIELDS, {
  "1.0": ["id", "curr", "max", "colour"],
  "1.4": ["length", "id", "pad:4", lift(PROPERTIES as never, "properties", [{ type: Speed, always: () => true }, { type: Colour }])],
});

describe.each(["specialised", "interpreted"] as Mode[])("lifted properties, %s", (mode) => {
  const encode = (port: InstanceType<typeof Port>, version: 1 | 5): string => {
    const c = new Chunk(256);
    return toHex(c.u8.subarray(0, Port.codec(version, mode).encode(c, 0, port)));
  };
  const decode = (hex: string, version: 1 | 5): InstanceType<typeof Port> => {
    const bytes = fromHex(hex);
    return Port.codec(version, mode).decode(new Chunk(bytes), 0, bytes.length);
  };

  test("one object is fields in one version and properties in another", () => {
    const port = Port.of({ id: 7, curr: 1, max: 2, colour: 3 });
    expect(encode(port, 1)).toBe("000700000001000000020003");
    const hex = `00200007${"00000000"}0000000c0000000100000002${"00000000"}000100060003${"0000"}`;
    expect(encode(port, 5)).toBe(hex);
    expect(decode(hex, 5)).toEqual(port);
  });

  test("a property whose fields have their initial value is left out, unless it is always sent", () => {
    expect(encode(Port.of({ id: 7 }), 5)).toBe("00180007000000000000000c000000000000000000000000");
  });

  test("properties that are not lifted, and unknown ones, are kept byte for byte", () => {
    const hex = "00280007000000000000000c000000000000000000000000000200080000000977770006aabb0000";
    const port = decode(hex, 5);
    expect(port.properties.map((p) => p.type)).toEqual(["other", "unknown"]);
    expect(encode(port, 5)).toBe(hex);
  });

  test("what a version without properties cannot say is refused", () => {
    expect(() => encode(Port.of({ properties: [Other.of({ value: 1 })] }), 1)).toThrow(/Port.properties: use OpenFlow 1.4/);
  });

  test.each([
    ["a second property of one kind", "000100060001000000010006000200000000000c0000000000000000" + "00000000", { colour: 2 }, 3],
    ["a property that says nothing", "0000000c0000000000000000" + "00000000" + "0001000600000000", { colour: 0 }, 2],
    [
      "an unknown one before the others",
      "77770006aabb00000000000c0000000100000002000000000001000600030000",
      { curr: 1, max: 2, colour: 3 },
      3,
    ],
    ["another order", "0001000600030000" + "0000000c0000000100000002" + "00000000", { curr: 1, colour: 3 }, 2],
    ["one that is always sent missing", "0001000600030000", { curr: 0, colour: 3 }, 1],
    ["one that is always sent missing beside one that says nothing", "0001000600000000", { curr: 0, colour: 0 }, 1],
    ["one that is always sent missing beside an unknown one", "77770006aabb0000", { curr: 0 }, 2],
    ["no property at all", "", { curr: 0, colour: 0 }, 1],
  ] as const)("%s: all are kept as they came, and the last of a kind counts", (_what, properties, fields, kept) => {
    const hex = `${(8 + properties.length / 2).toString(16).padStart(4, "0")}000700000000${properties}`;
    const port = decode(hex, 5);
    expect(port).toMatchObject(fields);
    expect(port.properties).toHaveLength(kept);
    expect(encode(port, 5)).toBe(hex);
    expect(encode(Port.fromJSON(JSON.parse(JSON.stringify(port))), 5)).toBe(hex);
    // a field that is changed then counts, and nothing else changes
    port.colour = 9;
    const again = decode(encode(port, 5), 5);
    expect(again).toMatchObject({ ...fields, colour: 9 });
    expect(again.properties.filter((p) => p.type === "unknown" && p.bytes.length > 0)).toEqual(
      port.properties.filter((p) => p.type === "unknown" && p.bytes.length > 0),
    );
  });

  test("a bad length is refused with the property's own error", () => {
    expect(() => decode("001000070000000000010003aabb0000", 5)).toThrow(/OFPBPC_BAD_LEN/);
  });
});

const message = entryClass<
  { a: ReturnType<typeof u8> },
  EntryShape<"m", { a: ReturnType<typeof u8> }> & { format: string },
  { format?: string }
>(
  "Thing",
  "m",
  HEADER,
  { a: u8() },
  { "1.0": { key: [9], slots: ["a"] } },
  { forms: { ext: { "1.0-1.1": { key: [10], slots: ["pad:1", "a"] } } } },
);
const THINGS = union("thing", HEADER, "OFPBRC_BAD_TYPE", [message]);

describe.each(["specialised", "interpreted"] as Mode[])("several forms of one struct, %s", (mode) => {
  const encode = (m: InstanceType<typeof message>, version: 1 | 2 | 3): string => {
    const c = new Chunk(64);
    return toHex(c.u8.subarray(0, THINGS.codec(version, mode).encode(c, 0, m)));
  };

  test("an object is sent in the form that it says, and says the form that it came in", () => {
    expect(encode(message.of({ a: 5 }), 1)).toBe("0009000505000000");
    const hex = encode(message.of({ a: 5, format: "ext" }), 1);
    expect(hex).toBe("000a000600050000");
    const back = THINGS.codec(1, mode).decode(new Chunk(fromHex(hex)), 0, 6);
    expect(JSON.parse(JSON.stringify(back))).toEqual({ type: "m", format: "ext", a: 5 });
    expect(encode(message.fromJSON(JSON.parse(JSON.stringify(back))), 1)).toBe(hex);
  });

  test("where a version has only the extension's form, that is sent", () => {
    expect(encode(message.of({ a: 5 }), 2)).toBe("000a000600050000");
  });

  test("a form that the version does not have is refused", () => {
    expect(() => encode(message.of({ a: 5 }), 3)).toThrow(/OpenFlow 1.2 has no thing m: use OpenFlow 1.0 to 1.1/);
    expect(() => message.codec(1, mode, "none")).toThrow(/no Thing of format "none"/);
  });
});
