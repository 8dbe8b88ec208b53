import { IpProto } from "../../packet/mod.js";
import type { Version } from "../../schema/mod.js";
import { PacketType } from "../action/encap.js";
import { fieldAction } from "../action/field-actions.js";
import { copyList } from "../action/fields.js";
import type { HeaderList, Subfield } from "../action/subfield.js";
import { type Action, CtFlags } from "../action/table.js";
import { ALL_TABLES } from "../flow/flow-mod.js";
import { CtAlg } from "../ids.js";
import type { Instruction } from "../instruction/table.js";
import { OXM, type OxmField } from "../oxm/fields.js";
import { Match } from "../oxm/match.js";
import { MatchEntry } from "../oxm/match-entry.js";
import { VLAN_PRESENT } from "../vlan.js";
import type { ActionOf } from "./action.js";
import { findInstruction, inSetOrder } from "./action-order.js";
import { ETHERNET, factsOfMatch, hasField, IP, isIp, isMplsType, type PacketFacts, TAG } from "./facts.js";
import { Fault, faultIf, type Requirement } from "./fault.js";
import { withOldMeters } from "./open-vswitch.js";
import type { Rules } from "./rules.js";
import { checkSource, checkTarget, isWhole, knownForm } from "./subfield.js";

const INCONSISTENT = "OFPBAC_MATCH_INCONSISTENT";

/**
 * What actions have come to: the packets as far as they are known, and the fault that is reported once all actions were looked at, since OpenFlow 1.0, which has no such
 * errors, can still have the actions.
 */
export interface FlowState {
  readonly facts: PacketFacts;
  readonly version: Version;
  readonly rules: Rules;
  later: Fault | undefined;
}

/** The state before the first action. */
export const flowState = (facts: PacketFacts, version: Version, rules: Rules): FlowState => ({ facts, version, rules, later: undefined });

/** The state before the first of some actions within others: what they make of the packets does not outlast them. */
export const nestedState = (s: FlowState): FlowState => ({ ...s, facts: { ...s.facts }, later: undefined });

/** Notes a fault that is reported later, and not in OpenFlow 1.0. */
const wants = (s: FlowState, a: Action, has: boolean, field: OxmField | undefined, ...needs: readonly Requirement[]): undefined => {
  if (!has && s.version > 1) s.later ??= new Fault(INCONSISTENT, field, needs, a.type);
  return undefined;
};

/** Why packets do not have a field, which may be one that nobody knows. */
function checkField(field: OxmField | undefined, k: PacketFacts): Fault | undefined {
  if (field === undefined) return new Fault(INCONSISTENT);
  if (hasField(field, k)) return undefined;
  const unmet: Requirement[] = [];
  hasField(field, k, unmet);
  return new Fault(INCONSISTENT, field, unmet);
}

const checkRead = (v: Subfield, k: PacketFacts, list: HeaderList = 0): Fault | undefined => checkSource(v, list) ?? checkField(v.field, k);
const checkWrite = (v: Subfield, k: PacketFacts, list: HeaderList = 0): Fault | undefined => checkRead(v, k, list) ?? checkTarget(v, list);

/** The packets that a learned flow matches, as far as its numbers determine them. */
function checkLearn(a: ActionOf<"learn">, k: PacketFacts): Fault | undefined {
  let learned = factsOfMatch(new Match([]));
  const entries: MatchEntry[] = [];
  for (const { source, target, dst } of a.specs) {
    if (typeof source !== "bigint") {
      const fault = checkRead(source, k);
      if (fault !== undefined) return fault;
    }
    if (dst === undefined) continue;
    const fault = target === "match" ? checkRead(dst, learned) : checkWrite(dst, learned);
    if (fault !== undefined) return fault;
    const form = knownForm(dst)!;
    if (target !== "match" || typeof source !== "bigint" || !isWhole(dst, form)) continue;
    const { size } = form.field.kind;
    const given = size >= 8 ? source : Number(source);
    if (size > 0) entries.push(new MatchEntry(form.field, 0, form.narrow?.read(given as number) ?? given, undefined));
    learned = factsOfMatch(new Match(entries));
  }
  return undefined;
}

function checkCt(a: ActionOf<"ct">, s: FlowState): Fault | undefined {
  const k = s.facts;
  if (!isIp(k)) return new Fault(INCONSISTENT, undefined, [IP]);
  const invalid = k.invalid && (a.flags & CtFlags.Commit) !== 0;
  const wrongAlg = (a.alg === CtAlg.Ftp && k.proto !== IpProto.Tcp) || (a.alg === CtAlg.Tftp && k.proto !== IpProto.Udp);
  if (invalid || wrongAlg) return new Fault(INCONSISTENT);
  return typeof a.zone === "number" ? checkNested(a.actions, s) : checkRead(a.zone, k);
}

/** Actions within one. */
function checkNested(actions: readonly Action[], s: FlowState): Fault | undefined {
  const inner = nestedState(s);
  const fault = checkListFor(actions, inner);
  s.later ??= inner.later;
  return fault;
}

function checkNat(a: ActionOf<"nat">, k: PacketFacts): Fault | undefined {
  if (a.range === undefined) return faultIf(!isIp(k), INCONSISTENT);
  const ethType = typeof a.range.min === "bigint" ? 0x86dd : 0x0800;
  return k.ethType === ethType ? undefined : new Fault(INCONSISTENT, undefined, [{ ...IP, values: [ethType] }]);
}

const MAX_METER = 0xffff0000;
const checkMeter = (id: number): Fault | undefined => faultIf(id === 0 || id > MAX_METER, "OFPMMFC_INVALID_METER");

/** Takes off the first header. */
function decapsulate(k: PacketFacts): void {
  if (!k.ethernet) k.ethType = 0xffff;
  k.ethernet = false;
}

function encapsulate(k: PacketFacts, packetType: number): void {
  k.ethernet = packetType === PacketType.Ethernet;
  if (packetType >>> 16 === 1) k.ethType = packetType & 0xffff;
  if (!isIp(k)) k.proto = 0;
}

const OPTION = /^tunMetadata/;

/** The fields that the packets of an action have, at least one of them, besides those of the actions that set one field. */
const ON_FIELDS: { readonly [N in Action["type"]]?: readonly unknown[] } = {
  "set-mpls-ttl": [OXM.mplsTtl],
  "dec-mpls-ttl": [OXM.mplsTtl],
  "set-nw-ttl": [OXM.ipTtl],
  "dec-nw-ttl": [OXM.ipTtl],
  "dec-nsh-ttl": [OXM.nshTtl],
};

/** Why an action makes no sense for the packets; changes the state to what the action makes of them. */
function check(a: Action, s: FlowState): Fault | undefined {
  const k = s.facts;
  switch (a.type) {
    case "set-field":
    case "reg-load": {
      const field = a.type === "set-field" ? a.field.field : a.dst.field;
      if (field === undefined) return undefined;
      const fault = checkField(field, k);
      if (fault !== undefined) return fault;
      if (field === (OXM.vlanVid as OxmField) && k.vlans === 0) return new Fault(INCONSISTENT, field, [TAG]);
      if (field === (OXM.vlanTci as OxmField))
        k.vlans = a.type === "set-field" && ((a.field.value as number) & VLAN_PRESENT) === 0 ? 0 : k.vlans || 1;
      return undefined;
    }
    case "copy-field": {
      const list = copyList(a.format, s.version);
      return checkRead(a.src, k, list) ?? checkWrite(a.dst, k, list);
    }
    case "stack-push":
    case "output-reg":
      return checkRead(a.src, k);
    case "stack-pop":
    case "multipath":
    case "bundle-load":
      return checkWrite(a.dst, k);
    case "learn":
      return checkLearn(a, k);
    case "set-vlan-vid":
    case "set-vlan-pcp": {
      const had = k.vlans > 0;
      k.vlans ||= 1;
      return wants(s, a, had, undefined, TAG);
    }
    case "pop-vlan": {
      const had = k.vlans > 0;
      if (had) k.vlans--;
      return wants(s, a, had, undefined, TAG);
    }
    case "push-vlan":
      if (k.vlans >= s.rules.tags) return new Fault("OFPBAC_BAD_TAG");
      k.vlans++;
      return undefined;
    case "push-mpls":
      wants(s, a, k.ethernet, undefined, ETHERNET);
      // of packets that are not Ethernet's the type stays
      if (k.ethernet) k.ethType = a.ethertype;
      k.proto = 0;
      return undefined;
    case "pop-mpls": {
      const had = k.ethernet && isMplsType(k.ethType);
      k.ethType = a.ethertype;
      return wants(s, a, had, OXM.mplsLabel as OxmField);
    }
    case "set-eth-src":
    case "set-eth-dst":
      // every packet is asked for nothing
      return undefined;
    case "fin-timeout":
      return wants(s, a, k.proto === IpProto.Tcp, OXM.tcpFlags as OxmField);
    case "encap":
      encapsulate(k, a.packetType);
      return undefined;
    case "decap":
      decapsulate(k);
      return undefined;
    case "resubmit":
      return faultIf(a.format === "ct" && !k.tracked, INCONSISTENT);
    case "ct":
      return checkCt(a, s);
    case "nat":
      return checkNat(a, k);
    case "clone":
      return checkNested(a.actions, s);
    case "meter":
      return checkMeter(a.meterId);
    case "delete-field":
      return faultIf(!OPTION.test(a.field.field?.name ?? ""), "OFPBAC_BAD_ARGUMENT", a.field.field);
    case "output-trunc":
      return faultIf(!s.rules.sendsTo(a.port), "OFPBAC_BAD_OUT_PORT");
    default:
      return checkOnFields(a, s);
  }
}

function checkOnFields(a: Action, s: FlowState): undefined {
  const fields = (ON_FIELDS[a.type] as readonly OxmField[] | undefined) ?? fieldAction(a.type)?.fields;
  if (fields === undefined) return undefined;
  for (let i = 0; i < fields.length; i++) if (hasField(fields[i]!, s.facts)) return undefined;
  const unmet: Requirement[] = [];
  hasField(fields[0]!, s.facts, unmet);
  return wants(s, a, false, undefined, ...unmet);
}

/** Why an action makes no sense for the packets; changes the state to what the action makes of them. OpenFlow 1.3 §5.12, §7.4.4.2 */
export const checkActionFor = (a: Action, s: FlowState): Fault | undefined => check(a, s)?.of(a.type);

function checkListFor(actions: readonly Action[], s: FlowState): Fault | undefined {
  for (let i = 0; i < actions.length; i++) {
    const fault = checkActionFor(actions[i]!, s);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** Why a flow cannot go on from a table in another one: it must be a later one. @param from - `ALL_TABLES` where it is not known */
export const checkGoto = (from: number, to: number): Fault | undefined =>
  from !== ALL_TABLES && to <= from ? new Fault("OFPBIC_BAD_TABLE_ID", undefined, [], "goto-table") : undefined;

/** Why the actions of a packet-out are refused for the packet that it sends. */
export function checkActionsFor(facts: PacketFacts, actions: readonly Action[], version: Version, rules: Rules): Fault | undefined {
  const s = flowState(facts, version, rules);
  return checkListFor(actions, s) ?? s.later;
}

/**
 * Why the instructions of a flow are refused for the packets that it matches.
 * @param packets - its match, or what is certain of the packets, see `MatchCheck.facts`; the facts become those behind the actions
 * @param tableId - `ALL_TABLES` where it is not known
 */
export function checkInstructionsFor(
  packets: Match | PacketFacts,
  instructions: readonly Instruction[],
  tableId: number,
  version: Version,
  rules: Rules,
): Fault | undefined {
  const s = flowState(packets instanceof Match ? factsOfMatch(packets) : packets, version, rules);
  const all = rules.oldMeters ? withOldMeters(instructions, version) : instructions;
  const meter = findInstruction(all, "meter");
  const write = findInstruction(all, "write-actions");
  const goto = findInstruction(all, "goto-table");
  return (
    (meter === undefined ? undefined : checkMeter(meter.meterId)?.of("meter")) ??
    checkListFor(findInstruction(all, "apply-actions")?.actions ?? [], s) ??
    // what an action set does not suit may be made by actions of other flows
    (write === undefined ? undefined : checkListFor(rules.setsAsGiven ? write.actions : inSetOrder(write.actions), nestedState(s))) ??
    (goto === undefined ? undefined : checkGoto(tableId, goto.tableId)) ??
    s.later
  );
}
