import { describe, expect, test } from "vitest";
import { toHex } from "../../src/bytes/mod.js";
import { ALL_TABLES, decodeBytes, encodeMessage, FlowMod } from "../../src/ofp/mod.js";
import { printBytes } from "../../src/ofp/syntax/mod.js";

const COMMAND = 56;

describe("the table of a flow-mod of OpenFlow 1.0", () => {
  test("is refused, with what helps, unless the message says that the command names it", () => {
    const m = FlowMod.of({ tableId: 3 });
    expect(() => encodeMessage(m, 1)).toThrow(
      expect.objectContaining({ code: "ERR_UNSUPPORTED", message: expect.stringContaining("tableId") }),
    );
    expect(() => encodeMessage(m, 1)).toThrow(/1\.1 to 1\.5.*namesTable.*FlowModTableId/);
    expect(encodeMessage(m, 2)[24]).toBe(3);
  });

  test("stands in the upper half of the command with namesTable, and comes back", () => {
    const bytes = encodeMessage(FlowMod.of({ tableId: 3, namesTable: true, command: 1 }), 1);
    expect([bytes[COMMAND], bytes[COMMAND + 1]]).toEqual([3, 1]);
    const back = decodeBytes(bytes) as FlowMod;
    expect(back).toMatchObject({ tableId: 3, namesTable: true, command: 1 });
    expect(toHex(encodeMessage(back, 1))).toBe(toHex(bytes));
    expect(printBytes(bytes)).toContain("MOD table:3 ");
  });

  test("is 0 where nothing is said", () => {
    const bytes = encodeMessage(FlowMod.of({ command: 3 }), 1);
    expect([bytes[COMMAND], bytes[COMMAND + 1]]).toEqual([0, 3]);
    expect(decodeBytes(bytes)).toMatchObject({ tableId: 0, namesTable: false, command: 3 });
  });

  test("and the flag goes unheard in later versions", () => {
    expect(decodeBytes(encodeMessage(FlowMod.of({ tableId: ALL_TABLES, namesTable: true }), 4))).toMatchObject({
      tableId: 255,
      namesTable: false,
    });
  });

  test("has 8 bits, as the command", () => {
    expect(() => encodeMessage(FlowMod.of({ tableId: 256, namesTable: true }), 1)).toThrow(expect.objectContaining({ code: "ERR_RANGE" }));
    expect(() => encodeMessage(FlowMod.of({ command: 256 }), 1)).toThrow(expect.objectContaining({ code: "ERR_RANGE" }));
  });
});
