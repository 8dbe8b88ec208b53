import type { SouthboundError } from "../errors/mod.js";
import type { KnownMessage, Message } from "../ofp/mod.js";
import type { Version } from "../schema/mod.js";
import type { Auxiliary } from "./auxiliary.js";
import type { Channel } from "./channel.js";
import type { Datapath } from "./datapath.js";

/** Which message a type's name means. */
export type MessageOf<N extends Message["type"]> = Extract<Message, { readonly type: N }>;

/** Who defined a message that came as an experimenter's, and which of theirs it is. OpenFlow 1.3 §7.5.4; in OpenFlow 1.0 the number behind the vendor, 0 where there is none */
export interface ExperimenterKey {
  readonly experimenter: number;
  readonly expType: number;
}

/** The names of the messages' events. */
type MessageName = Exclude<KnownMessage["type"], "experimenter">;

/**
 * The events of a datapath, and what a listener is called with. Each type of message is one, by its name. The message's lazy fields are borrowed until the listener returns: see `own()`. `from` is
 * the connection that it came by: the datapath, or one of its auxiliary connections.
 */
export type DatapathEvents = { readonly [N in MessageName]: [message: MessageOf<N>, from: Channel] } & {
  /** What the switch says of its own accord: packet-in, flow-removed, port-status, role-status, table-status, request-forward, controller-status, and the pauses of a flow monitor. */
  readonly async: [message: KnownMessage, from: Channel];
  /** A reply, or an error, that no request here waits for: answers to what was given to `send`. */
  readonly response: [message: KnownMessage, from: Channel];
  /** Whatever came as a message of an experimenter (in OpenFlow 1.0: vendor), known here or not. */
  readonly experimenter: [message: KnownMessage, from: Channel, key: ExperimenterKey];
};

/** A connection that is not set up yet. */
export interface Newcomer {
  /** Its name, such as `tcp:127.0.0.1:40312`. */
  readonly peer: string;
  readonly version: Version;
}

/** The events of a connection's life, which only a controller and its applications have. */
export interface StateEvents {
  /** A switch is connected and set up. */
  readonly up: [datapath: Datapath];
  /** A switch's connection has ended; the error is null where one side closed it in order. */
  readonly down: [datapath: Datapath, error: SouthboundError | null];
  /** An auxiliary connection is set up, of a switch that is up. */
  readonly "auxiliary-up": [auxiliary: Auxiliary];
  /** An auxiliary connection has ended. */
  readonly "auxiliary-down": [auxiliary: Auxiliary, error: SouthboundError | null];
  /** A message has come before its connection is set up, those of the set-up included. What is no part of the set-up comes again as an event of its own after it. */
  readonly presetup: [message: KnownMessage, from: Newcomer];
}

/** The events of a controller, across all its datapaths. */
export type ControllerEvents = StateEvents & DatapathEvents;

/** A listener of an event. Of one that returns a promise a rejection is counted and logged like a throw. */
export type EventListener<A extends readonly unknown[]> = (...args: A) => unknown;

/** Which messages of an event are wanted. What is left out does not matter; a message that lacks a field asked for is not wanted. Compiled once, when the listener is added. */
export interface EventMatch {
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
  readonly where?: ((message: KnownMessage, from: Channel) => boolean) | undefined;
}

/** How events are taken in a loop. */
export interface EventsOptions extends EventMatch {
  /** How many wait at most until the loop takes them; what comes beyond is dropped and counted. Default: the controller's `eventLimit`. */
  readonly limit?: number | undefined;
  /** Ends the loop with `ERR_ABORTED`. */
  readonly signal?: AbortSignal | undefined;
}
