import type { KnownMessage, Message } from "../ofp/mod.js";
import type { Version } from "../schema/mod.js";

/** Which message a type's name means. */
export type MessageOf<N extends Message["type"]> = Extract<Message, { readonly type: N }>;

/** The definer of a message that came as an experimenter's, and which of theirs it is. OpenFlow 1.3 §7.5.4; in OpenFlow 1.0 the number behind the vendor, 0 where there is none */
export interface ExperimenterKey {
  readonly experimenter: number;
  readonly expType: number;
}

/** What switches send, and so what most programs listen to: an editor offers types in the order in which they were first named. */
type Offered =
  | "up"
  | "down"
  | "packet-in"
  | "flow-removed"
  | "port-status"
  | "error"
  | "role-status"
  | "table-status"
  | "flow-stats-reply"
  | "port-stats-reply"
  | "barrier-reply"
  | "echo-reply";

/** The names of the messages' events. */
type MessageName = Exclude<Offered, "up" | "down"> | Exclude<KnownMessage["type"], "experimenter">;

/** The events of messages, and what a listener is called with. `From` is the connection that a message came by: see `DatapathEvents`. */
export type MessageEvents<From> = { readonly [N in MessageName]: [message: MessageOf<N>, from: From] } & {
  /** What the switch sends of its own accord: packet-in, flow-removed, port-status, role-status, table-status, request-forward, controller-status, and the pauses of a flow monitor. */
  readonly async: [message: KnownMessage, from: From];
  /** A reply, or an error, that no request here waits for: answers to what was given to `send`. */
  readonly response: [message: KnownMessage, from: From];
  /** Whatever came as a message of an experimenter (in OpenFlow 1.0: vendor), known here or not. */
  readonly experimenter: [message: KnownMessage, from: From, key: ExperimenterKey];
};

/** A connection that is not set up yet. */
export interface Newcomer {
  /** Its name, such as `tcp:127.0.0.1:40312`. */
  readonly peer: string;
  readonly version: Version;
}

/** A listener of an event. Of one that returns a promise a rejection is counted and logged like a throw. */
export type EventListener<A extends readonly unknown[]> = (...args: A) => unknown;

/** The messages of an event that are wanted: see `EventMatch`. */
export interface MessageMatch<From> {
  /** The datapath id. Costs nothing per message. */
  readonly datapath?: bigint | undefined;
  /** The connection: 0 for the main one. */
  readonly auxiliaryId?: number | undefined;
  /** The type, for `async`, `response` and `experimenter`. */
  readonly type?: KnownMessage["type"] | undefined;
  /** The transaction id. */
  readonly xid?: number | undefined;
  /** Errors only, or anything but errors. */
  readonly isError?: boolean | undefined;
  readonly tableId?: number | undefined;
  /** The cookie, in the bits of `cookieMask`. */
  readonly cookie?: bigint | undefined;
  /** Default: all bits. */
  readonly cookieMask?: bigint | undefined;
  /** For `experimenter`. */
  readonly experimenter?: number | undefined;
  /** For `experimenter`. */
  readonly expType?: number | undefined;
  /** Anything else. */
  readonly where?: ((message: KnownMessage, from: From) => boolean) | undefined;
}

/** The bounds of a loop over events. */
export interface LoopOptions {
  /** How many wait at most until the loop takes them; what comes beyond is dropped and counted. Default: the controller's `eventLimit`. */
  readonly limit?: number | undefined;
  /** Ends the loop with `ERR_ABORTED`. */
  readonly signal?: AbortSignal | undefined;
}
