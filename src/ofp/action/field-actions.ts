import type { Version } from "../../schema/mod.js";
import { OXM, type OxmField, type OxmName } from "../oxm/fields.js";
import { MatchEntry } from "../oxm/match-entry.js";
import { VLAN_PRESENT } from "../vlan.js";
import {
  SetEthDst,
  SetEthSrc,
  SetIpv4Dst,
  SetIpv4Src,
  SetMplsLabel,
  SetMplsTc,
  SetNwEcn,
  SetNwTos,
  SetTpDst,
  SetTpSrc,
  SetVlanPcp,
  SetVlanVid,
} from "./set.js";
import { SetField } from "./standard.js";
import type { Action } from "./table.js";

/*
 * The actions that set one field, which OpenFlow 1.0 and 1.1 have in place of set-field: each by the field, and the value of the one from that of the other.
 */

/** An action that sets one field. */
export interface FieldAction {
  readonly type: Action["type"];
  /** The field that it sets; of several the one that the packet has. */
  readonly fields: readonly OxmField[];
  /** The value that the field gets. */
  valueOf(action: Action): number;
  /** The action that gives the field a value. */
  of(value: number): Action;
  /** Whether a version has it. */
  isIn(version: Version): boolean;
}

/** An action class of this kind. */
interface Setter<K extends string> {
  of(init: { readonly [P in K]: number }): Action;
  keyOf(version: Version): readonly number[] | undefined;
}

/** @param member - where the action has the value */
function setter<K extends string>(
  type: Action["type"],
  action: Setter<K>,
  member: K,
  names: readonly OxmName[],
  toField = (value: number): number => value,
  fromField = (value: number): number => value,
): FieldAction {
  return {
    type,
    fields: names.map((name) => OXM[name] as OxmField),
    valueOf: (a) => toField((a as unknown as { readonly [P in K]: number })[member]),
    of: (value) => action.of({ [member]: fromField(value) } as { readonly [P in K]: number }),
    isIn: (version) => action.keyOf(version) !== undefined,
  };
}

const ROWS: readonly FieldAction[] = [
  setter(
    "set-vlan-vid",
    SetVlanVid,
    "vlanVid",
    ["vlanVid"],
    (vid) => vid | VLAN_PRESENT,
    (v) => v & ~VLAN_PRESENT,
  ),
  setter("set-vlan-pcp", SetVlanPcp, "vlanPcp", ["vlanPcp"]),
  setter("set-eth-src", SetEthSrc, "address", ["ethSrc"]),
  setter("set-eth-dst", SetEthDst, "address", ["ethDst"]),
  setter("set-ipv4-src", SetIpv4Src, "address", ["ipv4Src"]),
  setter("set-ipv4-dst", SetIpv4Dst, "address", ["ipv4Dst"]),
  setter(
    "set-nw-tos",
    SetNwTos,
    "tos",
    ["ipDscp"],
    (tos) => tos >>> 2,
    (dscp) => dscp << 2,
  ),
  setter("set-nw-ecn", SetNwEcn, "ecn", ["ipEcn"]),
  setter("set-tp-src", SetTpSrc, "port", ["tcpSrc", "udpSrc", "sctpSrc"]),
  setter("set-tp-dst", SetTpDst, "port", ["tcpDst", "udpDst", "sctpDst"]),
  setter("set-mpls-label", SetMplsLabel, "label", ["mplsLabel"]),
  setter("set-mpls-tc", SetMplsTc, "tc", ["mplsTc"]),
];

const BY_TYPE: ReadonlyMap<string, FieldAction> = new Map(ROWS.map((row) => [row.type, row]));
const BY_FIELD: ReadonlyMap<OxmField, FieldAction> = new Map(ROWS.flatMap((row) => row.fields.map((field) => [field, row] as const)));

/** The row of an action that sets one field, by its type; undefined for other actions. */
export const fieldAction = (type: string): FieldAction | undefined => BY_TYPE.get(type);

/** The action of OpenFlow 1.0 or 1.1 that sets a field; undefined where there is none. */
export const actionOfField = (field: OxmField | undefined): FieldAction | undefined =>
  field === undefined ? undefined : BY_FIELD.get(field);

/** The set-field that does what an action does which sets one field. @param field - of several that the action may set, the one that is meant */
export const asSetField = (row: FieldAction, action: Action, field: OxmField = row.fields[0]!): SetField =>
  SetField.of({ field: new MatchEntry(field, 0, row.valueOf(action), undefined) });
