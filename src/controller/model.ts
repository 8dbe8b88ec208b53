import type { Plain } from "./plain.js";

/*
 * The read model in its plain form. `docs/guide/read-model.md` describes it for programs that read it as JSON; a change that such a program would notice raises MODEL_FORMAT.
 */

/** The version of the read model's form: raised when a name or a meaning changes, not when a name is added. */
export const MODEL_FORMAT = 1;

/** Why something ended: a stable code, and words for people. */
export interface PlainError {
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly code: string;
  readonly message: string;
}

/** A port of a switch. */
export interface PortSnapshot {
  readonly number: number;
  readonly name: string;
  /** Such as `02:00:00:00:00:01`. */
  readonly hwAddr: string;
  /** Names of `PortConfig`; bits without a name as one number. */
  readonly config: readonly (string | number)[];
  /** Names of `PortState`. */
  readonly state: readonly (string | number)[];
  /** Kilobits per second; 0 where the switch does not say. */
  readonly currSpeed: number;
  /** Kilobits per second. */
  readonly maxSpeed: number;
}

/** The features of a switch, as its features reply had them. */
export interface FeaturesSnapshot {
  readonly tables: number;
  readonly buffers: number;
  /** Names of `Capabilities`. */
  readonly capabilities: readonly (string | number)[];
}

/** The state of one connection: measurements, which change without a revision. */
export interface ChannelSnapshot {
  /** Its name, such as `tcp:127.0.0.1:40312`. */
  readonly peer: string;
  /** 0 for the main connection. */
  readonly auxiliaryId: number;
  /** The number of the negotiated version on the wire: 4 for OpenFlow 1.3. */
  readonly version: number;
  /** When it was set up, in milliseconds since 1970. */
  readonly since: number;
  /** Milliseconds from the first byte until it was set up. */
  readonly setUpMs: number;
  /** Milliseconds that the last echo took there and back; null while there was none. */
  readonly echoMs: number | null;
  /** Bytes that wait to be sent. */
  readonly queuedBytes: number;
  /** Whether the switch takes no more for the moment. */
  readonly congested: boolean;
  /** Requests without their answer; a batch is one. */
  readonly inFlight: number;
  readonly sent: number;
  readonly sentBytes: number;
  readonly received: number;
  readonly receivedBytes: number;
  /** Messages that were not delivered, by cause. */
  readonly drops: {
    /** Came before it was set up, and had no room. */
    readonly early: number;
    /** Could not be read. */
    readonly unreadable: number;
    /** No switch sends such. */
    readonly foreign: number;
  };
}

/** A switch that is connected, or was. */
export interface SwitchSnapshot {
  /** The datapath id in 16 hexadecimal digits. */
  readonly dpid: string;
  readonly connected: boolean;
  /** When its first connection was set up, in milliseconds since 1970. */
  readonly firstSeen: number;
  /** When its last connection ended; of one that is connected, the time of the snapshot. */
  readonly lastSeen: number;
  /** Connections that were set up, this one included. */
  readonly connections: number;
  /** The version that was negotiated last, as its number on the wire. */
  readonly version: number;
  /** Errors that it answered with, by their names in the specification, since it was first seen. */
  readonly errors: Readonly<Record<string, number>>;
  /** Why its last connections ended, the latest last: 8 at most. */
  readonly lastErrors: readonly PlainError[];
  /** Null while it is not connected. */
  readonly features: FeaturesSnapshot | null;
  /** Empty while it is not connected. */
  readonly ports: readonly PortSnapshot[];
  /** Its main connection first, then auxiliary ones. */
  readonly channels: readonly ChannelSnapshot[];
}

/** An application that is loaded. */
export interface AppSnapshot {
  readonly name: string;
  /** When it was loaded, in milliseconds since 1970. */
  readonly since: number;
  readonly counters: {
    readonly delivered: number;
    readonly dropped: number;
    readonly errors: number;
    readonly refused: number;
    readonly timeMs: number;
  };
  /** What the application shows of itself (`AppScope.describe`); null where it shows nothing, or failed to. */
  readonly state: Plain;
}

/** What a controller knows, at one moment. Plain data: JSON says all of it. */
export interface ControllerSnapshot {
  /** {@link MODEL_FORMAT}. */
  readonly format: number;
  /** Names this controller's life: revisions of another one do not compare. */
  readonly instance: string;
  /** The number of the last change that is in it. */
  readonly revision: number;
  /** Milliseconds since 1970. */
  readonly time: number;
  /** Connections, set up or not. */
  readonly connections: number;
  /** By datapath id; those that are not connected are remembered up to `maxRecords`. */
  readonly switches: readonly SwitchSnapshot[];
  readonly apps: readonly AppSnapshot[];
}

/** What has changed, without its revision and time. */
export type ChangeBody =
  /** Changes are lost that this reader was too slow for, or that are too old: take a new snapshot, and of what follows that which is newer than it. */
  | { readonly kind: "gap" }
  | { readonly kind: "switch-up"; readonly switch: SwitchSnapshot }
  | { readonly kind: "switch-down"; readonly dpid: string; readonly error: PlainError | null }
  /** A switch that is not connected is remembered no longer. */
  | { readonly kind: "switch-forgotten"; readonly dpid: string }
  | { readonly kind: "port"; readonly dpid: string; readonly reason: "add" | "delete" | "modify"; readonly port: PortSnapshot }
  | { readonly kind: "auxiliary-up" | "auxiliary-down"; readonly dpid: string; readonly auxiliaryId: number; readonly peer: string }
  | { readonly kind: "app-loaded" | "app-unloaded"; readonly app: string }
  /** What an application has published. */
  | { readonly kind: "app"; readonly app: string; readonly event: string; readonly data: Plain };

/** One change of what {@link ControllerSnapshot} has. */
export type ModelChange = ChangeBody & {
  /** Grows by one with each change; a `gap` has that of the last change that is lost. */
  readonly revision: number;
  /** Milliseconds since 1970. */
  readonly time: number;
};
