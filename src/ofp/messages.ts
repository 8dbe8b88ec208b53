import { Chunk, Writer } from "../bytes/mod.js";
import { DecodeError, SouthboundError } from "../errors/mod.js";
import {
  type Codec,
  defaultMode,
  type Kind,
  type Member,
  type Mode,
  type Union,
  type UnknownElement,
  union,
  type Version,
  versionName,
} from "../schema/mod.js";
import { GetAsyncReply, GetAsyncRequest, SetAsync } from "./async-config.js";
import {
  BarrierReply,
  BarrierRequest,
  EchoReply,
  EchoRequest,
  Experimenter,
  ExperimenterStatsReply,
  ExperimenterStatsRequest,
  FeaturesRequest,
  GetConfigReply,
  GetConfigRequest,
  SetConfig,
} from "./basic.js";
import { BundleControl, bundleAddMessage } from "./bundle/bundle.js";
import { BundleFeaturesReply, BundleFeaturesRequest } from "./bundle/bundle-features.js";
import { ControllerStatus, ControllerStatusReply, ControllerStatusRequest } from "./controller-status.js";
import { CtFlush } from "./ct-flush.js";
import { DescReply, DescRequest, PortDescReply, PortDescRequest } from "./desc.js";
import { ErrorMessage } from "./error/error.js";
import { FeaturesReply } from "./features.js";
import { FlowCountersReply, FlowCountersRequest } from "./flow/flow-counters.js";
import { FlowMod } from "./flow/flow-mod.js";
import { FlowMonitorReply, FlowMonitorRequest } from "./flow/flow-monitor.js";
import { FlowMonitorCancel, FlowMonitorPaused, FlowMonitorResumed } from "./flow/flow-monitor-control.js";
import { FlowRemoved } from "./flow/flow-removed.js";
import { AggregateStatsReply, AggregateStatsRequest, FlowStatsReply, FlowStatsRequest } from "./flow/flow-stats.js";
import { GroupMod } from "./group/group.js";
import {
  GroupDescReply,
  GroupDescRequest,
  GroupFeaturesReply,
  GroupFeaturesRequest,
  GroupStatsReply,
  GroupStatsRequest,
} from "./group/group-stats.js";
import { Hello } from "./hello.js";
import { IpfixBridgeReply, IpfixBridgeRequest, IpfixFlowReply, IpfixFlowRequest } from "./ipfix.js";
import { OFP_HEADER } from "./message.js";
import { MeterMod } from "./meter/meter.js";
import {
  MeterConfigReply,
  MeterConfigRequest,
  MeterFeaturesReply,
  MeterFeaturesRequest,
  MeterStatsReply,
  MeterStatsRequest,
} from "./meter/meter-stats.js";
import { messageWithin, type NestedMessage } from "./nested-message.js";
import { CtFlushZone, FlowAge, FlowModTableId, SetControllerId, SetFlowFormat, SetPacketInFormat } from "./nicira.js";
import { PacketIn, Resume } from "./packet/packet-in.js";
import { PacketOut } from "./packet/packet-out.js";
import { PortStatus } from "./port/port.js";
import { PortMod } from "./port/port-mod.js";
import { PortStatsReply, PortStatsRequest } from "./port/port-stats.js";
import { QueueGetConfigReply, QueueGetConfigRequest } from "./queue/queue.js";
import { QueueDescReply, QueueDescRequest, QueueStatsReply, QueueStatsRequest } from "./queue/queue-stats.js";
import { requestForward } from "./request-forward.js";
import { RoleReply, RoleRequest, RoleStatus } from "./role.js";
import { TableDescReply, TableDescRequest } from "./table/table-desc.js";
import { TableFeaturesReply, TableFeaturesRequest } from "./table/table-features.js";
import { TableMod, TableStatus } from "./table/table-mod.js";
import { TableStatsReply, TableStatsRequest } from "./table/table-stats.js";
import { TlvTableMod, TlvTableReply, TlvTableRequest } from "./tlv-table.js";

/** A message within a message. */
const WITHIN = messageWithin((): Kind<NestedMessage> => MESSAGES as Kind<unknown> as Kind<NestedMessage>);

/** Puts a message into a bundle. It has the transaction id of the message. In OpenFlow 1.3 the ONF's extension 230. OpenFlow 1.4 §7.3.9.6 (ofp_bundle_add_msg) */
export const BundleAddMessage = bundleAddMessage(WITHIN);
/** See the class. */
export type BundleAddMessage = InstanceType<typeof BundleAddMessage>;

/**
 * Notifies a controller of a change that another one made, by its message. In OpenFlow 1.0 to 1.2 Nicira's, in 1.3 the ONF's extension 187. OpenFlow 1.4 §7.4.6
 * (ofp_requestforward_header)
 */
export const RequestForward = requestForward(WITHIN);
/** See the class. */
export type RequestForward = InstanceType<typeof RequestForward>;

/** Every message. A new one is a class in this room and a line here. */
export const MESSAGES = union("message", OFP_HEADER, "OFPBRC_BAD_TYPE", [
  Hello,
  ErrorMessage,
  EchoRequest,
  EchoReply,
  Experimenter,
  ExperimenterStatsRequest,
  ExperimenterStatsReply,
  FeaturesRequest,
  FeaturesReply,
  GetConfigRequest,
  GetConfigReply,
  SetConfig,
  PacketIn,
  FlowRemoved,
  PortStatus,
  PacketOut,
  FlowMod,
  BarrierRequest,
  BarrierReply,
  DescRequest,
  DescReply,
  FlowStatsRequest,
  FlowStatsReply,
  AggregateStatsRequest,
  AggregateStatsReply,
  TableStatsRequest,
  TableStatsReply,
  PortStatsRequest,
  PortStatsReply,
  TableFeaturesRequest,
  TableFeaturesReply,
  PortDescRequest,
  PortDescReply,
  FlowCountersRequest,
  FlowCountersReply,
  GroupMod,
  GroupStatsRequest,
  GroupStatsReply,
  GroupDescRequest,
  GroupDescReply,
  GroupFeaturesRequest,
  GroupFeaturesReply,
  MeterMod,
  MeterStatsRequest,
  MeterStatsReply,
  MeterConfigRequest,
  MeterConfigReply,
  MeterFeaturesRequest,
  MeterFeaturesReply,
  QueueGetConfigRequest,
  QueueGetConfigReply,
  QueueDescRequest,
  QueueDescReply,
  QueueStatsRequest,
  QueueStatsReply,
  PortMod,
  TableMod,
  TableStatus,
  TableDescRequest,
  TableDescReply,
  RoleRequest,
  RoleReply,
  RoleStatus,
  GetAsyncRequest,
  GetAsyncReply,
  SetAsync,
  RequestForward,
  BundleControl,
  BundleAddMessage,
  BundleFeaturesRequest,
  BundleFeaturesReply,
  ControllerStatus,
  ControllerStatusRequest,
  ControllerStatusReply,
  FlowMonitorRequest,
  FlowMonitorReply,
  FlowMonitorCancel,
  FlowMonitorPaused,
  FlowMonitorResumed,
  SetFlowFormat,
  FlowModTableId,
  SetPacketInFormat,
  FlowAge,
  SetControllerId,
  TlvTableMod,
  TlvTableRequest,
  TlvTableReply,
  Resume,
  CtFlushZone,
  CtFlush,
  IpfixBridgeRequest,
  IpfixBridgeReply,
  IpfixFlowRequest,
  IpfixFlowReply,
]);

/** One message that a table describes; its `type` identifies it. */
export type KnownMessage = Member<typeof MESSAGES>;

/** One message; `type` identifies it, and is `unknown` for one that no table describes. */
export type Message = KnownMessage | UnknownElement;

/** The most bytes of a message. */
export const MAX_MESSAGE = 65535;

/** Room that an encoder is given beyond the longest message, so that a message that is too long is noticed by its length and not by a lack of room. */
const SLACK = 1024;

/** Room that is tried first: most messages fit, full-sized packets included. */
const FIRST_ROOM = 4096;

const all = MESSAGES as Union<KnownMessage>;

/** The codec of all messages of a version, for channels that decode many: it neither measures the message nor explains its errors. */
export function messageCodec(version: Version, mode: Mode = defaultMode()): Codec<Message> {
  return all.codec(version, mode) as Codec<Message>;
}

/**
 * Decodes the message in [p, end) of a chunk, or of bytes, which are not copied, in the version that its header says.
 * Lazy fields of the message (a packet-in's match and data) lie in the chunk: see `own()`.
 * @throws DecodeError, whose offset counts from the start of the message and whose path names the field
 */
export function decodeMessage(from: Chunk | Uint8Array, p = 0, end = from instanceof Uint8Array ? from.length : from.u8.length): Message {
  const c = from instanceof Uint8Array ? new Chunk(from) : from;
  if (end - p < 8) throw new DecodeError("OFPBRC_BAD_LEN", `a message has 8 bytes at least, this one ${end - p}`, 0);
  const version = c.dv.getUint8(p);
  const length = c.dv.getUint16(p + 2);
  if (version < 1 || version > 6) throw new DecodeError("OFPBRC_BAD_VERSION", `OpenFlow ${versionName(version)}`, 0);
  if (length !== end - p) throw new DecodeError("OFPBRC_BAD_LEN", `the header says ${length} bytes and there are ${end - p}`, 2);
  try {
    return messageCodec(version as Version).decode(c, p, end);
  } catch (e) {
    throw explainDecode(e, c, p, end);
  }
}

/** The error of a message that did not decode, with its offset counted from the start of the message and the path of the field, which the interpreter finds. */
export function explainDecode(e: unknown, c: Chunk, p: number, end: number): unknown {
  if (!(e instanceof DecodeError)) return e;
  let found = e;
  if (e.path === "") {
    try {
      messageCodec(c.dv.getUint8(p) as Version, "interpreted").decode(c, p, end);
    } catch (again) {
      if (again instanceof DecodeError) found = again;
    }
  }
  return new DecodeError(found.reason, found.what, found.offset - p, found.path);
}

/**
 * Encodes a message into bytes that the caller owns.
 * @throws SouthboundError `ERR_UNSUPPORTED` where the version cannot express it, `ERR_RANGE` where a value does not fit, `ERR_TOO_LONG`
 */
export function encodeMessage(m: Message, version: Version): Uint8Array {
  const writer = new Writer(FIRST_ROOM);
  writer.length = encodeInto(writer, m, version);
  return writer.take();
}

/** Encodes a message behind what is in the writer, which grows as needed, and answers where it ends. The writer's length stays as it is. */
export function encodeInto(writer: Writer, m: Message, version: Version): number {
  const codec = messageCodec(version);
  for (let room = FIRST_ROOM; ; room = MAX_MESSAGE + SLACK) {
    const p = writer.reserve(room);
    try {
      const end = codec.encode(writer.chunk, p, m);
      if (end - p > MAX_MESSAGE) throw tooLong();
      return end;
    } catch (e) {
      const full = e instanceof RangeError || (SouthboundError.is(e) && e.code === "ERR_TOO_LONG");
      if (!full) throw e;
      if (room > FIRST_ROOM) throw tooLong(e);
    }
  }
}

const tooLong = (cause?: unknown): SouthboundError =>
  new SouthboundError(
    "ERR_TOO_LONG",
    `a message has at most ${MAX_MESSAGE} bytes: send it in parts`,
    cause === undefined ? undefined : { cause },
  );

/** Reads what {@link Message.toJSON} wrote. Throws `ERR_USAGE`. */
export function messageFromJSON(json: Parameters<typeof all.fromJSON>[0]): Message {
  return all.fromJSON(json) as Message;
}

/** A message in bytes, decoded; the bytes are not copied, and stay as they are. See {@link decodeMessage}. */
export function decodeBytes(bytes: Uint8Array): Message {
  return decodeMessage(new Chunk(bytes));
}
