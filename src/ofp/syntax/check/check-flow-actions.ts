import { EtherType, IpProto } from "../../../packet/mod.js";
import type { Version } from "../../../schema/mod.js";
import { PacketType } from "../../action/encap.js";
import type { Subfield } from "../../action/subfield.js";
import { CtFlags } from "../../action/table.js";
import { CT_INVALID } from "../../oxm/ct-state.js";
import { OXM, type OxmField } from "../../oxm/fields.js";
import { Match, MatchEntry } from "../../oxm/match.js";
import { VLAN_PRESENT } from "../../vlan.js";
import { isWhole, knownForm, refuseSource, refuseTarget } from "../action/subfield.js";
import { ANY_TABLE } from "../flow/flow-words.js";
import { withOldMeters } from "../meter/old-meter.js";
import type { AnyAction, AnyInstruction } from "../types.js";
import { isOutput } from "./check-action.js";
import { hasField, isIp, isMplsType, type Known, known } from "./check-match.js";

type ActionOf<N extends AnyAction["type"]> = Extract<AnyAction, { readonly type: N }>;

const INCONSISTENT = "OFPBAC_MATCH_INCONSISTENT";
const WITH_PORTS = [6, 17, 132];

/**
 * What actions have come to: the packets as far as they are known, and the fault that is told once all actions were looked at, since OpenFlow 1.0, which knows no such
 * errors, might still say them.
 */
export interface FlowState {
  readonly k: Known;
  /** Whether the packets are of connections that are invalid. */
  readonly invalid: boolean;
  readonly version: Version;
  later: string | undefined;
}

/** A fault that is told later, and not in OpenFlow 1.0. */
const needs = (s: FlowState, ok: boolean): undefined => {
  if (!ok && s.version > 1) s.later ??= INCONSISTENT;
  return undefined;
};

/** Why the packets do not have a field of which part is named. */
const refuseField = (v: Subfield, k: Known): string | undefined =>
  v.field !== undefined && hasField(v.field, k) ? undefined : INCONSISTENT;

const refuseRead = (v: Subfield, k: Known): string | undefined => refuseSource(v) ?? refuseField(v, k);
const refuseWrite = (v: Subfield, k: Known): string | undefined => refuseSource(v) ?? refuseField(v, k) ?? refuseTarget(v);

/** The packets that a learned flow matches, as far as its numbers tell them. */
function refuseLearn(a: ActionOf<"learn">, k: Known): string | undefined {
  let learned = known(new Match([]));
  const entries: MatchEntry[] = [];
  for (const { source, target, dst } of a.specs) {
    if (typeof source !== "bigint") {
      const fault = refuseRead(source, k);
      if (fault !== undefined) return fault;
    }
    if (dst === undefined) continue;
    const fault = target === "match" ? refuseRead(dst, learned) : refuseWrite(dst, learned);
    if (fault !== undefined) return fault;
    const form = knownForm(dst)!;
    if (target !== "match" || typeof source !== "bigint" || !isWhole(dst, form)) continue;
    const { size } = form.field.kind;
    const given = size >= 8 ? source : Number(source);
    if (size > 0) entries.push(new MatchEntry(form.field, 0, form.narrow?.read(given as number) ?? given, undefined));
    learned = known(new Match(entries));
  }
  return undefined;
}

const FTP = 21;
const TFTP = 69;

function refuseCt(a: ActionOf<"ct">, s: FlowState): string | undefined {
  const { k } = s;
  const invalid = s.invalid && (a.flags & CtFlags.Commit) !== 0;
  const wrongAlg = (a.alg === FTP && k.proto !== IpProto.TCP) || (a.alg === TFTP && k.proto !== IpProto.UDP);
  if (!isIp(k) || invalid || wrongAlg) return INCONSISTENT;
  return typeof a.zone === "number" ? refuseNested(a.actions, s) : refuseRead(a.zone, k);
}

/** Actions within one: what they make of the packets does not outlast them. */
function refuseNested(actions: readonly AnyAction[], s: FlowState): string | undefined {
  const inner: FlowState = { ...s, k: { ...s.k }, later: undefined };
  const fault = refuseListFor(actions, inner);
  s.later ??= inner.later;
  return fault;
}

function refuseNat(a: ActionOf<"nat">, k: Known): string | undefined {
  const family = a.range === undefined ? undefined : typeof a.range.min === "bigint" ? 0x86dd : 0x0800;
  return isIp(k) && (family === undefined || family === k.ethType) ? undefined : INCONSISTENT;
}

const MAX_METER = 0xffff0000;
const badMeter = (id: number): string | undefined => (id === 0 || id > MAX_METER ? "OFPMMFC_INVALID_METER" : undefined);

/** Takes off the first header. */
function decapsulate(k: Known): void {
  if (!k.ethernet) k.ethType = 0xffff;
  k.ethernet = false;
}

function encapsulate(k: Known, packetType: number): void {
  k.ethernet = packetType === PacketType.Ethernet;
  if (packetType >>> 16 === 1) k.ethType = packetType & 0xffff;
  if (!isIp(k)) k.proto = 0;
}

const OPTION = /^tunMetadata/;

/** Why an action makes no sense for the packets, and what it makes of them. */
export function refuseFor(a: AnyAction, s: FlowState): string | undefined {
  const { k } = s;
  switch (a.type) {
    case "set-field":
    case "reg-load": {
      const field = a.type === "set-field" ? a.field.field : a.dst.field;
      if (field === undefined) return undefined;
      const untagged = field === (OXM.vlanVid as OxmField) && k.vlans === 0;
      if (!hasField(field, k) || untagged) return INCONSISTENT;
      if (field === (OXM.vlanTci as OxmField))
        k.vlans = a.type === "set-field" && ((a.field.value as number) & VLAN_PRESENT) === 0 ? 0 : k.vlans || 1;
      return undefined;
    }
    case "copy-field":
      return refuseRead(a.src, k) ?? refuseWrite(a.dst, k);
    case "stack-push":
    case "output-reg":
      return refuseRead(a.src, k);
    case "stack-pop":
    case "multipath":
    case "bundle-load":
      return refuseWrite(a.dst, k);
    case "learn":
      return refuseLearn(a, k);
    case "set-vlan-vid":
    case "set-vlan-pcp": {
      const had = k.vlans > 0;
      k.vlans ||= 1;
      return needs(s, had);
    }
    case "pop-vlan": {
      const had = k.vlans > 0;
      if (had) k.vlans--;
      return needs(s, had);
    }
    case "push-vlan":
      if (k.vlans >= 2) return "OFPBAC_BAD_TAG";
      k.vlans++;
      return undefined;
    case "push-mpls":
      needs(s, k.ethernet);
      k.ethType = a.ethertype;
      k.proto = 0;
      return undefined;
    case "pop-mpls": {
      const had = k.ethernet && isMplsType(k.ethType);
      k.ethType = a.ethertype;
      return needs(s, had);
    }
    case "set-mpls-label":
    case "set-mpls-tc":
    case "set-mpls-ttl":
    case "dec-mpls-ttl":
      return needs(s, isMplsType(k.ethType));
    case "set-ipv4-src":
    case "set-ipv4-dst":
      return needs(s, k.ethType === 0x0800);
    case "set-nw-tos":
    case "set-nw-ecn":
    case "set-nw-ttl":
    case "dec-nw-ttl":
      return needs(s, isIp(k));
    case "set-tp-src":
    case "set-tp-dst":
      return needs(s, isIp(k) && !k.later && WITH_PORTS.includes(k.proto));
    case "fin-timeout":
      return needs(s, k.proto === IpProto.TCP);
    case "encap":
      encapsulate(k, a.packetType);
      return undefined;
    case "decap":
      decapsulate(k);
      return undefined;
    case "dec-nsh-ttl":
      return needs(s, k.ethType === EtherType.NSH);
    case "resubmit":
      return a.format === "ct" && !k.tracked ? INCONSISTENT : undefined;
    case "ct":
      return refuseCt(a, s);
    case "nat":
      return refuseNat(a, k);
    case "clone":
      return refuseNested(a.actions, s);
    case "meter":
      return badMeter(a.meterId);
    case "delete-field":
      return OPTION.test(a.field.field?.name ?? "") ? undefined : "OFPBAC_BAD_ARGUMENT";
    case "output-trunc":
      return isOutput(a.port) ? undefined : "OFPBAC_BAD_OUT_PORT";
    default:
      return undefined;
  }
}

function refuseListFor(actions: readonly AnyAction[], s: FlowState): string | undefined {
  for (const a of actions) {
    const fault = refuseFor(a, s);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** Why Open vSwitch refuses the instructions of a flow for the packets that it matches. */
export function refuseInstructionsFor(
  match: Match,
  instructions: readonly AnyInstruction[],
  tableId: number,
  version: Version,
): string | undefined {
  const invalid = ((match.get("ctState") ?? 0) & CT_INVALID) !== 0;
  const s: FlowState = { k: known(match), invalid, version, later: undefined };
  const all = withOldMeters(instructions, version);
  const find = <N extends AnyInstruction["type"]>(type: N): Extract<AnyInstruction, { type: N }> | undefined =>
    all.find((i) => i.type === type) as Extract<AnyInstruction, { type: N }> | undefined;
  const meter = find("meter");
  const write = find("write-actions");
  const goto = find("goto-table");
  return (
    (meter === undefined ? undefined : badMeter(meter.meterId)) ??
    refuseListFor(find("apply-actions")?.actions ?? [], s) ??
    (write === undefined ? undefined : refuseListFor(write.actions, { ...s, k: { ...s.k }, later: undefined })) ??
    (goto !== undefined && tableId !== ANY_TABLE && goto.tableId <= tableId ? "OFPBIC_BAD_TABLE_ID" : undefined) ??
    s.later
  );
}
