import type { OptionTable, SouthboundError } from "../errors/mod.js";
import type { MemifPeer } from "./link.js";
import type { MemifError } from "./memif-error.js";
import type { MemifSocket } from "./memif-socket.js";
import type { MemifMode } from "./session.js";
import type { Reception } from "./traffic.js";

/** What servers and clients have in common. */
export interface InterfaceOptions {
  /** A path, `@` and an abstract name, or a socket that several interfaces share. A name makes a socket of the interface's own, which closes with it. */
  readonly socket: string | MemifSocket;
  /** The number that both ends call the connection by, from 0, the default, to 4,294,967,295. */
  readonly id?: number | undefined;
  /** What the interface calls itself to its peer, at most 31 bytes; by default "southbound" and the id. */
  readonly name?: string | undefined;
  /** 1 to 23 bytes. A server with a secret turns away clients that do not send the same. */
  readonly secret?: string | undefined;
  /** What the packets are; a server turns away clients of another mode. "ethernet" by default. */
  readonly mode?: MemifMode | undefined;
  /** How packets are noticed; "interrupt" by default. */
  readonly reception?: Reception | undefined;
  /** Packets of a burst at most, 1 to 16,384; 256 by default. */
  readonly burst?: number | undefined;
  /** Bytes of the longest packet, sent and received; 69,632 by default. A peer that sends a longer one is disconnected. */
  readonly maxPacket?: number | undefined;
}

/** What {@link InterfaceOptions} has, for its check. */
export const INTERFACE_OPTIONS: OptionTable<InterfaceOptions> = {
  socket: "any!",
  id: "number",
  name: "string",
  secret: "string",
  mode: ["ethernet", "ip", "punt"],
  reception: ["interrupt", "polling", "manual"],
  burst: "number",
  maxPacket: "number",
};

/** The events of interfaces, with their arguments. */
export interface InterfaceEvents {
  /** The connection is up: packets flow. */
  connected: [peer: MemifPeer];
  /** It was up and has ended; the error says why. A client connects again, a server waits for the next client. */
  disconnected: [error: MemifError];
  /** A connection was not made: the peer refused, was refused, or is not there. */
  failed: [error: SouthboundError];
  /** A queue that was full has room again. */
  writable: [queue: number];
  /** The interface was closed; no event comes after it. */
  closed: [];
}

/** A packet to send: its bytes, or the pieces that make it up. Copied; they are the caller's again when the call returns. */
export type Packet = Uint8Array | readonly Uint8Array[];

/** Waiting that can be given up. */
export interface InterfaceWaitOptions {
  /** Gives up with `ERR_ABORTED`. */
  readonly signal?: AbortSignal | undefined;
}

/** What {@link InterfaceWaitOptions} has, for its check. */
export const WAIT_OPTIONS: OptionTable<InterfaceWaitOptions> = { signal: "signal" };
