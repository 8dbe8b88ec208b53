import { setRank } from "../ofp/check/mod.js";
import { ACTIONS, type Action, EXPERIMENTER, fieldAction, PortNo, type SetField } from "../ofp/mod.js";
import type { Version } from "../schema/mod.js";
import { decrementTtl, FIELD_EDITS, setTtl } from "./edit-field.js";
import { popVlan, pushVlan, setTci } from "./edit-vlan.js";
import type { Packet } from "./packet.js";
import type { Compiled, Step } from "./program.js";
import { Refusal } from "./refusal.js";

/** The highest number that a port of this switch can have: the highest that OpenFlow 1.0 can say, and Open vSwitch's limit too. */
export const LAST_PORT = 0xfeff;

/** More actions than these do not fit into one message of any version. */
const MAX_ACTIONS = 2000;

/** Where actions stand. */
export interface ActionPlace {
  readonly version: Version;
  /** In a packet-out, where an output may go through the tables. */
  readonly packetOut: boolean;
}

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

function setFieldStep({ field: { field, value, mask } }: SetField): Step {
  if (mask !== undefined) throw new Refusal("OFPBAC_BAD_SET_MASK", `${field!.name} cannot be set with a mask`);
  const edit = FIELD_EDITS.get(field!.name)!;
  return step((packet) => edit(packet, value as never));
}

/** The refusal of an action that this switch does not have, of the standard's or of an experimenter's. */
function absent(action: Action, { version }: ActionPlace): Refusal {
  const entry = ACTIONS.entries.find((e) => e.is(action));
  const format = "format" in action ? action.format : "";
  const key = entry?.keyOf(version, format) ?? entry?.keyOf(version);
  const reason = key?.[0] === EXPERIMENTER ? "OFPBAC_BAD_VENDOR" : "OFPBAC_BAD_TYPE";
  return new Refusal(reason, `this switch has no action ${action.type}${format === "" ? "" : ` of format ${format}`}`);
}

function compileOne(action: Action, place: ActionPlace): Step {
  if ("format" in action && action.format !== "") throw absent(action, place);
  switch (action.type) {
    case "output":
      return outputStep(action.port, action.maxLen, place);
    case "set-field":
      return setFieldStep(action);
    case "push-vlan": {
      const { ethertype } = action;
      return step((packet) => pushVlan(packet, ethertype));
    }
    case "pop-vlan":
      return step(popVlan);
    case "set-vlan-vid": {
      const { vlanVid } = action;
      return step((packet) => setTci(packet, vlanVid, 0xfff, true));
    }
    case "set-vlan-pcp": {
      const { vlanPcp } = action;
      return step((packet) => setTci(packet, vlanPcp << 13, 0xe000, true));
    }
    case "set-nw-ttl":
      return step((packet) => setTtl(packet, action.ttl));
    case "dec-nw-ttl":
      return (packet, surroundings) => {
        if (decrementTtl(packet)) return true;
        surroundings.invalidTtl(packet);
        return false;
      };
    case "group":
      throw new Refusal("OFPBAC_BAD_OUT_GROUP", `there is no group ${action.groupId}`);
    default: {
      const edits = fieldAction(action.type)?.fields.map(({ name }) => FIELD_EDITS.get(name));
      if (edits === undefined || edits.includes(undefined)) throw absent(action, place);
      const value = fieldAction(action.type)!.valueOf(action) as never;
      // of several fields a packet has one at most
      return step((packet) => {
        for (let i = 0; i < edits.length; i++) edits[i]!(packet, value);
      });
    }
  }
}

const slotOf = (action: Action): string => (action.type === "set-field" ? `set-${action.field.field?.name}` : action.type);

/**
 * Makes actions, which were checked, ready to be executed, in their order.
 * @throws Refusal with the OFPBAC_ error of the first action that this switch does not have
 */
export function compileActions(actions: readonly Action[], place: ActionPlace): Compiled[] {
  if (actions.length > MAX_ACTIONS) throw new Refusal("OFPBAC_TOO_MANY", `${actions.length} actions, of which ${MAX_ACTIONS} may be`);
  return actions.map((action) => ({
    step: compileOne(action, place),
    slot: slotOf(action),
    order: setRank(action.type) ?? 0,
    ...(action.type === "output" && { output: action.port }),
  }));
}
