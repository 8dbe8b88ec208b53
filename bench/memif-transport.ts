import type { ChildProcess } from "node:child_process";
import { join } from "node:path";
import { endChild, startModule } from "./children.js";
import { measure, ready } from "./dl-suite.js";
import { median } from "./median.js";
import type { BenchOptions } from "./suite.js";

/** Round trips of OpenFlow through memory, beside those through a unix socket. */
export interface TransportResult {
  readonly suite: "memif";
  readonly name: "memif: as an OpenFlow transport";
  /** Packet-ins under way at a time. */
  readonly outstanding: number;
  /** Packet-ins answered per second over `memif:`: the median of the loops. */
  readonly perSecond: number;
  /** The same over `unix:`. */
  readonly unixPerSecond: number;
  /** How many times the one is the other: the median of the loops' ratios. */
  readonly ratio: number;
}

const OUTSTANDING = [1, 256];
const TRANSPORTS = ["unix", "memif"] as const;

/**
 * A switch and a controller with the learning switch, each in a process and on a core of its own, over `memif:` and over `unix:` in turn.
 * @param dir - for the sockets
 * @throws Error whose message says what went wrong; the reason of `signal`
 */
export async function compareTransports(
  dir: string,
  { seconds, loops, warmup }: BenchOptions,
  progress: (text: string) => void,
  signal: AbortSignal,
): Promise<TransportResult[]> {
  const children: ChildProcess[] = [];
  const started = async (what: string, child: ChildProcess): Promise<ChildProcess> => {
    children.push(child);
    await ready(child, what);
    return child;
  };
  try {
    const switches: Record<string, ChildProcess> = {};
    for (const kind of TRANSPORTS) {
      progress(`OpenFlow over ${kind}: starting`);
      // Each has a controller of its own: two switches of one number would take turns at one.
      const file = join(dir, `openflow.${kind}`);
      const more = kind === "memif" ? [`pmemif:${file}`] : [];
      await started("the controller", startModule("server-process", ["controller", "4", "0", `${file}.unix`, ...more], "server"));
      const target = kind === "memif" ? `memif:${file}` : `unix:${file}.unix`;
      switches[kind] = await started("the switch", startModule("dl-process", ["4", target], "generator"));
    }
    const results: TransportResult[] = [];
    for (const outstanding of OUTSTANDING) {
      progress(`OpenFlow over memif: and unix:, ${outstanding} outstanding`);
      const rates: Record<string, number[]> = { unix: [], memif: [] };
      for (let loop = -warmup; loop < loops; loop++) {
        for (const kind of TRANSPORTS) {
          signal.throwIfAborted();
          const rate = await measure(switches[kind]!, { outstanding, milliseconds: seconds * 1000 }, `the switch over ${kind}:`);
          if (loop >= 0) rates[kind]!.push(rate);
        }
      }
      const [unix, memif] = [rates.unix!, rates.memif!];
      results.push({
        suite: "memif",
        name: "memif: as an OpenFlow transport",
        outstanding,
        perSecond: median(memif),
        unixPerSecond: median(unix),
        ratio: median(memif.map((rate, i) => rate / unix[i]!)),
      });
    }
    return results;
  } finally {
    await Promise.all(children.map(endChild));
  }
}

/** The results in lines. */
export function transportLines(results: readonly TransportResult[]): string[] {
  const rate = (n: number): string => Math.round(n).toLocaleString("en");
  return results.map(
    ({ outstanding, perSecond, unixPerSecond, ratio }) =>
      `OpenFlow with ${outstanding} outstanding, two processes: ${rate(perSecond)} round trips/s over memif:, ${rate(unixPerSecond)} over unix:, ${ratio.toFixed(2)} x`,
  );
}
