/**
 * The OpenFlow protocol: messages, matches, actions, instructions and errors, each one table.
 * Floor 2: imports `schema`, `bytes` and `errors`.
 * @packageDocumentation
 */

export {
  CopyTtlIn,
  CopyTtlOut,
  DecMplsTtl,
  DecNwTtl,
  Enqueue,
  Group,
  Output,
  PopMpls,
  PopVlan,
  PushMpls,
  PushVlan,
  SetEthDst,
  SetEthSrc,
  SetField,
  SetIpv4Dst,
  SetIpv4Src,
  SetMplsTtl,
  SetNwTos,
  SetNwTtl,
  SetQueue,
  SetTpDst,
  SetTpSrc,
  SetVlanPcp,
  SetVlanVid,
} from "./action/standard.js";
export { ACTIONS, type Action } from "./action/table.js";
export {
  BarrierReply,
  BarrierRequest,
  ConfigFlags,
  EchoReply,
  EchoRequest,
  Experimenter,
  FeaturesRequest,
  GetConfigReply,
  GetConfigRequest,
  SetConfig,
} from "./basic.js";
export { ERROR_DATA_MAX, ErrorMessage, errorNameOf, errorReply } from "./error/error.js";
export { ERRORS, type ErrorPair, errorName, errorPair } from "./error/table.js";
export { Capabilities, FeaturesReply } from "./features.js";
export { ALL_TABLES, FlowMod, FlowModCommand, FlowModFlags, FlowRemoved, FlowRemovedReason, GroupNo } from "./flow-mod.js";
export { HELLO_ELEMENTS, Hello, type HelloElement, VersionBitmap } from "./hello.js";
export {
  ApplyActions,
  apply,
  ClearActions,
  GotoTable,
  INSTRUCTIONS,
  type Instruction,
  Meter,
  WriteActions,
  WriteMetadata,
} from "./instruction/table.js";
export {
  type Direction,
  type MessageBase,
  type MessageClass,
  type MessageInit,
  type MessageShape,
  MORE,
  type MultipartBase,
  OFP_HEADER,
} from "./message.js";
export {
  decodeBytes,
  decodeMessage,
  encodeInto,
  encodeMessage,
  explainDecode,
  type KnownMessage,
  MAX_MESSAGE,
  MESSAGES,
  type Message,
  messageCodec,
  messageFromJSON,
} from "./messages.js";
export { DescReply, DescRequest, PortDescReply, PortDescRequest } from "./multipart/desc.js";
export { AggregateStatsReply, AggregateStatsRequest, FlowStats, FlowStatsReply, FlowStatsRequest } from "./multipart/flow.js";
export { PortStats, PortStatsReply, PortStatsRequest } from "./multipart/port-stats.js";
export {
  TABLE_PROPERTIES,
  TableFeatures,
  TableFeaturesReply,
  TableFeaturesRequest,
  type TableProperty,
  TableStats,
  TableStatsReply,
  TableStatsRequest,
  tableProperty,
} from "./multipart/table.js";
export { oxmOf } from "./oxm/entry.js";
export { type Maskable, OXM, OXM_FIELDS, type OxmField, type OxmName, type OxmValues, type Prerequisite } from "./oxm/fields.js";
export { ANY_PACKET, and, type Masked, Match, MatchEntry, type MatchInit, masked } from "./oxm/match.js";
export { shape } from "./oxm/shape.js";
export { NO_BUFFER, PacketIn, type PacketInData, PacketInReason } from "./packet-in.js";
export { PacketOut } from "./packet-out.js";
export { Port, PortConfig, PortFeatures, PortReason, PortState, PortStatus } from "./port.js";
export { PortNo, portFrom16, portName, portTo16 } from "./port-no.js";
