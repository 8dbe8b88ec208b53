import type { Version } from "../../../schema/mod.js";
import { Fleet } from "./fleet.js";

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

/**
 * Connects the switches of every load, has them announce their hosts, and measures the loads in turn, loop by loop, so that all meet the same state of the machine. Closes them again.
 * @param started - called when the loops that count begin
 * @returns what was measured of each load, in their order
 * @throws Error where a controller does not set up the switches, or ends a connection, after the name of the load
 */
export async function generate(loads: readonly Load[], started?: () => void, signal?: AbortSignal): Promise<Measured[]> {
  const fleets = loads.map((load) => new Fleet(load));
  const each = async <T>(what: (fleet: Fleet) => Promise<T>): Promise<void> => {
    for (const fleet of fleets) {
      try {
        await what(fleet);
      } catch (e) {
        throw new Error(`${fleet.load.name}: ${e instanceof Error ? e.message : String(e)}`, { cause: e });
      }
    }
  };
  try {
    await each((fleet) => fleet.connect(signal));
    const { loops, warmup } = loads[0]!;
    for (let loop = -warmup; loop < loops; loop++) {
      if (loop === 0) {
        for (const fleet of fleets) fleet.count();
        started?.();
      }
      await each((fleet) => fleet.run(signal));
    }
    return fleets.map((fleet) => fleet.measured());
  } finally {
    for (const fleet of fleets) fleet.close();
  }
}
