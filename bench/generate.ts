import { Fleet } from "./fleet.js";
import type { Load, Measured } from "./load.js";

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
