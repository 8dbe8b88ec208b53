import type { Version } from "../../schema/mod.js";
import { OXM, type OxmField } from "../oxm/fields.js";
import { and, type Match } from "../oxm/match.js";
import { PortNo } from "../port-no.js";
import { hasField, isIp, isMplsType, isValid, type Known, known } from "./check-match.js";
import { isKnown } from "./field-text.js";
import type { AnyAction, AnyInstruction } from "./types.js";
import { isRealPort } from "./words.js";

/** Fields that Open vSwitch does not let an action set. */
const READ_ONLY = new Set<OxmField>([OXM.inPort, OXM.ethType, OXM.mplsBos, OXM.ipProto]);

const VLAN_TYPES = [0x8100, 0x88a8];
const WITH_PORTS = [6, 17, 132];

/** The reserved ports that a packet can be sent to. */
const OUTPUTS: readonly number[] = [PortNo.InPort, PortNo.Table, PortNo.Normal, PortNo.Flood, PortNo.All, PortNo.Controller, PortNo.Local];

const KNOWN_EXPERIMENTERS = [0x2320, 0x4f4e4600];

/** Why Open vSwitch refuses an action by itself. */
function refuseAction(a: AnyAction, version: Version): string | undefined {
  switch (a.type) {
    case "unknown": {
      const [type, experimenter] = a.key;
      if (type !== 0xffff) return "OFPBAC_BAD_TYPE";
      if (experimenter === undefined || !KNOWN_EXPERIMENTERS.includes(experimenter)) return "OFPBAC_BAD_VENDOR";
      return a.bytes.length < 10 ? "OFPBAC_BAD_LEN" : "OFPBAC_BAD_VENDOR_TYPE";
    }
    case "output":
      return isRealPort(a.port) || OUTPUTS.includes(a.port) ? undefined : "OFPBAC_BAD_OUT_PORT";
    case "enqueue":
      return isRealPort(a.port) || a.port === PortNo.InPort || a.port === PortNo.Local ? undefined : "OFPBAC_BAD_OUT_PORT";
    case "set-vlan-vid":
      return a.vlanVid > 0xfff ? "OFPBAC_BAD_ARGUMENT" : undefined;
    case "set-vlan-pcp":
      return a.vlanPcp > 7 ? "OFPBAC_BAD_ARGUMENT" : undefined;
    case "push-vlan":
      return VLAN_TYPES.includes(a.ethertype) ? undefined : "OFPBAC_BAD_ARGUMENT";
    case "push-mpls":
      return isMplsType(a.ethertype) ? undefined : "OFPBAC_BAD_ARGUMENT";
    case "set-nw-tos":
      return (a.tos & 3) !== 0 ? "OFPBAC_BAD_ARGUMENT" : undefined;
    case "copy-ttl-in":
    case "copy-ttl-out":
      return "OFPBAC_BAD_TYPE";
    case "set-field":
      return refuseSetField(a, version);
    default:
      return undefined;
  }
}

function refuseSetField({ field: e }: Extract<AnyAction, { type: "set-field" }>, version: Version): string | undefined {
  const { field, value, mask } = e;
  if (field === undefined || value instanceof Uint8Array || !isKnown(field)) return "OFPBAC_BAD_SET_TYPE";
  if (mask !== undefined) {
    if (and(value, mask) !== value) return "OFPBMC_BAD_WILDCARDS";
    if (version < 6) return "OFPBAC_BAD_SET_MASK";
  }
  if (READ_ONLY.has(field)) return "OFPBAC_BAD_SET_ARGUMENT";
  if (!isValid(field, value)) return "OFPBAC_BAD_SET_ARGUMENT";
  const untagged = field === OXM.vlanVid && ((value as number) & 0x1000 & ((mask as number | undefined) ?? 0x1000)) === 0;
  return untagged ? "OFPBAC_BAD_SET_ARGUMENT" : undefined;
}

/** Why Open vSwitch refuses a list of actions, by the name of the error, whatever packets they are for; undefined for a good one. */
export function refuseActions(actions: readonly AnyAction[], version: Version): string | undefined {
  for (const a of actions) {
    const fault = refuseAction(a, version);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** Why Open vSwitch refuses instructions, whatever packets they are for. */
export function refuseInstructions(instructions: readonly AnyInstruction[], version: Version): string | undefined {
  const seen = new Set<string>();
  for (const i of instructions) {
    if (i.type === "unknown") return i.key[0] === 0xffff ? "OFPBIC_BAD_EXPERIMENTER" : "OFPBIC_UNKNOWN_INST";
    if (seen.has(i.type)) return "OFPBIC_DUP_INST";
    seen.add(i.type);
  }
  for (const type of ["apply-actions", "write-actions"] as const) {
    for (const i of instructions) {
      if (i.type !== type) continue;
      const fault = refuseActions(i.actions, version);
      if (fault !== undefined) return fault;
    }
  }
  return undefined;
}

const INCONSISTENT = "OFPBAC_MATCH_INCONSISTENT";

/** Why an action makes no sense for the packets, and what it makes of them. OpenFlow 1.0 knows no such errors but that of set-field. */
function refuseFor(a: AnyAction, k: Known, version: Version): string | undefined {
  const needs = (ok: boolean): string | undefined => (ok || version === 1 ? undefined : INCONSISTENT);
  switch (a.type) {
    case "set-field": {
      const { field } = a.field;
      if (field === undefined) return undefined;
      return hasField(field, k) && (field !== OXM.vlanVid || k.vlans > 0) ? undefined : INCONSISTENT;
    }
    case "set-vlan-vid":
    case "set-vlan-pcp": {
      const had = k.vlans > 0;
      k.vlans ||= 1;
      return needs(had);
    }
    case "pop-vlan": {
      const had = k.vlans > 0;
      if (had) k.vlans--;
      return needs(had);
    }
    case "push-vlan":
      if (k.vlans >= 2) return "OFPBAC_BAD_TAG";
      k.vlans++;
      return undefined;
    case "push-mpls":
      k.ethType = a.ethertype;
      k.proto = 0;
      return undefined;
    case "pop-mpls": {
      const had = isMplsType(k.ethType);
      k.ethType = a.ethertype;
      return needs(had);
    }
    case "set-mpls-ttl":
    case "dec-mpls-ttl":
      return needs(isMplsType(k.ethType));
    case "set-ipv4-src":
    case "set-ipv4-dst":
      return needs(k.ethType === 0x0800);
    case "set-nw-tos":
    case "set-nw-ttl":
    case "dec-nw-ttl":
      return needs(isIp(k));
    case "set-tp-src":
    case "set-tp-dst":
      return needs(isIp(k) && WITH_PORTS.includes(k.proto));
    default:
      return undefined;
  }
}

/** Errors that are found at once; the rest is found once all actions are looked at, since another protocol might allow it. */
const AT_ONCE = (a: AnyAction, fault: string): boolean => fault !== INCONSISTENT || a.type === "set-field";

function refuseListFor(
  actions: readonly AnyAction[],
  k: Known,
  version: Version,
  inSet: boolean,
): readonly [now: string | undefined, later: string | undefined] {
  let later: string | undefined;
  for (const a of actions) {
    const fault = refuseFor(a, k, version);
    if (fault === undefined) continue;
    if (AT_ONCE(a, fault)) return [fault, undefined];
    if (!inSet) later ??= fault;
  }
  return [undefined, later];
}

const MAX_METER = 0xffff0000;
const ANY_TABLE = 0xff;

/** Why Open vSwitch refuses the instructions of a flow for the packets that it matches. */
export function refuseInstructionsFor(
  match: Match,
  instructions: readonly AnyInstruction[],
  tableId: number,
  version: Version,
): string | undefined {
  const k = known(match);
  let later: string | undefined;
  const find = <N extends AnyInstruction["type"]>(type: N): Extract<AnyInstruction, { type: N }> | undefined =>
    instructions.find((i) => i.type === type) as Extract<AnyInstruction, { type: N }> | undefined;
  const meter = find("meter");
  if (meter !== undefined && (meter.meterId === 0 || meter.meterId > MAX_METER)) return "OFPMMFC_INVALID_METER";
  for (const i of [find("apply-actions"), find("write-actions")]) {
    if (i === undefined) continue;
    const inSet = i.type === "write-actions";
    const [now, afterAll] = refuseListFor(i.actions, inSet ? { ...k } : k, version, inSet);
    if (now !== undefined) return now;
    later ??= afterAll;
  }
  const goto = find("goto-table");
  if (goto !== undefined && tableId !== ANY_TABLE && goto.tableId <= tableId) return "OFPBIC_BAD_TABLE_ID";
  return later;
}
