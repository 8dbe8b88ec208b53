/** The actions of OpenFlow 1.0 and 1.1 that set one field, and the set-field that does the same. */
import { expect, test } from "vitest";
import { ACTIONS, actionOfField, asSetField, type FieldAction, fieldAction, OXM } from "../../src/ofp/mod.js";
import { VERSIONS } from "../../src/schema/mod.js";

const ROWS: readonly FieldAction[] = ACTIONS.entries.map(({ entryName }) => fieldAction(entryName)).filter((row) => row !== undefined);

test("are these, in the versions that have them", () => {
  expect(ROWS.map(({ type, fields }) => `${type}: ${fields.map(({ name }) => name).join(" ")}`)).toEqual([
    "set-vlan-vid: vlanVid",
    "set-vlan-pcp: vlanPcp",
    "set-eth-src: ethSrc",
    "set-eth-dst: ethDst",
    "set-ipv4-src: ipv4Src",
    "set-ipv4-dst: ipv4Dst",
    "set-nw-tos: ipDscp",
    "set-nw-ecn: ipEcn",
    "set-tp-src: tcpSrc udpSrc sctpSrc",
    "set-tp-dst: tcpDst udpDst sctpDst",
    "set-mpls-label: mplsLabel",
    "set-mpls-tc: mplsTc",
  ]);
  for (const row of ROWS)
    expect([row.type, VERSIONS.filter((v) => row.isIn(v))]).toEqual([
      row.type,
      row.type === "set-nw-ecn" ? [2, 3, 4, 5, 6] : [...VERSIONS],
    ]);
});

test("give the field the value that set-field gives it, and back", () => {
  for (const row of ROWS) {
    for (const field of row.fields) {
      expect(actionOfField(field)).toBe(row);
      const top = row.type === "set-vlan-vid" ? 0x1000 : 0;
      for (const value of [top, field.exact as number]) {
        const action = row.of(value);
        expect([action.type, row.valueOf(action)]).toEqual([row.type, value]);
        expect(asSetField(row, action, field).toJSON()).toMatchObject({ field: { [field.name]: field.kind.toJSON(value) } });
      }
    }
  }
  expect([actionOfField(OXM.ipProto as never), actionOfField(undefined), fieldAction("output")]).toEqual([undefined, undefined, undefined]);
});
