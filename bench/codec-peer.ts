import { spawn } from "node:child_process";
import { once } from "node:events";
import { toHex } from "southbound/bytes";
import { wire } from "./codec-messages.js";

/** What is measured with both codecs. */
export const CASES = ["decode packet-in", "decode flow-mod", "decode flow-stats of 100", "encode flow-mod"] as const;

/** One of {@link CASES}. */
export type CodecCase = (typeof CASES)[number];

/** Decodes and encodes the same messages with os-ken's parser, and prints messages per second as JSON: the best of five loops for each case, which favours the peer. */
const PROGRAM = `
import json, sys, time
from os_ken.ofproto import ofproto_parser, ofproto_v1_3, ofproto_v1_3_parser
class Datapath:
    id = 1
    ofproto = ofproto_v1_3
    ofproto_parser = ofproto_v1_3_parser
    def set_xid(self, msg): return 7
dp = Datapath()
wire = {k: bytes.fromhex(v) for k, v in json.load(sys.stdin).items()}
def decode(buf):
    version, kind, length, xid = ofproto_parser.header(buf)
    return ofproto_parser.msg(dp, version, kind, length, xid, buf)
mod = decode(wire['flowMod'])
mod.datapath = dp
cases = {
    'decode packet-in': (lambda: decode(wire['packetIn']), 4000),
    'decode flow-mod': (lambda: decode(wire['flowMod']), 2000),
    'decode flow-stats of 100': (lambda: decode(wire['flowStats']), 20),
    'encode flow-mod': (lambda: mod.serialize(), 1000),
}
rates = {}
for name, (run, n) in cases.items():
    best = 0
    for _ in range(5):
        start = time.perf_counter()
        for _ in range(n): run()
        best = max(best, n / (time.perf_counter() - start))
    rates[name] = best
print(json.dumps(rates))
`;

/** Messages per second of os-ken; undefined where Python or os-ken is not installed. */
export async function osKen(signal: AbortSignal): Promise<Readonly<Record<CodecCase, number>> | undefined> {
  const { packetIn, flowMod, flowStats } = wire();
  for (const python of ["/usr/bin/python3", "python3"]) {
    const child = spawn(python, ["-c", PROGRAM], { signal, stdio: ["pipe", "pipe", "ignore"] });
    let out = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      out += text;
    });
    child.stdin.on("error", () => {});
    child.stdin.end(JSON.stringify({ packetIn: toHex(packetIn), flowMod: toHex(flowMod), flowStats: toHex(flowStats) }));
    try {
      const [code] = (await once(child, "close")) as [number | null];
      if (code === 0) return JSON.parse(out) as Record<CodecCase, number>;
    } catch (e) {
      signal.throwIfAborted();
      if ((e as { code?: unknown }).code !== "ENOENT") throw e;
    }
  }
  return undefined;
}
