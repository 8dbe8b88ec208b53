import { Chunk } from "../bytes/mod.js";
import { SouthboundError } from "../errors/mod.js";
import {
  type Action,
  ApplyActions,
  FlowRemoved,
  type Instruction,
  Match,
  type MatchEntry,
  OXM,
  oxmOf,
  PushVlan,
  SetEthDst,
  SetEthSrc,
  SetField,
  SetIpv4Dst,
  SetIpv4Src,
  SetNwTos,
  SetTpDst,
  SetTpSrc,
  SetVlanPcp,
  SetVlanVid,
  VLAN_PRESENT,
  WriteActions,
} from "../ofp/mod.js";
import { defaultMode, type Version } from "../schema/mod.js";

/** A set-field as an action of OpenFlow 1.0; none where 1.0 cannot say it. */
function toOld(action: SetField): Action[] {
  const { field, value } = action.field;
  const n = value as number;
  switch (field) {
    case OXM.ethSrc:
      return [SetEthSrc.of({ address: n })];
    case OXM.ethDst:
      return [SetEthDst.of({ address: n })];
    case OXM.vlanVid:
      return [SetVlanVid.of({ vlanVid: n & 0xfff })];
    case OXM.vlanPcp:
      return [SetVlanPcp.of({ vlanPcp: n })];
    case OXM.ipv4Src:
      return [SetIpv4Src.of({ address: n })];
    case OXM.ipv4Dst:
      return [SetIpv4Dst.of({ address: n })];
    case OXM.ipDscp:
      return [SetNwTos.of({ tos: n << 2 })];
    case OXM.tcpSrc:
    case OXM.udpSrc:
    case OXM.sctpSrc:
      return [SetTpSrc.of({ port: n })];
    case OXM.tcpDst:
    case OXM.udpDst:
    case OXM.sctpDst:
      return [SetTpDst.of({ port: n })];
    default:
      return [];
  }
}

const set = (...fields: Parameters<typeof oxmOf>): SetField => SetField.of({ field: oxmOf(...fields) });

/**
 * An action as OpenFlow 1.2 and later say it; one that is of OpenFlow 1.0 only becomes set-field.
 * @param tagged - whether the packet surely has a VLAN tag by then, which set-field needs
 */
function toNew(action: Action, match: Match, tagged: boolean): Action[] {
  switch (action.type) {
    case "set-eth-src":
      return [set({ ethSrc: action.address })];
    case "set-eth-dst":
      return [set({ ethDst: action.address })];
    case "set-vlan-vid":
      return [...(tagged ? [] : [PushVlan.of()]), set({ vlanVid: action.vlanVid | VLAN_PRESENT })];
    case "set-vlan-pcp":
      return [...(tagged ? [] : [PushVlan.of()]), set({ vlanPcp: action.vlanPcp })];
    case "set-ipv4-src":
      return [set({ ipv4Src: action.address })];
    case "set-ipv4-dst":
      return [set({ ipv4Dst: action.address })];
    case "set-nw-tos":
      return [set({ ipDscp: action.tos >>> 2 })];
    case "set-tp-src":
    case "set-tp-dst": {
      const { port } = action;
      const source = action.type === "set-tp-src";
      if (match.ipProto === 6) return [set(source ? { tcpSrc: port } : { tcpDst: port })];
      if (match.ipProto === 17) return [set(source ? { udpSrc: port } : { udpDst: port })];
      return match.ipProto === 132 ? [set(source ? { sctpSrc: port } : { sctpDst: port })] : [];
    }
    default:
      return [action];
  }
}

const NOT_OLD = new Set(["push-vlan", "set-nw-ttl", "dec-nw-ttl"]);

function translateActions(actions: readonly Action[], version: Version, match: Match): Action[] {
  if (version >= 3) {
    let tagged = ((match.vlanVid ?? 0) & VLAN_PRESENT) !== 0;
    return actions.flatMap((action) => {
      const made = toNew(action, match, tagged);
      if (action.type === "pop-vlan") tagged = false;
      else if (made.some((m) => m.type === "push-vlan")) tagged = true;
      return made;
    });
  }
  return actions.flatMap((action) => (action.type === "set-field" ? toOld(action) : NOT_OLD.has(action.type) ? [] : [action]));
}

/**
 * A flow's instructions for a peer that may speak another version than the one who added it. OpenFlow 1.0 has only actions: what it cannot say is left out.
 */
export function translateInstructions(instructions: readonly Instruction[], version: Version, match: Match): readonly Instruction[] {
  if (version === 1) {
    const actions = instructions.flatMap((i) =>
      i.type === "apply-actions" || i.type === "write-actions" ? translateActions(i.actions, version, match) : [],
    );
    return actions.length === 0 ? [] : [ApplyActions.of({ actions })];
  }
  return instructions.map((i) => {
    if (i.type === "apply-actions") return ApplyActions.of({ actions: translateActions(i.actions, version, match) });
    return i.type === "write-actions" ? WriteActions.of({ actions: translateActions(i.actions, version, match) }) : i;
  });
}

const scratch = new Chunk(256);

/** Whether OpenFlow 1.0 can say a match: whether its codec takes it. */
function fits10(entries: readonly MatchEntry[]): boolean {
  try {
    FlowRemoved.codec(1, defaultMode()).encode(scratch, 0, FlowRemoved.of({ match: new Match(entries) }));
    return true;
  } catch (e) {
    if (SouthboundError.is(e)) return false;
    throw e;
  }
}

/** A flow's match for a peer that may speak another version. What OpenFlow 1.0 cannot say is left out, so that it reads as matching more. */
export function translateMatch(match: Match, version: Version): Match {
  if (version !== 1 || fits10(match.entries)) return match;
  // what a field requires comes before it in the order of the table
  const ordered = [...match.entries].sort((a, b) => (a.field?.index ?? 0) - (b.field?.index ?? 0));
  let kept: MatchEntry[] = [];
  for (const entry of ordered) {
    const priority = entry.field === OXM.vlanVid ? ordered.filter((e) => e.field === OXM.vlanPcp) : [];
    // "any tag" can be said together with a priority only
    const longer = [
      [...kept, entry],
      [...kept, entry, ...priority],
    ].find(fits10);
    if (longer !== undefined && !kept.includes(entry)) kept = longer;
  }
  return new Match(kept);
}
