import { ACTIONS, type Action, EXPERIMENTER, PortNo, type SetField } from "../ofp/mod.js";
import type { Version } from "../schema/mod.js";
import { decrementTtl, FIELD_EDITS, setTrafficClass, setTransportPort, setTtl } from "./edit-field.js";
import { popVlan, pushVlan, setTci } from "./edit-vlan.js";
import type { Known } from "./known.js";
import type { Packet } from "./packet.js";
import type { Compiled, Step } from "./program.js";
import { Refusal } from "./refusal.js";

/** The highest number that a port of this switch can have: the highest that OpenFlow 1.0 can say, and Open vSwitch's limit too. */
export const LAST_PORT = 0xfeff;

/** More actions than these could not be told in one message of any version. */
const MAX_ACTIONS = 2000;

/** Where actions stand. */
export interface ActionPlace {
  readonly version: Version;
  /** In a packet-out, where an output may go through the tables. */
  readonly packetOut: boolean;
}

/** The order of an action set. OpenFlow 1.3 §5.10 */
const Order = { Pop: 1, PushVlan: 2, Ttl: 3, Set: 4, Output: 5 } as const;

const orderOf = (action: Action): number => {
  switch (action.type) {
    case "pop-vlan":
      return Order.Pop;
    case "push-vlan":
      return Order.PushVlan;
    case "dec-nw-ttl":
      return Order.Ttl;
    case "output":
      return Order.Output;
    default:
      return Order.Set;
  }
};

/** Always goes on. */
const step =
  (run: (packet: Packet) => void): Step =>
  (packet) => {
    run(packet);
    return true;
  };

function outputStep(port: number, maxLen: number, place: ActionPlace): Step {
  const known =
    (port >= 1 && port <= LAST_PORT) ||
    port === PortNo.InPort ||
    port === PortNo.Flood ||
    port === PortNo.All ||
    port === PortNo.Controller ||
    port === PortNo.Local ||
    (port === PortNo.Table && place.packetOut);
  if (!known) {
    const why =
      port === PortNo.Normal ? "this switch has no learning of its own" : port === PortNo.Table ? "not in a flow" : "no such port";
    throw new Refusal("OFPBAC_BAD_OUT_PORT", `output to port 0x${port.toString(16)}: ${why}`);
  }
  return (packet, surroundings) => {
    surroundings.output(packet, port, maxLen);
    return true;
  };
}

const inconsistent = (what: string): Refusal => new Refusal("OFPBAC_MATCH_INCONSISTENT", `${what} on packets that may not have it`);

function setFieldStep(action: SetField, known: Known, place: ActionPlace): Step {
  const { field, value, mask } = action.field;
  const edit = field === undefined || !field.versions.includes(place.version) ? undefined : FIELD_EDITS.get(field.name);
  if (field === undefined || edit === undefined || value instanceof Uint8Array) {
    const name = field?.name ?? `the field with header 0x${action.field.header.toString(16)}`;
    throw new Refusal("OFPBAC_BAD_SET_TYPE", `${name} cannot be set`);
  }
  if (mask !== undefined) throw new Refusal("OFPBAC_BAD_SET_TYPE", `${field.name} cannot be set with a mask`);
  const untagged = field.name === "vlanVid" && ((value as number) & 0x1000) === 0;
  if (value > field.exact || untagged) throw new Refusal("OFPBAC_BAD_SET_ARGUMENT", `${field.name} cannot be set to ${value}`);
  if (!known.has(field)) throw inconsistent(`sets ${field.name}`);
  return step((packet) => edit(packet, value as never));
}

const transports = [6, 17, 132];

/** The refusal of an action that this switch does not have, of the standard's or of an experimenter's. */
function absent(action: Action, { version }: ActionPlace): Refusal {
  const entry = ACTIONS.entries.find((e) => e.is(action));
  const format = "format" in action ? action.format : "";
  const key = entry?.keyOf(version, format) ?? entry?.keyOf(version);
  const reason = key?.[0] === EXPERIMENTER ? "OFPBAC_BAD_VENDOR" : "OFPBAC_BAD_TYPE";
  return new Refusal(reason, `this switch has no action ${action.type}${format === "" ? "" : ` of format ${format}`}`);
}

function compileOne(action: Action, known: Known, place: ActionPlace): Step {
  if ("format" in action && action.format !== "") throw absent(action, place);
  /** OpenFlow 1.0 has actions that touch only packets which have the field, and later versions refuse them on others. */
  const needs = (holds: boolean): void => {
    if (place.version > 1 && !holds) throw inconsistent(action.type);
  };
  const ipv4 = known.is("ethType", 0x0800);
  const ip = ipv4 || known.is("ethType", 0x86dd);
  switch (action.type) {
    case "output":
      return outputStep(action.port, action.maxLen, place);
    case "set-field":
      return setFieldStep(action, known, place);
    case "push-vlan": {
      const { ethertype } = action;
      if (ethertype !== 0x8100 && ethertype !== 0x88a8)
        throw new Refusal("OFPBAC_BAD_ARGUMENT", `push-vlan with the type 0x${ethertype.toString(16)}`);
      known.tagged = true;
      return step((packet) => pushVlan(packet, ethertype));
    }
    case "pop-vlan":
      needs(known.tagged);
      known.tagged = false;
      return step(popVlan);
    case "set-vlan-vid": {
      const { vlanVid } = action;
      if (vlanVid > 0xfff) throw new Refusal("OFPBAC_BAD_ARGUMENT", `VLAN ${vlanVid}`);
      known.tagged = true;
      return step((packet) => setTci(packet, vlanVid, 0xfff, true));
    }
    case "set-vlan-pcp": {
      const { vlanPcp } = action;
      if (vlanPcp > 7) throw new Refusal("OFPBAC_BAD_ARGUMENT", `VLAN priority ${vlanPcp}`);
      known.tagged = true;
      return step((packet) => setTci(packet, vlanPcp << 13, 0xe000, true));
    }
    case "set-eth-src":
      return step((packet) => FIELD_EDITS.get("ethSrc")!(packet, action.address as never));
    case "set-eth-dst":
      return step((packet) => FIELD_EDITS.get("ethDst")!(packet, action.address as never));
    case "set-ipv4-src":
      needs(ipv4);
      return step((packet) => FIELD_EDITS.get("ipv4Src")!(packet, action.address as never));
    case "set-ipv4-dst":
      needs(ipv4);
      return step((packet) => FIELD_EDITS.get("ipv4Dst")!(packet, action.address as never));
    case "set-nw-tos":
      if ((action.tos & 3) !== 0) throw new Refusal("OFPBAC_BAD_ARGUMENT", `type of service ${action.tos}`);
      needs(ip);
      return step((packet) => setTrafficClass(packet, action.tos, 0xfc));
    case "set-tp-src":
      needs(ip && known.is("ipProto", ...transports));
      return step((packet) => setTransportPort(packet, action.port, "Src"));
    case "set-tp-dst":
      needs(ip && known.is("ipProto", ...transports));
      return step((packet) => setTransportPort(packet, action.port, "Dst"));
    case "set-nw-ttl":
      needs(ip);
      return step((packet) => setTtl(packet, action.ttl));
    case "dec-nw-ttl":
      needs(ip);
      return (packet, surroundings) => {
        if (decrementTtl(packet)) return true;
        surroundings.invalidTtl(packet);
        return false;
      };
    case "group":
      throw new Refusal("OFPBAC_BAD_OUT_GROUP", `there is no group ${action.groupId}`);
    case "unknown": {
      const vendor = action.key[0] === EXPERIMENTER;
      throw new Refusal(vendor ? "OFPBAC_BAD_VENDOR" : "OFPBAC_BAD_TYPE", `no action has the number ${action.key.join(" ")}`);
    }
    default:
      throw absent(action, place);
  }
}

const slotOf = (action: Action): string => (action.type === "set-field" ? `set-${action.field.field?.name}` : action.type);

/**
 * Makes actions ready to be executed, in their order.
 * @param known - of the packets that they will see; changed as the actions change them
 * @throws Refusal with the OFPBAC_ error of the first action that cannot be executed
 */
export function compileActions(actions: readonly Action[], known: Known, place: ActionPlace): Compiled[] {
  if (actions.length > MAX_ACTIONS) throw new Refusal("OFPBAC_TOO_MANY", `${actions.length} actions, of which ${MAX_ACTIONS} may be`);
  return actions.map((action) => ({
    step: compileOne(action, known, place),
    slot: slotOf(action),
    order: orderOf(action),
    ...(action.type === "output" && { output: action.port }),
  }));
}

/** As {@link compileActions}, for an action set, in the order in which that is executed. */
export function compileActionSet(actions: readonly Action[], known: Known, place: ActionPlace): Compiled[] {
  return compileActions(
    [...actions].sort((a, b) => orderOf(a) - orderOf(b)),
    known,
    place,
  );
}
