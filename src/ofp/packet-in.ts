import type { Chunk } from "../bytes/mod.js";
import { SouthboundError } from "../errors/mod.js";
import { type Borrowing, bytes, enumeration, fixedKind, type Kind, lazy, U8, u8, u16, u32, u64 } from "../schema/mod.js";
import { message } from "./message.js";
import { match } from "./oxm/codec.js";
import { OXM } from "./oxm/fields.js";
import { Match } from "./oxm/match.js";
import { IN_PORT10 } from "./oxm/match10.js";
import { portFrom16 } from "./port-no.js";

/** No packet is buffered. */
export const NO_BUFFER = 0xffffffff;

/** Why a packet was sent to the controller. OpenFlow 1.3 §7.4.1, 1.4 §7.4.1 (ofp_packet_in_reason) */
export const PacketInReason = { NoMatch: 0, Action: 1, InvalidTtl: 2, ActionSet: 3, Group: 4, PacketOut: 5 } as const;

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
  (m) => m.entries.every((e) => e.field?.name === "inPort" || e.field?.name === "inPhyPort"),
  (m) => m.toJSON(),
  (j) => Match.fromJSON(j),
);

/** A packet-in as its accessor sees it: what the codec wrote beside the fields. */
interface Received {
  readonly version: number;
  readonly chunk: Chunk | undefined;
  readonly epoch: number;
  readonly match: Match;
  readonly matchAt: number;
  readonly matchEnd: number;
}

/** Where the data of a received packet-in lies, for readers that want no view of their own. */
export interface PacketInData extends Borrowing {
  /** The first byte of `data` in `chunk`; -1 where the message was not received. */
  readonly dataAt: number;
  /** Behind the last byte of `data` in `chunk`. */
  readonly dataEnd: number;
  /** The port that the packet came in by, read from the match without decoding it; 0 where the match does not say. */
  readonly inPort: number;
}

/**
 * A packet, or the start of one, that the switch sends to the controller. `match` and `data` are decoded when asked for; `data` is
 * borrowed until the handler returns, and `own()` keeps it. OpenFlow 1.3 §7.4.1
 */
export const PacketIn = message(
  "PacketIn",
  "packet-in",
  {
    /** Where the switch holds the packet; {@link NO_BUFFER} where it does not. */
    bufferId: u32(NO_BUFFER),
    /** The length of the whole packet. */
    totalLen: u16(0, { unit: "bytes" }),
    reason: enumeration(U8, PacketInReason, 0),
    /** The table whose flow sent it. */
    tableId: u8(0, { absent: "drop" }),
    /** The cookie of that flow; all ones where there is none. */
    cookie: u64(0xffffffffffffffffn, { absent: "drop" }),
    /** What the packet carried along: the port it came in by, metadata, tunnel. */
    match: lazy(match()),
    data: lazy(bytes()),
  },
  {
    "1.0": { key: [10], slots: ["bufferId", "totalLen", { match: IN_PORT10 }, "reason", "pad:1", "data"] },
    "1.1": { key: [10], slots: ["bufferId", { match: PORTS11 }, "totalLen", "reason", "tableId", "data"] },
    "1.2": { key: [10], slots: ["bufferId", "totalLen", "reason", "tableId", "match", "pad:2", "data"] },
    "1.3+": { key: [10], slots: ["bufferId", "totalLen", "reason", "tableId", "cookie", "match", "pad:2", "data"] },
  },
  {
    get inPort(): number {
      const m = this as unknown as Received;
      const { matchAt: at, chunk } = m;
      if (at < 0 || chunk === undefined) return m.match.inPort ?? 0;
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
      if (dv.getUint16(at + 2) >= 12 && dv.getUint32(at + 4) === OXM.inPort.header) return dv.getUint32(at + 8);
      return m.match.inPort ?? 0;
    },
  } as unknown as PacketInData,
);
/** See the class. */
export type PacketIn = InstanceType<typeof PacketIn>;
