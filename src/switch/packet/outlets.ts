import type { Packet } from "./packet.js";

/** What sends a packet to the controller: an action, the table-miss flow, a table without one, and so on. Versions have different numbers for it. */
export type PuntWhy = "noMatch" | "tableMiss" | "action" | "invalidTtl" | "actionSet" | "group" | "packetOut";

/** Why and by which flow a packet goes to the controller. */
export interface PuntReason {
  readonly why: PuntWhy;
  readonly tableId: number;
  /** All ones where no flow sent it. */
  readonly cookie: bigint;
}

/** How a packet goes to the controller, where an action has it. */
export interface PuntOptions {
  /** Bytes of it that were asked for. */
  readonly maxLen: number;
  /** Why, where not for the usual reason of the place. */
  readonly why?: PuntWhy | undefined;
  /** The controllers that it is for, by the id that each has set; 0 is that of all that have set none. */
  readonly controllerId?: number | undefined;
  /** What the packet-in carries back. */
  readonly userdata?: Uint8Array | undefined;
}

/** What the pipeline calls on. */
export interface PipelineOutlets {
  /** Sends a frame out of a port, or to one of the sets of ports in `PortNo`. The frame is not changed afterwards. @param queue - at the port; -1 for none */
  transmit(frame: Uint8Array, port: number, inPort: number, queue: number): void;
  /** Whether a port can send. */
  isLive(port: number): boolean;
  /** Sends a packet to the controller. */
  punt(packet: Packet, options: PuntOptions, reason: PuntReason): void;
  /** A packet that no flow of a table matches: it is dropped, or goes to those controllers that want it. */
  miss(packet: Packet, tableId: number): void;
  /** A packet that was dropped because its time to live would end. */
  invalidTtl(packet: Packet, reason: PuntReason): void;
}
