import { Chunk } from "../bytes/mod.js";
import { SouthboundError } from "../errors/mod.js";
import { factsOfMatch, hasField, type PacketFacts } from "../ofp/check/mod.js";
import {
  type Action,
  ApplyActions,
  actionOfField,
  asSetField,
  FlowRemoved,
  fieldAction,
  type Instruction,
  Match,
  type MatchEntry,
  OXM,
  type OxmField,
  PushVlan,
  type SetField,
  WriteActions,
} from "../ofp/mod.js";
import { defaultMode, type Version } from "../schema/mod.js";

/** A set-field as an action of OpenFlow 1.0; none where 1.0 cannot say it. */
function toOld({ field: { field, value } }: SetField): Action[] {
  const row = actionOfField(field);
  return row?.isIn(1) ? [row.of(value as number)] : [];
}

/**
 * An action as OpenFlow 1.2 and later have it; one that sets a field becomes set-field, a port that of the packets' protocol.
 * @param tagged - whether the packet surely has a VLAN tag by then, which set-field needs
 */
function toNew(action: Action, packets: PacketFacts, tagged: boolean): Action[] {
  const row = fieldAction(action.type);
  if (row === undefined) return [action];
  const field = row.fields.length === 1 ? row.fields[0]! : row.fields.find((f) => hasField(f, packets));
  if (field === undefined) return [];
  const made = asSetField(row, action, field);
  return isOfTag(field) && !tagged ? [PushVlan.of(), made] : [made];
}

const isOfTag = (field: OxmField): boolean => field === OXM.vlanVid || field === OXM.vlanPcp;

const NOT_OLD = new Set(["push-vlan", "set-nw-ttl", "dec-nw-ttl"]);

function translateActions(actions: readonly Action[], version: Version, match: Match): Action[] {
  if (version >= 3) {
    const packets = factsOfMatch(match);
    let tagged = packets.vlans > 0;
    return actions.flatMap((action) => {
      const made = toNew(action, packets, tagged);
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
