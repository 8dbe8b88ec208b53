import {
  checkActionFor,
  checkGoto,
  checkMembers,
  Fault,
  type FlowState,
  factsOfImage,
  flowState,
  nestedState,
  OPEN_VSWITCH,
} from "../../check/mod.js";
import type { FlowImage } from "../../oxm/flow-image.js";
import { PortNo } from "../../port/port-no.js";
import { noteUnsuited } from "../notes/action-notes.js";
import type { NoteSink } from "../notes/note.js";
import { ANY_PROTOCOL, NXM, OF10 } from "../parse/protocols.js";
import type { AnyAction } from "../types.js";
import { isRealPort } from "../words.js";
import type { Act } from "./act.js";

/** A version that has errors for actions that do not suit their packets. */
const STRICT = 4;
const BAD_PORT = "OFPBAC_BAD_OUT_PORT";

/** What an action asks of the packets that the checks of received messages see to elsewhere: ports. */
function checkPorts(a: AnyAction): Fault | undefined {
  switch (a.type) {
    case "output":
      return OPEN_VSWITCH.sendsTo(a.port) ? undefined : new Fault(BAD_PORT);
    case "enqueue":
      return isRealPort(a.port) || a.port === PortNo.InPort || a.port === PortNo.Local ? undefined : new Fault(BAD_PORT);
    case "bundle":
    case "bundle-load":
      return checkMembers(a.members, OPEN_VSWITCH);
    default:
      return undefined;
  }
}

/** Where acts stand: the table of their flow, and what takes the lines that Open vSwitch logs of them. */
interface Place {
  readonly table: number;
  readonly log: NoteSink | undefined;
}

function checkAct(a: Act, s: FlowState, place: Place): Fault | undefined {
  const k = s.facts;
  a.tagged = k.vlans > 0;
  a.proto = k.proto;
  const { action } = a;
  switch (action.type) {
    case "clear-actions":
    case "write-metadata":
      return undefined;
    case "goto-table":
      return checkGoto(place.table, action.tableId);
    case "write-actions":
      return checkList(a.inner, nestedState(s), place);
    case "clone":
      return checkInner(a.inner, s, place);
    case "ct": {
      const fault = checkActionFor(action, s);
      if (fault !== undefined && place.log !== undefined) noteUnsuited(place.log, action, fault);
      return fault ?? (typeof action.zone === "number" ? checkInner(a.inner, s, place) : undefined);
    }
    case "set-vlan-vid":
    case "set-vlan-pcp":
      if (!a.pushes) return checkActionFor(action, s);
      k.vlans ||= 1;
      return undefined;
    default:
      return checkPlain(action as AnyAction, s, place);
  }
}

function checkPlain(a: AnyAction, s: FlowState, { log }: Place): Fault | undefined {
  const fault = checkActionFor(a, s) ?? checkPorts(a);
  if (fault !== undefined && log !== undefined) noteUnsuited(log, a, fault);
  return fault;
}

/** Actions within one: what they make of the packets does not outlast them. */
function checkInner(acts: readonly Act[], s: FlowState, place: Place): Fault | undefined {
  const inner = nestedState(s);
  const fault = checkList(acts, inner, place);
  s.later ??= inner.later;
  return fault;
}

function checkList(acts: readonly Act[], s: FlowState, place: Place): Fault | undefined {
  for (let i = 0; i < acts.length; i++) {
    const fault = checkAct(acts[i]!, s, place);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** What a check of actions comes to: the name of the OpenFlow error, or the protocols in which they may be sent. */
export interface ActsChecked {
  readonly fault: string | undefined;
  /** Where the action with the fault, or the first that narrows the protocols, starts in the text of the list; -1 for none. One within another counts as the outer one. */
  readonly at: number;
  readonly protocols: number;
}

/**
 * Checks actions against the packets that they are for, as Open vSwitch's ofpacts_check does, and notes in each what is known of the packets when it is their turn. Actions that do not suit the
 * packets can be sent in OpenFlow 1.0 alone, which has no error for them.
 */
export function checkActs(acts: readonly Act[], image: FlowImage, table: number, log?: NoteSink): ActsChecked {
  const place = { table, log };
  const s = flowState(factsOfImage(image), STRICT, OPEN_VSWITCH);
  let fault: Fault | undefined;
  let at = -1;
  for (let i = 0; i < acts.length && fault === undefined; i++) {
    const before = s.later;
    fault = checkAct(acts[i]!, s, place);
    if (fault !== undefined || (s.later !== undefined && before === undefined)) at = acts[i]!.at;
  }
  return { fault: fault?.error, at, protocols: s.later === undefined ? ANY_PROTOCOL : OF10 | NXM };
}
