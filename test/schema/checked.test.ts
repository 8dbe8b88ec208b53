/** The mode that refuses what the rows forbid besides: the first fault in the order of the table. */
import { describe, expect, test } from "vitest";
import {
  bytes,
  entryClass,
  limited,
  list,
  listKind,
  type Mode,
  struct,
  U8,
  U16,
  type UnionHeader,
  type UnionOptions,
  UnknownElement,
  u8,
  u16,
  union,
  unlookedAt,
} from "../../src/schema/mod.js";
import { get, put, thrown } from "./helpers.js";

const reasonOf = (body: () => unknown): string => (thrown(body) as unknown as { readonly reason: string }).reason;

const Limits = struct(
  "Limits",
  { a: u8(), b: u16(), last: u8() },
  {
    "1.0-1.2": [
      { a: limited(U8, (v) => v < 10, "FIRST") },
      "zero:1:SECOND",
      { b: limited(U16, (v, version) => v < version, "THIRD") },
      "last",
    ],
  },
  "SIZE",
  ({ a, last }) => (a === last ? "BOTH" : undefined),
);

describe("a struct", () => {
  test("is refused for its size, then slot by slot, then for what its values are together", () => {
    expect(reasonOf(() => get(Limits, [10, 1, 0, 9, 10, 0], 1, "checked"))).toBe("SIZE");
    expect(reasonOf(() => get(Limits, [10, 1, 0, 9], 1, "checked"))).toBe("SIZE");
    expect(reasonOf(() => get(Limits, [10, 1, 0, 9, 10], 1, "checked"))).toBe("FIRST");
    expect(reasonOf(() => get(Limits, [9, 1, 0, 9, 9], 1, "checked"))).toBe("SECOND");
    expect(reasonOf(() => get(Limits, [9, 0, 0, 9, 9], 1, "checked"))).toBe("THIRD");
    expect(reasonOf(() => get(Limits, [9, 0, 0, 1, 9], 2, "checked"))).toBe("BOTH");
    expect(get(Limits, [9, 0, 0, 1, 8], 2, "checked")).toMatchObject({ a: 9, b: 1, last: 8 });
  });

  test("is taken for what it is in all other modes, and written alike in all", () => {
    for (const mode of ["specialised", "bare", "interpreted"] as const satisfies readonly Mode[])
      expect(get(Limits, [12, 0, 0, 9, 12], 1, mode)).toMatchObject({ a: 12, b: 9, last: 12 });
    const value = Limits.of({ a: 200, b: 500, last: 200 });
    expect([...put(Limits, value, 1, "checked")]).toEqual([...put(Limits, value, 1, "specialised")]);
  });

  test("has parts at which nobody looks", () => {
    const Loose = struct(
      "Loose",
      { all: list(Limits), more: bytes() },
      {
        "1.0": ["lengthOf:all", { all: unlookedAt(listKind(Limits), []) }, "more"],
      },
    );
    expect(get(Loose, [0, 3, 9, 9, 9, 7], 1, "checked")).toMatchObject({ all: [], more: Uint8Array.of(7) });
    expect(thrown(() => get(Loose, [0, 3, 9, 9, 9, 7], 1, "interpreted")).code).toBe("ERR_DECODE");
  });
});

const HEADER: UnionHeader = {
  frame: { lengthAt: 2, min: 4, align: 4, counted: false, reason: "LENGTH" },
  part: (_version, [type]) => (type === undefined ? { at: 0, size: 2, reason: "TYPE" } : undefined),
};
const Known = entryClass(
  "Known",
  "known",
  HEADER,
  { a: u8() },
  { "1.0": { key: [1], slots: [{ a: limited(U8, (v) => v < 10, "LIMIT") }] } },
);
const Passed = entryClass("Passed", "passed", HEADER, { a: u8() }, { "1.0": { key: [2], slots: ["a"], unchecked: true } });
const made = (options?: UnionOptions) => listKind(union("thing", HEADER, "UNKNOWN", [Known, Passed], options) as never);

const element = (type: number, ...body: readonly number[]): number[] => {
  const length = 4 + body.length;
  return [0, type, 0, length, ...body, ...new Array<number>(-length & 3).fill(0)];
};

describe("a list of a union", () => {
  test("is refused for the first element that is wrong, its padding before what is in it", () => {
    expect(get(made(), element(1, 9), 1, "checked")).toHaveLength(1);
    expect(reasonOf(() => get(made(), [...element(1, 9), ...element(1, 10), ...element(3)], 1, "checked"))).toBe("LIMIT");
    expect(reasonOf(() => get(made(), [...element(1, 9), ...element(3), ...element(1, 10)], 1, "checked"))).toBe("TYPE");
    expect(reasonOf(() => get(made(), element(1, 10).slice(0, 6), 1, "checked"))).toBe("LENGTH");
    expect(reasonOf(() => get(made(), element(1, 9, 9), 1, "checked"))).toBe("LENGTH");
  });

  test("does not know what its rows leave unchecked", () => {
    expect(reasonOf(() => get(made(), element(2, 1), 1, "checked"))).toBe("TYPE");
    const loose = made({ check: () => undefined });
    // of a length that its row would refuse
    expect(get(loose, element(2, 1, 2, 3), 1, "checked")).toEqual([expect.any(UnknownElement)]);
    expect(get(loose, element(3), 1, "checked")).toEqual([expect.any(UnknownElement)]);
    expect(get(made(), element(2, 1), 1, "interpreted")).toMatchObject([{ type: "passed", a: 1 }]);
  });

  test("may have rules of its own for elements that are good in themselves", () => {
    const strict = made({ check: (e, version) => (e instanceof UnknownElement ? "NONE" : version === 1 ? "NOW" : undefined) });
    expect(reasonOf(() => get(strict, element(3), 1, "checked"))).toBe("NONE");
    expect(reasonOf(() => get(strict, element(1, 9), 1, "checked"))).toBe("NOW");
    expect(reasonOf(() => get(strict, element(1, 10), 1, "checked"))).toBe("LIMIT");
  });
});
