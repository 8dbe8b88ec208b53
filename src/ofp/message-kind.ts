import type { Chunk } from "../bytes/mod.js";
import type { Version } from "../schema/mod.js";
import { EXPERIMENTER_MESSAGE, MessageType } from "./ids.js";
import { isMultipart, MORE } from "./message.js";
import { type KnownMessage, MESSAGES } from "./messages.js";
import { isReply } from "./replies.js";

const ASYNC: ReadonlySet<string> = new Set([
  "packet-in",
  "flow-removed",
  "port-status",
  "role-status",
  "table-status",
  "request-forward",
  "controller-status",
  "flow-monitor-paused",
  "flow-monitor-resumed",
] satisfies KnownMessage["type"][]);

/** What a message is in a conversation: sent of a switch's own accord, an answer, or what asks for something. */
export type MessageKind = "async" | "response" | "request";

/** What a type of message is in a conversation. `bundle-control` asks and answers, and counts as an answer. */
export function messageKind(type: string): MessageKind {
  if (ASYNC.has(type)) return "async";
  return isReply(type) || type === "error" || type === "experimenter-stats-reply" ? "response" : "request";
}

let parts: ReadonlySet<string> | undefined;

/** Whether a message is a part of a reply behind which more parts follow. OpenFlow 1.3 §7.3.5 */
export function hasMore(message: KnownMessage): boolean {
  if (!("flags" in message) || (Number(message.flags) & MORE) === 0) return false;
  parts ??= new Set(
    MESSAGES.entries.filter((e) => e.versions.some((v) => isMultipart(v, e.keyOf(v)?.[0], "reply"))).map((e) => e.entryName as string),
  );
  return parts.has(message.type);
}

/**
 * What the message in [p, end) is, by the numbers in its headers and without decoding it: for one that does not decode. A bundle-control is what its own type makes it; one that ends before that is a
 * request. A version that nobody defined and a type that no table knows are `unknown`, and requests; but errors and echo replies have the same number in every version, and are answers.
 */
export function peekMessage(c: Chunk, p: number, end: number): { readonly type: string; readonly kind: MessageKind } {
  const version = c.dv.getUint8(p);
  const type = version >= 1 && version <= 6 ? MESSAGES.typeAt(version as Version, c, p, end) : "unknown";
  const number = c.dv.getUint8(p + 1);
  if (number === MessageType.Error || number === MessageType.EchoReply) return { type, kind: "response" };
  if (type !== "bundle-control") return { type, kind: messageKind(type) };
  // Replies have odd numbers. OpenFlow 1.4 §7.3.9.1; in OpenFlow 1.3 behind the experimenter's header
  const at = p + (number === EXPERIMENTER_MESSAGE ? 20 : 12);
  return { type, kind: end - at >= 2 && (c.dv.getUint16(at) & 1) === 1 ? "response" : "request" };
}
