import { setImmediate as turn } from "node:timers/promises";
import { Chunk } from "southbound/bytes";
import { type FlowMod, type FlowStatsReply, messageCodec, type PacketIn } from "southbound/ofp";
import { printBytes } from "southbound/ofp/text";
import { flowMod, OPENFLOW13, wire } from "./codec-messages.js";
import { CASES, type CodecCase, osKen } from "./codec-peer.js";
import { noise } from "./noise.js";
import type { BenchOptions, Outcome, Suite } from "./suite.js";
import { column, table } from "./table.js";

/** One row of the table. */
export interface CodecResult {
  readonly suite: "codec";
  readonly name: string;
  /** Messages per second; for printing, flows per second. The median of the loops. */
  readonly perSecond: number;
  /** The same of os-ken; null where it is not installed, or has nothing to compare. */
  readonly osKen: number | null;
  readonly ratio: number | null;
}

let sink = 0;

/** The bodies of the loops. Lazy fields are read, so that all of a message is decoded, as the peer does it. */
function cases(): Readonly<Record<CodecCase | "print flows", { readonly run: () => void; readonly weight: number }>> {
  const codec = messageCodec(OPENFLOW13);
  const bytes = wire();
  const packet = new Chunk(bytes.packetIn);
  const mod = new Chunk(bytes.flowMod);
  const stats = new Chunk(bytes.flowStats);
  const out = new Chunk(65536);
  const object = flowMod();
  return {
    "decode packet-in": {
      run: () => {
        const m = codec.decode(packet, 0, packet.u8.length) as PacketIn;
        sink += m.match.entries.length + m.data.length;
      },
      weight: 1,
    },
    "decode flow-mod": {
      run: () => {
        sink += (codec.decode(mod, 0, mod.u8.length) as FlowMod).instructions.length;
      },
      weight: 1,
    },
    "decode flow-stats of 100": {
      run: () => {
        sink += (codec.decode(stats, 0, stats.u8.length) as FlowStatsReply).flows.length;
      },
      weight: 1,
    },
    "encode flow-mod": {
      run: () => {
        sink += codec.encode(out, 0, object);
      },
      weight: 1,
    },
    "print flows": {
      run: () => {
        sink += printBytes(bytes.flowStats).length;
      },
      weight: 100,
    },
  };
}

/** Calls per second: the median of loops of `seconds`, after warm-up. */
async function measure(run: () => void, loops: number, warmup: number, seconds: number, signal: AbortSignal): Promise<number> {
  const rates: number[] = [];
  for (let loop = -warmup; loop < loops; loop++) {
    signal.throwIfAborted();
    await turn();
    let n = 0;
    let batch = 1;
    const start = performance.now();
    let now = start;
    while (now - start < seconds * 1000) {
      for (let i = 0; i < batch; i++) run();
      n += batch;
      const before = now;
      now = performance.now();
      if (now - before < 1) batch *= 2;
    }
    if (loop >= 0) rates.push((1000 * n) / (now - start));
  }
  rates.sort((a, b) => a - b);
  return rates[rates.length >> 1]!;
}

const rate = (n: number | null): string =>
  n === null ? "-" : n >= 1e6 ? `${(n / 1e6).toFixed(2)} M` : n >= 1e3 ? `${(n / 1e3).toFixed(1)} k` : n.toFixed(0);

/** The codec in one thread, beside os-ken's parser in the same run. */
export const CODEC_SUITE: Suite = {
  summary: "messages decoded, encoded and printed per second, OpenFlow 1.3, beside os-ken's parser",
  async run(options: BenchOptions, progress, signal): Promise<Outcome> {
    progress("os-ken");
    const peer = await osKen(signal);
    noise();
    const bodies = cases();
    const results: CodecResult[] = [];
    const [loops, seconds] = options.quick ? [3, 0.1] : [7, 0.4];
    // Each body runs a little before any is measured, so that none is measured while the functions they share know one kind of message only.
    for (const { run } of Object.values(bodies)) await measure(run, 0, 2, seconds / 2, signal);
    for (const name of [...CASES, "print flows"] as const) {
      progress(name);
      const { run, weight } = bodies[name];
      const perSecond = weight * (await measure(run, loops, 2, seconds, signal));
      const theirs = name === "print flows" ? null : (peer?.[name] ?? null);
      results.push({ suite: "codec", name, perSecond, osKen: theirs, ratio: theirs === null ? null : perSecond / theirs });
    }
    if (sink < 0) throw new Error("nothing was measured");
    return {
      results,
      lines: [
        ...table(results, [
          column("what", "left", (r) => r.name),
          column("southbound/s", "right", (r) => rate(r.perSecond)),
          column("os-ken/s", "right", (r) => rate(r.osKen)),
          column("ratio", "right", (r) => (r.ratio === null ? "-" : `${r.ratio.toFixed(0)} x`)),
        ]),
        ...(peer === undefined ? ["os-ken is not installed: no ratios"] : []),
      ],
    };
  },
};
