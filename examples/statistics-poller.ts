/** Asks every switch each second for the counters of its ports and flows, and prints what has changed. */
import type { AppScope, Datapath } from "southbound/controller";
import { FlowStatsRequest, PortStatsRequest } from "southbound/ofp";

const INTERVAL = 1000; // milliseconds

async function poll(dp: Datapath, before: Map<string, string>): Promise<void> {
  const [ports, flows] = await Promise.all([dp.collect(PortStatsRequest.of()), dp.collect(FlowStatsRequest.of())]);
  const now = [
    ...ports.map((p) => [`port ${p.portNo}`, `${p.rxPackets} packets in, ${p.txPackets} out`] as const),
    ...flows.map((f) => [`flow of priority ${f.priority} ${f.match}`, `${f.packetCount} packets, ${f.byteCount} bytes`] as const),
  ];
  for (const [what, counters] of now) {
    if (before.get(what) !== counters) console.log(`${dp.name} ${what}: ${counters}`);
    before.set(what, counters);
  }
}

export default (controller: AppScope): void => {
  controller.on("up", (dp) => {
    const before = new Map<string, string>();
    const timer = setInterval(() => poll(dp, before).catch((e: Error) => console.log(`${dp.name}: ${e.message}`)), INTERVAL);
    dp.closed.finally(() => clearInterval(timer));
  });
};
