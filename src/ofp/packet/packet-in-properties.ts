import { Chunk } from "../../bytes/mod.js";
import {
  bytes,
  type Codec,
  type Element,
  enumeration,
  type Field,
  field,
  type Kind,
  lift,
  list,
  opaque,
  Parts,
  U8,
  UnknownElement,
  u8,
  u32,
  u64,
  union,
} from "../../schema/mod.js";
import { actions } from "../action/table.js";
import { ExperimenterProperty } from "../experimenter-property.js";
import { OXM_LIST } from "../oxm/codec.js";
import { ANY_PACKET } from "../oxm/match.js";
import { PROPERTY_HEADER, property } from "../property.js";
import { NO_BUFFER, PacketInReason } from "./packet-in-reason.js";

/** The bridge that the packet is in, as a UUID. Open vSwitch ofp-packet.c (NXCPT_BRIDGE) */
export const ContinuationBridge = property(
  "ContinuationBridge",
  "bridge",
  { uuid: opaque(16) },
  { "1.0+": { key: [0x8000], slots: ["uuid"] } },
);
/** One value on the stack, from its top. Open vSwitch ofp-packet.c (NXCPT_STACK) */
export const ContinuationStack = property(
  "ContinuationStack",
  "stack",
  {
    /** Up to 128 bytes. */
    value: bytes(),
  },
  { "1.0+": { key: [0x8001], slots: ["value"] } },
);
/** Which mirrors the packet went to. Open vSwitch ofp-packet.c (NXCPT_MIRRORS) */
export const ContinuationMirrors = property(
  "ContinuationMirrors",
  "mirrors",
  { mirrors: u32() },
  { "1.0+": { key: [0x8002], slots: ["mirrors"] } },
);
/** Says that the packet's connection is tracked. Open vSwitch ofp-packet.c (NXCPT_CONNTRACKED) */
export const ContinuationConntracked = property(
  "ContinuationConntracked",
  "conntracked",
  {},
  { "1.0+": { key: [0x8003], slots: ["rest"] } },
);
/** The table of the actions that follow. Open vSwitch ofp-packet.c (NXCPT_TABLE_ID) */
export const ContinuationTable = property(
  "ContinuationTable",
  "table",
  { tableId: u8() },
  { "1.0+": { key: [0x8004], slots: ["tableId", "rest"] } },
);
/** The cookie of the flow of the actions that follow. Open vSwitch ofp-packet.c (NXCPT_COOKIE) */
export const ContinuationCookie = property(
  "ContinuationCookie",
  "cookie",
  { cookie: u64() },
  { "1.0+": { key: [0x8005], slots: ["pad:4", "cookie"] } },
);
/** What is still to be done with the packet. Open vSwitch ofp-packet.c (NXCPT_ACTIONS) */
export const ContinuationActions = property(
  "ContinuationActions",
  "actions",
  { actions: actions() },
  { "1.0+": { key: [0x8006], slots: ["pad:4", "actions"] } },
);
/** The packet's action set. Open vSwitch ofp-packet.c (NXCPT_ACTION_SET) */
export const ContinuationActionSet = property(
  "ContinuationActionSet",
  "action-set",
  { actions: actions() },
  { "1.0+": { key: [0x8007], slots: ["pad:4", "actions"] } },
);
/** The port of the datapath that the packet came in by. Open vSwitch ofp-packet.c (NXCPT_ODP_PORT) */
export const ContinuationPort = property(
  "ContinuationPort",
  "datapath-port",
  { port: u32() },
  { "1.0+": { key: [0x8008], slots: ["port"] } },
);

/** What a switch has to know to go on with a packet. It is the switch's own; a controller sends it back as it is. Open vSwitch ofp-packet.c (nx_continuation_prop_type) */
export const CONTINUATION_PROPERTIES = union("continuation property", PROPERTY_HEADER, "OFPBPC_BAD_TYPE", [
  ContinuationBridge,
  ContinuationStack,
  ContinuationMirrors,
  ContinuationConntracked,
  ContinuationTable,
  ContinuationCookie,
  ContinuationActions,
  ContinuationActionSet,
  ContinuationPort,
  ExperimenterProperty,
]);

/** One property of a continuation. */
export type ContinuationProperty =
  | InstanceType<
      | typeof ContinuationBridge
      | typeof ContinuationStack
      | typeof ContinuationMirrors
      | typeof ContinuationConntracked
      | typeof ContinuationTable
      | typeof ContinuationCookie
      | typeof ContinuationActions
      | typeof ContinuationActionSet
      | typeof ContinuationPort
      | typeof ExperimenterProperty
    >
  | UnknownElement;

const PARTS = list(CONTINUATION_PROPERTIES as Element<ContinuationProperty>);
/** What a continuation is encoded to, to see whether that gives the same bytes. */
let again: Chunk | undefined;

/** A continuation as its bytes: an unknown property without a key. */
const isWhole = (value: readonly ContinuationProperty[]): value is readonly [UnknownElement] =>
  value.length === 1 && value[0] instanceof UnknownElement && value[0].key.length === 0;

/** The properties, where they are all there is to say: encoded again they give the same bytes. */
function readContinuation(codec: Codec<readonly ContinuationProperty[]>, c: Chunk, p: number, end: number) {
  const size = end - p;
  again ??= new Chunk(0x1_0000);
  try {
    const found = codec.decode(c, p, end);
    if (codec.encode(again, 0, found) !== size) return undefined;
    for (let i = 0; i < size; i++) if (again.u8[i] !== c.u8[p + i]) return undefined;
    return found;
  } catch {
    // whatever is wrong with it, it is another's: nobody else has to understand it
    return undefined;
  }
}

/**
 * A continuation is private to the switch, which gets it back as it was. One that cannot be read, or that would not be the same when encoded again, is a single {@link UnknownElement} without a key that has
 * all of its bytes. Open vSwitch 3.1 sends such ones: an instruction where an action is wanted.
 */
const CONTINUATION: Kind<readonly ContinuationProperty[]> = {
  ...PARTS.kind,
  codec(version, mode) {
    const codec = PARTS.kind.codec(version, mode);
    return {
      ...codec,
      decode: (c, p, end) => readContinuation(codec, c, p, end) ?? [new UnknownElement([], c.u8.slice(p, end))],
      encode(c, p, value) {
        if (!isWhole(value)) return codec.encode(c, p, value);
        const { bytes } = value[0];
        c.u8.set(bytes, p);
        return p + bytes.length;
      },
    };
  },
};

/** A field that holds a continuation. */
export const continuation = (): Field<readonly ContinuationProperty[]> => field(CONTINUATION, PARTS.init);

const Packet = property("PacketInPacket", "packet", { data: bytes() }, { "1.0+": { key: [0], slots: ["data"] } });
const FullLength = property("PacketInLength", "full-length", { totalLen: u32() }, { "1.0+": { key: [1], slots: ["totalLen"] } });
const Buffered = property("PacketInBuffer", "buffer", { bufferId: u32(NO_BUFFER) }, { "1.0+": { key: [2], slots: ["bufferId"] } });
const FromTable = property("PacketInTable", "table", { tableId: u8() }, { "1.0+": { key: [3], slots: ["tableId", "rest"] } });
const Cookie = property(
  "PacketInCookie",
  "cookie",
  { cookie: u64(0xffffffffffffffffn) },
  { "1.0+": { key: [4], slots: ["pad:4", "cookie"] } },
);
const Reason = property(
  "PacketInReason",
  "reason",
  { reason: enumeration(U8, PacketInReason, 0) },
  { "1.0+": { key: [5], slots: ["reason", "rest"] } },
);
const Metadata = property(
  "PacketInMetadata",
  "metadata",
  { match: field(OXM_LIST, ANY_PACKET) },
  { "1.0+": { key: [6], slots: ["match"] } },
);
const Userdata = property("PacketInUserdata", "userdata", { userdata: bytes() }, { "1.0+": { key: [7], slots: ["userdata"] } });
const Continuation = property(
  "PacketInContinuation",
  "continuation",
  { continuation: continuation() },
  { "1.0+": { key: [8], slots: ["pad:4", "continuation"] } },
);

/** The properties of Nicira's second packet-in, and of the message that has the packet go on. Open vSwitch nicira-ext.h (nx_packet_in2_prop_type) */
export const PACKET_IN_PROPERTIES = union("packet-in property", PROPERTY_HEADER, "OFPBPC_BAD_TYPE", [
  Packet,
  FullLength,
  Buffered,
  FromTable,
  Cookie,
  Reason,
  Metadata,
  Userdata,
  Continuation,
  ExperimenterProperty,
]);

const always = (): boolean => true;

/** The fields that give the length of the whole packet. */
interface Lengths {
  readonly totalLen?: number;
  readonly data?: Uint8Array;
}

/** The length of the whole packet is given where less than all of it is there; 0 gives none. */
const saysLength = (values: Lengths): boolean => values.totalLen !== 0 && values.totalLen !== (values.data?.length ?? 0);

const ALL = lift(PACKET_IN_PROPERTIES, "properties", [
  { type: Packet, always },
  { type: FullLength, says: saysLength },
  { type: Buffered },
  { type: FromTable, always },
  { type: Cookie },
  { type: Reason, always },
  { type: Metadata, always },
  { type: Continuation },
  { type: Userdata },
]);

/** The slot of these properties. */
export const PACKET_IN_SLOT = new Parts(
  ALL.name,
  ALL.names,
  (version, mode) => {
    const inner = ALL.codec(version, mode);
    return {
      decode(c, p, end) {
        const found = inner.decode(c, p, end) as Lengths;
        return { ...found, totalLen: found.totalLen || (found.data?.length ?? 0) };
      },
      encode: (c, p, values) => inner.encode(c, p, values),
      extent: (c, p, end) => inner.extent(c, p, end),
    };
  },
  true,
);
