import { checkOptions, nearest, type OptionTable, SouthboundError } from "../errors/mod.js";
import { MESSAGES } from "../ofp/mod.js";
import type { LoopOptions, MessageMatch } from "./events.js";

/*
 * What a program that is not compiled can get wrong: the names of events, what is matched on, and what listens.
 */

/** The events of a connection's life. */
export const STATES: ReadonlySet<string> = new Set(["up", "down", "auxiliary-up", "auxiliary-down", "presetup"]);

const GROUPS = ["async", "response", "experimenter"] as const;

let messageEvents: ReadonlySet<string> | undefined;

/** The events of messages, made when the first listener is added. */
function events(): ReadonlySet<string> {
  messageEvents ??= new Set([...MESSAGES.entries.map((e) => e.entryName as string), ...GROUPS]);
  return messageEvents;
}

const MATCH: OptionTable<MessageMatch<never> & LoopOptions> = {
  datapath: "bigint",
  auxiliaryId: "number",
  type: "string",
  xid: "number",
  isError: "boolean",
  tableId: "number",
  cookie: "bigint",
  cookieMask: "bigint",
  experimenter: "number",
  expType: "number",
  where: "function",
  limit: "number",
  signal: "signal",
};

/**
 * Checks what a listener is added with.
 * @param states - whether the events of connections' lives are among those that there are
 * @throws SouthboundError `ERR_USAGE`
 */
export function checkListener(event: unknown, listener: unknown, match: object | undefined, states: boolean): void {
  if (!events().has(event as string) && !(states && STATES.has(event as string))) {
    const more = !states && STATES.has(event as string) ? ": it is an event of the controller" : "";
    throw new SouthboundError("ERR_USAGE", `there is no event ${JSON.stringify(event)}${more || near(String(event), states)}`);
  }
  if (typeof listener !== "function")
    throw new SouthboundError("ERR_USAGE", `the listener of ${event} is ${listener === null ? "null" : typeof listener}: give a function`);
  if (match !== undefined) checkOptions(`the match of ${event}`, match, MATCH);
}

/** What Ryu's programs listen to. */
const OTHERS = [
  ["switch_features", "up"],
  ["EventOFPSwitchFeatures", "up"],
  ["EventDP", "up"],
  ["EventOFPPacketIn", "packet-in"],
  ["EventOFPFlowRemoved", "flow-removed"],
  ["EventOFPPortStatus", "port-status"],
  ["EventOFPErrorMsg", "error"],
] as const;

function near(event: string, states: boolean): string {
  const found = nearest(event, [...(states ? STATES : []), ...events()], OTHERS);
  if (found.length > 0) return `: did you mean ${found.join(" or ")}?`;
  return `: there are ${states ? "up, down, " : ""}packet-in, flow-removed, port-status, error, and the type of every other message`;
}
