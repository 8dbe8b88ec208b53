/**
 * The OpenFlow protocol: messages, matches, actions, instructions and errors, each one table.
 * Floor 2: imports `schema`, `bytes` and `errors`.
 * @packageDocumentation
 */

export { ControllerAction, type ControllerProperty } from "./action/controller.js";
export { Decap, Encap, type EncapProperty, type NshMdType, type NshTlv, PacketType, type UnknownEncapProperty } from "./action/encap.js";
export { actionOfField, asSetField, type FieldAction, fieldAction } from "./action/field-actions.js";
export { CheckPktLarger, CopyField, DeleteField, OutputReg, RegLoad, StackPop, StackPush } from "./action/fields.js";
export { Bundle, BundleAlgorithm, BundleLoad, HashFields, Multipath, MultipathAlgorithm } from "./action/hash.js";
export type { ActionFormat } from "./action/header.js";
export { Learn, LearnFlags } from "./action/learn.js";
export { LearnSpec, type LearnTarget } from "./action/learn-spec.js";
export { Nat, NatFlags, NatRange } from "./action/nat.js";
export {
  Conjunction,
  CtClear,
  DebugRecirc,
  DebugSlow,
  DecNshTtl,
  Exit,
  FinTimeout,
  Note,
  OutputTrunc,
  PopQueue,
  Resubmit,
  Sample,
  SampleDirection,
  SetTunnel,
  WriteMetadataAction,
} from "./action/nicira.js";
export {
  SetEthDst,
  SetEthSrc,
  SetIpv4Dst,
  SetIpv4Src,
  SetMplsLabel,
  SetMplsTc,
  SetNwEcn,
  SetNwTos,
  SetTpDst,
  SetTpSrc,
  SetVlanPcp,
  SetVlanVid,
} from "./action/set.js";
export {
  CopyTtlIn,
  CopyTtlOut,
  DecMplsTtl,
  DecNwTtl,
  Enqueue,
  Group,
  MeterAction,
  Output,
  PopMpls,
  PopPbb,
  PopVlan,
  PushMpls,
  PushPbb,
  PushVlan,
  SetField,
  SetMplsTtl,
  SetNwTtl,
  SetQueue,
} from "./action/standard.js";
export { FieldRef, Subfield } from "./action/subfield.js";
export type { ZoneOrField } from "./action/subfield-kinds.js";
export { ACTIONS, type Action, Clone, type CloneFields, Ct, type CtFields, CtFlags } from "./action/table.js";
export { ASYNC_PROPERTIES, GetAsyncReply, GetAsyncRequest, SetAsync } from "./async-config.js";
export {
  BarrierReply,
  BarrierRequest,
  ConfigFlags,
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
export {
  BUNDLE_PROPERTIES,
  BundleControl,
  BundleControlType,
  BundleFlags,
  type BundleProperty,
  BundleTime,
  Time,
} from "./bundle/bundle.js";
export {
  BUNDLE_FEATURE_PROPERTIES,
  BundleFeatureFlags,
  BundleFeaturesReply,
  BundleFeaturesRequest,
  BundleTimeFeatures,
} from "./bundle/bundle-features.js";
export {
  ChannelStatus,
  CONTROLLER_PROPERTIES,
  ControllerInfo,
  ControllerStatus,
  ControllerStatusReason,
  ControllerStatusReply,
  ControllerStatusRequest,
  ControllerUri,
} from "./controller-status.js";
export {
  CT_FLUSH_PROPERTIES,
  CT_TUPLE_PROPERTIES,
  CtDestination,
  CtDestinationPort,
  CtFlush,
  type CtFlushProperty,
  CtIcmpCode,
  CtIcmpId,
  CtIcmpType,
  CtLabel,
  CtLabelMask,
  CtMark,
  CtMarkMask,
  CtOriginal,
  CtReply,
  CtSource,
  CtSourcePort,
  type CtTupleProperty,
  CtZoneId,
} from "./ct-flush.js";
export { DescReply, DescRequest, PortDescReply, PortDescRequest } from "./desc.js";
export { EncodedMessages } from "./encoded-messages.js";
export { ERROR_DATA_MAX, ErrorMessage, errorNameOf, errorReply } from "./error/error.js";
export { errorMeaning } from "./error/meaning.js";
export { errorName, errorPair, errorPlace } from "./error/names.js";
export { ERRORS, type ErrorPair, type ErrorPlaces } from "./error/table.js";
export { ExperimenterProperty } from "./experimenter-property.js";
export { Capabilities, FeaturesReply } from "./features.js";
export { FlowCounters, FlowCountersReason, FlowCountersReply, FlowCountersRequest } from "./flow/flow-counters.js";
export { FlowModFlags } from "./flow/flow-flags.js";
export { ALL_TABLES, FlowMod, FlowModCommand, SAME_COOKIE } from "./flow/flow-mod.js";
export {
  FLOW_UPDATES,
  FlowAbbreviated,
  FlowAdded,
  FlowDeleted,
  FlowInitial,
  FlowModified,
  FlowMonitor,
  FlowMonitorCommand,
  FlowMonitorFlags,
  FlowMonitorReply,
  FlowMonitorRequest,
  type FlowUpdate,
  FlowUpdatesPaused,
  FlowUpdatesResumed,
} from "./flow/flow-monitor.js";
export { FlowMonitorCancel, FlowMonitorPaused, FlowMonitorResumed } from "./flow/flow-monitor-control.js";
export { FlowRemoved, FlowRemovedReason } from "./flow/flow-removed.js";
export {
  AggregateStatsReply,
  AggregateStatsRequest,
  FlowStats,
  FlowStatsReply,
  FlowStatsRequest,
  NX_FLOW_STATS,
} from "./flow/flow-stats.js";
export { NO_AGE, NOT_TOLD } from "./flow/oxs.js";
export { BUCKET_PROPERTIES, Bucket, BucketNo, type BucketProperty, BucketWeight, WatchGroup, WatchPort } from "./group/bucket.js";
export { GroupMod, GroupModCommand, GroupType } from "./group/group.js";
export { GroupNo } from "./group/group-no.js";
export { GROUP_PROPERTIES, type GroupProperty, SelectionMethod, SelectionMethodOld } from "./group/group-property.js";
export {
  BucketStats,
  GroupCapabilities,
  GroupDesc,
  GroupDescReply,
  GroupDescRequest,
  GroupFeaturesReply,
  GroupFeaturesRequest,
  GroupStats,
  GroupStatsReply,
  GroupStatsRequest,
  GroupTypes,
} from "./group/group-stats.js";
export { HELLO_ELEMENTS, Hello, type HelloElement, VersionBitmap } from "./hello.js";
export { ActionId, ActionType, InstructionId, InstructionType, type OxmId, oxmId } from "./id-list.js";
export {
  ALL_WILDCARDS10,
  EXPERIMENTER,
  EXPERIMENTER_HEADER_SIZE,
  EXPERIMENTER_MESSAGE,
  ExperimenterId,
  HEADER_SIZE,
  MessageType,
  MULTIPART_FLAGS_AT,
  MULTIPART_REPLY,
} from "./ids.js";
export { StatTrigger, StatTriggerFlags } from "./instruction/stat-trigger.js";
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
export { IpfixBridgeReply, IpfixBridgeRequest, IpfixFlowReply, IpfixFlowRequest, IpfixStats } from "./ipfix.js";
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
export { hasMore, type MessageKind, messageKind, peekMessage } from "./message-kind.js";
export {
  BundleAddMessage,
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
  RequestForward,
} from "./messages.js";
export {
  BANDS,
  type Band,
  DropBand,
  DscpRemarkBand,
  ExperimenterBand,
  MeterFlags,
  MeterMod,
  MeterModCommand,
  MeterNo,
} from "./meter/meter.js";
export {
  BandStats,
  BandTypes,
  MeterConfig,
  MeterConfigReply,
  MeterConfigRequest,
  MeterFeatureFlags,
  MeterFeaturesReply,
  MeterFeaturesRequest,
  MeterStats,
  MeterStatsReply,
  MeterStatsRequest,
} from "./meter/meter-stats.js";
export type { NestedMessage } from "./nested-message.js";
export {
  CtFlushZone,
  FlowAge,
  FlowFormat,
  FlowModTableId,
  PacketInFormat,
  SetControllerId,
  SetFlowFormat,
  SetPacketInFormat,
} from "./nicira.js";
export { oxmOf } from "./oxm/entry.js";
export {
  type FieldWords,
  type Maskable,
  type MatchFormat,
  type OvsField,
  OXM,
  OXM_FIELDS,
  type OxmField,
  type OxmForm,
  type OxmLiterals,
  type OxmName,
  type OxmValue,
  type OxmValues,
  type PacketHeader,
  type PacketPlaces,
  type Prerequisite,
  type ValueFormat,
} from "./oxm/fields.js";
export { EXPERIMENTER_CLASS } from "./oxm/header.js";
export { and, type Masked } from "./oxm/masked.js";
export { ANY_PACKET, type MatchInit, type MatchWire, masked } from "./oxm/match.js";
export { MatchEntry } from "./oxm/match-entry.js";
export { prefix } from "./oxm/match-literal.js";
export { PacketIn, type PacketInData, Resume } from "./packet/packet-in.js";
export {
  CONTINUATION_PROPERTIES,
  ContinuationActionSet,
  ContinuationActions,
  ContinuationBridge,
  ContinuationConntracked,
  ContinuationCookie,
  ContinuationMirrors,
  ContinuationPort,
  type ContinuationProperty,
  ContinuationStack,
  ContinuationTable,
  PACKET_IN_PROPERTIES,
} from "./packet/packet-in-properties.js";
export { NO_BUFFER, PacketInReason } from "./packet/packet-in-reason.js";
export { PacketOut } from "./packet/packet-out.js";
export { unknownReason } from "./packet/unknown-reason.js";
export { Port, PortConfig, PortReason, PortState, PortStatus } from "./port/port.js";
export { PortFeatures } from "./port/port-features.js";
export { EthernetPortMod, OpticalPortMod, PORT_MOD_PROPERTIES, PortMod, type PortModProperty } from "./port/port-mod.js";
export { PortNo, portFrom16, portName, portTo16 } from "./port/port-no.js";
export {
  EthernetPort,
  OpticalFeatures,
  OpticalPort,
  PipelineInput,
  PipelineOutput,
  PORT_PROPERTIES,
  type PortProperty,
  Recirculate,
} from "./port/port-property.js";
export { PortStats, PortStatsReply, PortStatsRequest } from "./port/port-stats.js";
export {
  type CustomCounter,
  CustomPortStats,
  EthernetPortStats,
  NO_COUNT,
  OpticalPortStats,
  OpticalStatsFlags,
  PORT_STATS_PROPERTIES,
  type PortStatsProperty,
  Rfc2819PortStats,
} from "./port/port-stats-property.js";
export {
  ALL_QUEUES,
  MaxRate,
  MinRate,
  NO_RATE,
  QUEUE_PROPERTIES,
  Queue,
  QueueGetConfigReply,
  QueueGetConfigRequest,
  type QueueProperty,
} from "./queue/queue.js";
export { QueueDescReply, QueueDescRequest, QueueStats, QueueStatsReply, QueueStatsRequest } from "./queue/queue-stats.js";
export {
  answers,
  type Collected,
  type CollectedOf,
  collected,
  isReply,
  isRequest,
  type ListRequest,
  listOfReply,
  REPLIES,
  type ReplyOf,
  type Request,
} from "./replies.js";
export { ControllerRole, NO_CONTROLLER_ID, ROLE_PROPERTIES, RoleReason, RoleReply, RoleRequest, RoleStatus } from "./role.js";
export { Match } from "./syntax/everyday.js";
export { TableDescReply, TableDescRequest } from "./table/table-desc.js";
export {
  TableFeatureFlags,
  TableFeatures,
  TableFeaturesCommand,
  TableFeaturesReply,
  TableFeaturesRequest,
} from "./table/table-features.js";
export {
  EvictionFlags,
  TABLE_MOD_PROPERTIES,
  TableConfig,
  TableDesc,
  TableEviction,
  TableMod,
  type TableModProperty,
  TableReason,
  TableStatus,
  TableVacancy,
} from "./table/table-mod.js";
export { type KnownTableProperty, TABLE_PROPERTIES, type TableProperty, tableProperty } from "./table/table-property.js";
export { TableStats, TableStatsReply, TableStatsRequest } from "./table/table-stats.js";
export { TlvMap, TlvTableCommand, TlvTableMod, TlvTableReply, TlvTableRequest } from "./tlv-table.js";
export { VLAN_PRESENT } from "./vlan.js";
