import type { Version } from "southbound/schema";

/** How packet-ins are sent: as many as the window holds, or one at a time for each switch. */
export type Mode = "throughput" | "latency";

/** One measurement to make. Those that are made in turn have the same loops. */
export interface Load {
  /** For messages. */
  readonly name: string;
  /** The controller, `tcp:HOST:PORT` or `unix:FILE`. */
  readonly target: string;
  readonly version: Version;
  readonly mode: Mode;
  readonly switches: number;
  /** Hosts behind each switch, all announced before the measurement. */
  readonly macs: number;
  /** Length of a loop. */
  readonly seconds: number;
  /** Loops that count. */
  readonly loops: number;
  /** Loops before them that do not. */
  readonly warmup: number;
  /** The controller's process, whose CPU time is read. */
  readonly pid?: number | undefined;
}

/** What was measured. */
export interface Measured {
  /** Messages answered per second, of each loop. */
  readonly rates: readonly number[];
  /** Messages answered in all loops. */
  readonly messages: number;
  /** Flow-mods among the answers. */
  readonly flowMods: number;
  /** Packet-outs among the answers. */
  readonly packetOuts: number;
  /** Packet-ins given up. */
  readonly lost: number;
  /** CPU time of the controller's process over all loops, in milliseconds; undefined where it could not be read. */
  readonly cpuMs: number | undefined;
}
