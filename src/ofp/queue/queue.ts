import {
  type Element,
  type Kind,
  lift,
  limited,
  list,
  type Member,
  struct,
  type UnionHeader,
  type UnknownElement,
  u16,
  u32,
  union,
} from "../../schema/mod.js";
import { EXPERIMENTER } from "../ids.js";
import { message } from "../message.js";
import { isRealPort, LIMITED_PORT, PORT16, PortNo, port } from "../port/port-no.js";
import { property } from "../property.js";

/** All queues, in a request. OpenFlow 1.3 §7.3.5.13 (OFPQ_ALL) */
export const ALL_QUEUES = 0xffffffff;

/** The rate of a queue that has none. OpenFlow 1.3 §7.2.2 (OFPQ_MIN_RATE_UNCFG, OFPQ_MAX_RATE_UNCFG) */
export const NO_RATE = 0xffff;

/** What every property of a queue begins with. Before OpenFlow 1.4 there are 4 bytes of padding behind type and length. OpenFlow 1.3 §7.2.2 (ofp_queue_prop_header), 1.4 §7.3.5.8 */
const QUEUE_PROPERTY_HEADER: UnionHeader = {
  frame: { lengthAt: 2, min: 4, align: 8, counted: false, reason: "OFPBPC_BAD_LEN" },
  part(version, [type, experimenter, subtype]) {
    if (type === undefined) return { at: 0, size: 2 };
    if (type !== EXPERIMENTER || subtype !== undefined) return undefined;
    if (experimenter === undefined) return { at: version < 5 ? 8 : 4, size: 4 };
    return version < 5 ? undefined : { at: 8, size: 4 };
  },
};

const RATES = {
  /** The rate that the queue is granted, in tenths of a percent of the port's; more than 1000 disables it, {@link NO_RATE} is none. */
  minRate: u16(NO_RATE, { unit: "1/1000" }),
  /** The rate that the queue is held to, as `minRate`. OpenFlow 1.2; Open vSwitch has it before */
  maxRate: u16(NO_RATE, { unit: "1/1000" }),
} as const;

/** A queue's granted rate, as a property. OpenFlow 1.3 §7.2.2 (OFPQT_MIN_RATE), 1.4 §7.3.5.8 (OFPQDPT_MIN_RATE) */
export const MinRate = property(
  "MinRate",
  "min-rate",
  { minRate: RATES.minRate },
  { "1.0-1.3": { key: [1], slots: ["pad:4", "minRate", "pad:6"] }, "1.4+": { key: [1], slots: ["minRate", "pad:2"] } },
  QUEUE_PROPERTY_HEADER,
);
/** See the class. */
export type MinRate = InstanceType<typeof MinRate>;

/** The rate that a queue is held to, as a property. OpenFlow 1.3 §7.2.2 (OFPQT_MAX_RATE), 1.4 §7.3.5.8 (OFPQDPT_MAX_RATE) */
export const MaxRate = property(
  "MaxRate",
  "max-rate",
  { maxRate: RATES.maxRate },
  { "1.0-1.3": { key: [2], slots: ["pad:4", "maxRate", "pad:6"] }, "1.4+": { key: [2], slots: ["maxRate", "pad:2"] } },
  QUEUE_PROPERTY_HEADER,
);
/** See the class. */
export type MaxRate = InstanceType<typeof MaxRate>;

/** Every property of a queue. */
export const QUEUE_PROPERTIES = union("queue property", QUEUE_PROPERTY_HEADER, "OFPBPC_BAD_TYPE", [MinRate, MaxRate]);

/** One property of a queue that is no field of it. */
export type QueueProperty = Member<typeof QUEUE_PROPERTIES> | UnknownElement;

const PROPERTIES = lift(QUEUE_PROPERTIES, "properties", [{ type: MinRate }, { type: MaxRate }]);

/** One queue of a port. OpenFlow 1.3 §7.2.2 (ofp_packet_queue), 1.4 §7.3.5.8 (ofp_queue_desc) */
export const Queue = struct(
  "Queue",
  {
    queueId: u32(),
    /** The port that it belongs to. Before OpenFlow 1.2 the message alone says it. */
    port: port(PortNo.Any, { absent: "drop" }),
    ...RATES,
    properties: list(QUEUE_PROPERTIES as Element<QueueProperty>),
  },
  {
    "1.0-1.1": ["queueId", "length", "pad:2", PROPERTIES],
    "1.2-1.3": ["queueId", "port", "length", "pad:6", PROPERTIES],
    "1.4+": ["port", "queueId", "length", "pad:6", PROPERTIES],
  },
);
/** See the class. */
export type Queue = InstanceType<typeof Queue>;

/** The port that is asked about as a slot in which a check takes a real one or, since OpenFlow 1.1, any. */
const ofOnePort = (kind: Kind<number>): Kind<number> =>
  limited(kind, (port, version) => isRealPort(port) || (version > 1 && port === PortNo.Any), "OFPQOFC_BAD_PORT");

/** Asks for the queues of a port. OpenFlow 1.3 §7.3.6; since 1.4 see {@link QueueDescRequest} */
export const QueueGetConfigRequest = message(
  "QueueGetConfigRequest",
  "queue-get-config-request",
  { port: port(PortNo.Any) },
  {
    "1.0": { key: [20], slots: [{ port: ofOnePort(PORT16) }, "pad:2"] },
    "1.1-1.3": { key: [22], slots: [{ port: ofOnePort(LIMITED_PORT) }, "pad:4"] },
  },
);
/** See the class. */
export type QueueGetConfigRequest = InstanceType<typeof QueueGetConfigRequest>;

/** The queues of a port. OpenFlow 1.3 §7.3.6 (ofp_queue_get_config_reply) */
export const QueueGetConfigReply = message(
  "QueueGetConfigReply",
  "queue-get-config-reply",
  { port: port(PortNo.Any), queues: list(Queue) },
  { "1.0": { key: [21], slots: [{ port: PORT16 }, "pad:6", "queues"] }, "1.1-1.3": { key: [23], slots: ["port", "pad:4", "queues"] } },
);
/** See the class. */
export type QueueGetConfigReply = InstanceType<typeof QueueGetConfigReply>;
