import type { Chunk } from "../../bytes/mod.js";
import { SouthboundError } from "../../errors/mod.js";
import {
  type Borrowing,
  bytes,
  type Element,
  enumeration,
  fixedKind,
  type Kind,
  lazy,
  list,
  U8,
  type UnknownElement,
  u8,
  u32,
  u64,
} from "../../schema/mod.js";
import type { ExperimenterProperty } from "../experimenter-property.js";
import { message, NXT } from "../message.js";

import { match, NX_MATCH } from "../oxm/codec.js";
import { OXM } from "../oxm/fields.js";
import { Match } from "../oxm/match.js";
import { IN_PORT10 } from "../oxm/match10.js";
import { portFrom16 } from "../port/port-no.js";
import { continuation, PACKET_IN_PROPERTIES, PACKET_IN_SLOT } from "./packet-in-properties.js";
import { NO_BUFFER, PacketInReason } from "./packet-in-reason.js";

/** What OpenFlow 1.1's packet-in has no place for. */
const stranger = (m: Match) => m.entries.find((e) => e.field?.name !== "inPort" && e.field?.name !== "inPhyPort");

/** The two ports of OpenFlow 1.1's packet-in, as a match. */
const PORTS11: Kind<Match> = fixedKind(
  "ports11",
  8,
  (c, p) => {
    const inPort = c.dv.getUint32(p);
    const inPhyPort = c.dv.getUint32(p + 4);
    return Match.of(inPhyPort === inPort ? { inPort } : { inPort, inPhyPort });
  },
  (c, p, m) => {
    c.dv.setUint32(p, m.inPort ?? 0);
    c.dv.setUint32(p + 4, m.inPhyPort ?? m.inPort ?? 0);
  },
  (m) => stranger(m) === undefined,
  (m) => m.toJSON(),
  (j) => Match.fromJSON(j),
  (m) => {
    const name = stranger(m)?.field?.name ?? "unknown field";
    return new SouthboundError("ERR_UNSUPPORTED", `Match.${name} is not in a packet-in of OpenFlow 1.1: it has inPort and inPhyPort alone`);
  },
);

const IN_PORT_HEADER = OXM.inPort.header;

/** A packet-in as its accessor sees it: what the codec wrote beside the fields. */
interface Received {
  readonly version: number;
  readonly format: string;
  readonly chunk: Chunk | undefined;
  readonly epoch: number;
  readonly match: Match;
  readonly matchAt: number;
  readonly matchEnd: number;
}

/** Where the data of a received packet-in lies, for readers that want no view of their own. */
export interface PacketInData extends Borrowing {
  /** The first byte of `data` in `chunk`; -1 where the message was not received, or came in the form `nxt2`. */
  readonly dataAt: number;
  /** Behind the last byte of `data` in `chunk`. */
  readonly dataEnd: number;
  /** The port that the packet came in by, read from the match without decoding it; 0 where the match does not say. */
  readonly inPort: number;
}

const fields = () => ({
  /** Where the switch holds the packet; {@link NO_BUFFER} where it does not. */
  bufferId: u32(NO_BUFFER),
  /** The length of the whole packet; more than 65535 only in the form `nxt2`. */
  totalLen: u32(0, { unit: "bytes" }),
  reason: enumeration(U8, PacketInReason, 0),
  /** The table whose flow sent it. */
  tableId: u8(0, { absent: "drop" }),
  /** The cookie of that flow; all ones where there is none. */
  cookie: u64(0xffffffffffffffffn, { absent: "drop" }),
  /** What the packet carried along: the port it came in by, metadata, tunnel. */
  match: lazy(match()),
  data: lazy(bytes()),
  /** What the flow's action gave along for the controller. Form `nxt2` */
  userdata: bytes(),
  /**
   * What the switch has to know to go on with the packet: sent back in a {@link Resume} as it is. One that cannot be read, or that encoding would change, is one unknown element with all of its bytes.
   * Form `nxt2`
   */
  continuation: continuation(),
  /** Properties that are none of the other fields; all of them where the fields cannot say what was received, see `lift`. Form `nxt2` */
  properties: list(PACKET_IN_PROPERTIES as unknown as Element<ExperimenterProperty | UnknownElement>),
});

/**
 * A packet, or the start of one, that the switch sends to the controller. `match` and `data` are decoded when asked for; `data` is
 * borrowed until the handler returns, and `own()` keeps it. Nicira's forms are `nxt` and `nxt2`. OpenFlow 1.3 §7.4.1; Open vSwitch nicira-ext.h (NXT_PACKET_IN, NXT_PACKET_IN2)
 */
export const PacketIn = message(
  "PacketIn",
  "packet-in",
  fields(),
  {
    "1.0": { key: [10], slots: ["bufferId", "totalLen:u16", { match: IN_PORT10 }, "reason", "pad:1", "data"] },
    "1.1": { key: [10], slots: ["bufferId", { match: PORTS11 }, "totalLen:u16", "reason", "tableId", "data"] },
    "1.2": { key: [10], slots: ["bufferId", "totalLen:u16", "reason", "tableId", "match", "pad:2", "data"] },
    "1.3+": { key: [10], slots: ["bufferId", "totalLen:u16", "reason", "tableId", "cookie", "match", "pad:2", "data"] },
  },
  {
    get inPort(): number {
      const m = this as unknown as Received;
      const { matchAt: at, chunk } = m;
      if (m.format !== "" || at < 0 || chunk === undefined) return m.match.inPort ?? 0;
      if (chunk.epoch !== m.epoch) {
        throw new SouthboundError(
          "ERR_BORROWED",
          "PacketIn.inPort was read after its handler had returned: call own() on the message inside the handler to keep it",
        );
      }
      const { dv } = chunk;
      if (m.version === 1) return portFrom16(dv.getUint16(at));
      if (m.version === 2) return dv.getUint32(at);
      // in nearly every packet-in the port is the first OXM
      if (dv.getUint16(at + 2) >= 12 && dv.getUint32(at + 4) === IN_PORT_HEADER) return dv.getUint32(at + 8);
      return m.match.inPort ?? 0;
    },
  } as unknown as PacketInData,
  {
    nxt: {
      "1.0+": {
        key: NXT(17),
        slots: [
          "bufferId",
          "totalLen:u16",
          "reason",
          "tableId",
          "cookie",
          "lengthOf:match",
          "pad:6",
          { match: NX_MATCH },
          "align:8",
          "pad:2",
          "data",
        ],
      },
    },
    nxt2: { "1.0+": { key: NXT(30), slots: [PACKET_IN_SLOT], ovs: { name: "PACKET_IN2" } } },
  },
);
/** See the class. */
export type PacketIn = InstanceType<typeof PacketIn>;

/**
 * Has the switch go on with a packet that it sent to the controller with a continuation: the fields are those of the {@link PacketIn}, of which the controller may change
 * the packet and its metadata. Open vSwitch nicira-ext.h (NXT_RESUME)
 */
export const Resume = message("Resume", "resume", fields(), { "1.0+": { key: NXT(28), slots: [PACKET_IN_SLOT] } });
/** See the class. */
export type Resume = InstanceType<typeof Resume>;
