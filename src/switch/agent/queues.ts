import { ALL_QUEUES, PortNo, Queue, QueueStats } from "../../ofp/mod.js";
import type { SwitchPort } from "../ports/port.js";
import { Refusal } from "../work/refusal.js";
import type { Core } from "./core.js";

/** The queue that every port has. */
const DEFAULT_QUEUE = 0;

/** The ports that a request for queues means. @throws Refusal `OFPQOFC_BAD_PORT`, `OFPQOFC_BAD_QUEUE` */
function portsOf({ forwarder }: Core, portNo: number, queueId: number): readonly SwitchPort[] {
  const port = forwarder.port(portNo);
  if (portNo !== PortNo.Any && port === undefined) throw new Refusal("OFPQOFC_BAD_PORT", `there is no port ${portNo}`);
  if (queueId !== ALL_QUEUES && queueId !== DEFAULT_QUEUE) throw new Refusal("OFPQOFC_BAD_QUEUE", `there is no queue ${queueId}`);
  return port === undefined ? forwarder.ports() : [port];
}

/** The queues that a request means. */
export const queuesAt = (core: Core, portNo: number, queueId: number): Queue[] =>
  portsOf(core, portNo, queueId).map((port) => Queue.of({ queueId: DEFAULT_QUEUE, port: port.portNo }));

/** Their counters: all that a port sends goes through its one queue. */
export function queueStats(core: Core, portNo: number, queueId: number): QueueStats[] {
  return portsOf(core, portNo, queueId).map((port) => {
    const lived = Math.max(0, core.clock.now() - port.created);
    return QueueStats.of({
      port: port.portNo,
      queueId: DEFAULT_QUEUE,
      txBytes: BigInt(port.counters.txBytes),
      txPackets: BigInt(port.counters.txPackets),
      txErrors: 0n,
      durationSec: Math.floor(lived / 1000),
      durationNsec: Math.floor((lived % 1000) * 1e6),
    });
  });
}
