import { viewOf } from "../../../bytes/mod.js";
import { MessageType } from "../../../ofp/mod.js";
import type { CapturedMessage } from "../../../vconn/mod.js";

/** One of the two ends of an OpenFlow connection. */
export type Role = "controller" | "switch";

/** A message of a recorded connection. */
export interface Line {
  /** Milliseconds from the first message on. */
  readonly at: number;
  readonly by: Role;
  /** The type in its header. */
  readonly type: number;
  readonly bytes: Uint8Array;
  /** For a reply, what it answers. */
  readonly answers: Line | undefined;
}

export const { Hello: HELLO, Error: ERROR, EchoRequest: ECHO_REQUEST, EchoReply: ECHO_REPLY } = MessageType;

/** Types of which only a switch sends messages in every version: features reply, packet-in, flow removed, port status. */
const BY_SWITCH: ReadonlySet<number> = new Set([6, 10, 11, 12]);
/** Those of them that answer nothing, whatever their transaction id. */
const ASYNC: ReadonlySet<number> = new Set([10, 11, 12]);
/** And those of a controller: features request, packet-out, flow mod. */
const BY_CONTROLLER: ReadonlySet<number> = new Set([5, 13, 14]);

/** The port and address of an end, as one word. */
const end = ({ address, port }: CapturedMessage["from"]): string => `${address} ${port}`;

/** The end that is the controller: identified by the messages that only one of the two can send, else by the port of OpenFlow. */
function controllerOf(messages: readonly CapturedMessage[]): string {
  for (const { from, to, bytes } of messages) {
    if (BY_CONTROLLER.has(bytes[1]!)) return end(from);
    if (BY_SWITCH.has(bytes[1]!)) return end(to);
  }
  const { from, to } = messages[0]!;
  return from.port < to.port ? end(from) : end(to);
}

export const xidOf = (bytes: Uint8Array): number => viewOf(bytes).getUint32(4);

/**
 * What determines whether a request is the same as a recorded one: its version, its type, and of those that carry statistics or an experimenter's messages the number behind the
 * header.
 */
export function kindOf(bytes: Uint8Array): string {
  const [version, type] = [bytes[0]!, bytes[1]!];
  const numbered = type === 4 || type === (version === 1 ? 16 : 18);
  return [version, type, ...(numbered ? bytes.subarray(8, type === 4 ? 16 : 10) : [])].join(" ");
}

/** A recorded connection as a conversation. @param messages - of one connection, one at least, in order */
export function conversation(messages: readonly CapturedMessage[]): Line[] {
  const controller = controllerOf(messages);
  const start = messages[0]!.time;
  const open = { controller: new Map<number, Line>(), switch: new Map<number, Line>() };
  return messages.map(({ time, from, bytes }) => {
    const by: Role = end(from) === controller ? "controller" : "switch";
    const type = bytes[1]!;
    const xid = xidOf(bytes);
    const alone = type === HELLO || type === ECHO_REQUEST || type === ECHO_REPLY || ASYNC.has(type);
    const asked = alone ? undefined : open[by === "switch" ? "controller" : "switch"].get(xid);
    const line: Line = { at: Math.max(0, time - start), by, type, bytes, answers: asked };
    if (!alone && asked === undefined) open[by].set(xid, line);
    return line;
  });
}
