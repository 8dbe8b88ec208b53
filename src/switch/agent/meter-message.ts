import { BandStats, MeterConfig, MeterStats } from "../../ofp/mod.js";
import type { Meter } from "../tables/meter.js";

/** A meter's counters in OpenFlow's form. @param flowCount - of the flows that use it */
export function meterStats(meter: Meter, flowCount: number, now: number): MeterStats {
  const ms = Math.max(0, now - meter.created);
  return MeterStats.of({
    meterId: meter.meterId,
    flowCount,
    packetInCount: BigInt(meter.packets),
    byteInCount: BigInt(meter.bytes),
    durationSec: Math.floor(ms / 1000),
    durationNsec: Math.floor((ms % 1000) * 1e6),
    bands: meter.bands.map(({ packets, bytes }) => BandStats.of({ packetCount: BigInt(packets), byteCount: BigInt(bytes) })),
  });
}

/** A meter and its bands in OpenFlow's form. */
export const meterConfig = (meter: Meter): MeterConfig =>
  MeterConfig.of({ meterFlags: meter.flags, meterId: meter.meterId, bands: meter.bands.map(({ band }) => band) });
