import { PortNo } from "../../port/port-no.js";
import { isOutput, refuseMembers } from "../check/check-action.js";
import { type FlowState, refuseFor } from "../check/check-flow-actions.js";
import { type Known, knownOf } from "../check/check-match.js";
import { ANY_TABLE } from "../flow/flow-words.js";
import type { FlowImage } from "../match/flow-image.js";
import { P } from "../match/flow-places.js";
import { ANY_PROTOCOL, NXM, OF10 } from "../parse/protocols.js";
import type { AnyAction } from "../types.js";
import { isRealPort } from "../words.js";
import type { Act } from "./act.js";

/** A version that has errors for actions that do not suit their packets. */
const STRICT = 4;
const INVALID = 0x10;
const BAD_PORT = "OFPBAC_BAD_OUT_PORT";

/** What an action asks of the packets that the checks of received messages see to elsewhere: ports. */
function refusePorts(a: AnyAction): string | undefined {
  switch (a.type) {
    case "output":
      return isOutput(a.port) ? undefined : BAD_PORT;
    case "enqueue":
      return isRealPort(a.port) || a.port === PortNo.InPort || a.port === PortNo.Local ? undefined : BAD_PORT;
    case "bundle":
    case "bundle-load":
      return refuseMembers(a.members);
    default:
      return undefined;
  }
}

const nested = (s: FlowState): FlowState => ({ ...s, k: { ...s.k }, later: undefined });

function refuseAct(a: Act, s: FlowState, table: number): string | undefined {
  const { k } = s;
  a.tagged = k.vlans > 0;
  a.proto = k.proto;
  const { action } = a;
  switch (action.type) {
    case "clear-actions":
    case "write-metadata":
      return undefined;
    case "goto-table":
      return table !== ANY_TABLE && action.tableId <= table ? "OFPBIC_BAD_TABLE_ID" : undefined;
    case "write-actions":
      return refuseList(a.inner, nested(s), table);
    case "clone":
      return refuseInner(a.inner, s, table);
    case "ct": {
      const fault = refuseFor(action, s);
      return fault ?? (typeof action.zone === "number" ? refuseInner(a.inner, s, table) : undefined);
    }
    case "set-vlan-vid":
    case "set-vlan-pcp":
      if (!a.pushes) return refuseFor(action, s);
      k.vlans ||= 1;
      return undefined;
    default:
      return refuseFor(action as AnyAction, s) ?? refusePorts(action as AnyAction);
  }
}

/** Actions within one: what they make of the packets does not outlast them. */
function refuseInner(acts: readonly Act[], s: FlowState, table: number): string | undefined {
  const inner = nested(s);
  const fault = refuseList(acts, inner, table);
  s.later ??= inner.later;
  return fault;
}

function refuseList(acts: readonly Act[], s: FlowState, table: number): string | undefined {
  for (let i = 0; i < acts.length; i++) {
    const fault = refuseAct(acts[i]!, s, table);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** What a check of actions comes to: the name of the OpenFlow error, or the protocols in which they may be sent. */
export interface ActsChecked {
  readonly fault: string | undefined;
  readonly protocols: number;
}

/**
 * Checks actions against the packets that they are for, as Open vSwitch's ofpacts_check does, and notes in each what is known of the packets when it is their turn. Actions that do not suit the
 * packets can be sent in OpenFlow 1.0 alone, which has no error for them.
 */
export function checkActs(acts: readonly Act[], image: FlowImage, table: number): ActsChecked {
  const known: Known = knownOf(image);
  const invalid = (image.num(P.ctState) & INVALID) !== 0;
  const s: FlowState = { k: known, invalid, version: STRICT, later: undefined };
  const fault = refuseList(acts, s, table);
  return { fault, protocols: s.later === undefined ? ANY_PROTOCOL : OF10 | NXM };
}
