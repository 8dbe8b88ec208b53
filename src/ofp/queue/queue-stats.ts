import {
  count32,
  count64,
  type Element,
  fixedKind,
  type Kind,
  list,
  listKind,
  type Member,
  struct,
  type UnknownElement,
  u32,
  union,
  unlookedAt,
} from "../../schema/mod.js";
import { ExperimenterProperty } from "../experimenter-property.js";
import { multipart } from "../message.js";
import { LIMITED_PORT, PORT, PORT16, PortNo, port, portFrom16, portTo16 } from "../port/port-no.js";
import { PROPERTY_HEADER } from "../property.js";
import { ALL_QUEUES, Queue } from "./queue.js";

/** Asks for the queues of a port, or of all. OpenFlow 1.4 §7.3.5.8; before 1.4 see {@link QueueGetConfigRequest} */
export const QueueDescRequest = multipart(
  "request",
  "QueueDescRequest",
  "queue-desc-request",
  { port: port(PortNo.Any), queueId: u32(ALL_QUEUES) },
  { "1.4+": { key: [15], slots: [{ port: LIMITED_PORT }, "queueId"] } },
);
/** See the class. */
export type QueueDescRequest = InstanceType<typeof QueueDescRequest>;

/** Queues. OpenFlow 1.4 §7.3.5.8 */
export const QueueDescReply = multipart(
  "reply",
  "QueueDescReply",
  "queue-desc-reply",
  { queues: list(Queue) },
  { "1.4+": { key: [15], slots: ["queues"] } },
);
/** See the class. */
export type QueueDescReply = InstanceType<typeof QueueDescReply>;

const swapped = (number: number): number => (number === PortNo.All ? PortNo.Any : number === PortNo.Any ? PortNo.All : number);

/** A port of OpenFlow 1.0 in a request for the counters of queues, where the number of all ports asks for those of any. §5.3.5 (ofp_queue_stats_request) */
const ALL_PORTS16: Kind<number> = fixedKind(
  "port16",
  2,
  (c, p) => swapped(portFrom16(c.dv.getUint16(p))),
  (c, p, v) => c.dv.setUint16(p, swapped(v)),
  (v) => portTo16(v) !== undefined,
  PORT.toJSON,
  PORT16.fromJSON,
);

/** Asks for the counters of queues. OpenFlow 1.3 §7.3.5.14 */
export const QueueStatsRequest = multipart(
  "request",
  "QueueStatsRequest",
  "queue-stats-request",
  {
    /** `PortNo.Any` for all. */
    port: port(PortNo.Any),
    /** {@link ALL_QUEUES} for all. */
    queueId: u32(ALL_QUEUES),
  },
  {
    "1.0": { key: [5], slots: [{ port: ALL_PORTS16 }, "pad:2", "queueId"] },
    "1.1+": { key: [5], slots: [{ port: LIMITED_PORT }, "queueId"] },
  },
);
/** See the class. */
export type QueueStatsRequest = InstanceType<typeof QueueStatsRequest>;

/** Every property of a queue's counters: the standard has none but those of experimenters. OpenFlow 1.4 §7.3.5.7 (ofp_queue_stats_prop_type) */
const QUEUE_STATS_PROPERTIES = union("queue stats property", PROPERTY_HEADER, "OFPBPC_BAD_TYPE", [ExperimenterProperty]);

const PROPERTIES = QUEUE_STATS_PROPERTIES as Element<Member<typeof QUEUE_STATS_PROPERTIES> | UnknownElement>;

/** The counters of a queue; all ones where the switch does not count. OpenFlow 1.3 §7.3.5.14, 1.4 §7.3.5.7 (ofp_queue_stats) */
export const QueueStats = struct(
  "QueueStats",
  {
    port: port(PortNo.Any),
    queueId: u32(),
    txBytes: count64(0n, { unit: "bytes" }),
    txPackets: count64(0n, { unit: "packets" }),
    /** Packets that were dropped since there was no room. */
    txErrors: count64(0n, { unit: "packets" }),
    /** How long the queue exists. OpenFlow 1.3 */
    durationSec: count32(0, { unit: "seconds", absent: "drop" }),
    /** The part of its life beyond full seconds. */
    durationNsec: count32(0, { unit: "nanoseconds", absent: "drop" }),
    /** OpenFlow 1.4 */
    properties: list(PROPERTIES),
  },
  {
    "1.0": [{ port: PORT16 }, "pad:2", "queueId", "txBytes", "txPackets", "txErrors"],
    "1.1-1.2": [{ port: LIMITED_PORT }, "queueId", "txBytes", "txPackets", "txErrors"],
    "1.3": [{ port: LIMITED_PORT }, "queueId", "txBytes", "txPackets", "txErrors", "durationSec", "durationNsec"],
    "1.4+": [
      "length",
      "pad:6",
      { port: LIMITED_PORT },
      "queueId",
      "txBytes",
      "txPackets",
      "txErrors",
      "durationSec",
      "durationNsec",
      { properties: unlookedAt(listKind(PROPERTIES), []) },
    ],
  },
);
/** See the class. */
export type QueueStats = InstanceType<typeof QueueStats>;

/** The counters of queues. OpenFlow 1.3 §7.3.5.14 */
export const QueueStatsReply = multipart(
  "reply",
  "QueueStatsReply",
  "queue-stats-reply",
  { queues: list(QueueStats) },
  { "1.0": { key: [5], slots: ["queues"] }, "1.1+": { key: [5], slots: ["queues"] } },
);
/** See the class. */
export type QueueStatsReply = InstanceType<typeof QueueStatsReply>;
