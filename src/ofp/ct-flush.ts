import { type Element, ipv6, list, type UnknownElement, u8, u16, u32, u128, union } from "../schema/mod.js";
import { ExperimenterProperty } from "./experimenter-property.js";
import { message, NXT } from "./message.js";
import { PROPERTY_HEADER, property } from "./property.js";

/** The source address. Open vSwitch nicira-ext.h (NXT_CT_TUPLE_SRC) */
export const CtSource = property(
  "CtSource",
  "source",
  {
    /** An IPv4 address stands in `::ffff:0:0/96`. */
    address: ipv6(),
  },
  { "1.0+": { key: [0], slots: ["address", "rest"] } },
);
/** The destination address. Open vSwitch nicira-ext.h (NXT_CT_TUPLE_DST) */
export const CtDestination = property(
  "CtDestination",
  "destination",
  {
    /** An IPv4 address stands in `::ffff:0:0/96`. */
    address: ipv6(),
  },
  { "1.0+": { key: [1], slots: ["address", "rest"] } },
);
/** The source port. Open vSwitch nicira-ext.h (NXT_CT_TUPLE_SRC_PORT) */
export const CtSourcePort = property("CtSourcePort", "source-port", { port: u16() }, { "1.0+": { key: [2], slots: ["port", "pad:2"] } });
/** The destination port. Open vSwitch nicira-ext.h (NXT_CT_TUPLE_DST_PORT) */
export const CtDestinationPort = property(
  "CtDestinationPort",
  "destination-port",
  { port: u16() },
  { "1.0+": { key: [3], slots: ["port", "pad:2"] } },
);
/** The identifier of an ICMP echo. Open vSwitch nicira-ext.h (NXT_CT_TUPLE_ICMP_ID) */
export const CtIcmpId = property("CtIcmpId", "icmp-id", { id: u16() }, { "1.0+": { key: [4], slots: ["id", "pad:2"] } });
/** The type of an ICMP packet. Open vSwitch nicira-ext.h (NXT_CT_TUPLE_ICMP_TYPE) */
export const CtIcmpType = property("CtIcmpType", "icmp-type", { icmpType: u8() }, { "1.0+": { key: [5], slots: ["icmpType"] } });
/** The code of an ICMP packet. Open vSwitch nicira-ext.h (NXT_CT_TUPLE_ICMP_CODE) */
export const CtIcmpCode = property("CtIcmpCode", "icmp-code", { icmpCode: u8() }, { "1.0+": { key: [6], slots: ["icmpCode"] } });

/** What identifies one direction of a connection. Open vSwitch nicira-ext.h (nx_ct_flush_tuple_tlv_type) */
export const CT_TUPLE_PROPERTIES = union("ct tuple property", PROPERTY_HEADER, "OFPBPC_BAD_TYPE", [
  CtSource,
  CtDestination,
  CtSourcePort,
  CtDestinationPort,
  CtIcmpId,
  CtIcmpType,
  CtIcmpCode,
  ExperimenterProperty,
]);

/** One property of a direction. */
export type CtTupleProperty =
  | InstanceType<
      | typeof CtSource
      | typeof CtDestination
      | typeof CtSourcePort
      | typeof CtDestinationPort
      | typeof CtIcmpId
      | typeof CtIcmpType
      | typeof CtIcmpCode
      | typeof ExperimenterProperty
    >
  | UnknownElement;

const tuple = () => ({ tuple: list(CT_TUPLE_PROPERTIES as Element<CtTupleProperty>) });

/** What the first packets of a connection have. Open vSwitch nicira-ext.h (NXT_CT_ORIG_TUPLE) */
export const CtOriginal = property("CtOriginal", "original", tuple(), { "1.0+": { key: [0], slots: ["pad:4", "tuple"] } });
/** What the packets back have. Open vSwitch nicira-ext.h (NXT_CT_REPLY_TUPLE) */
export const CtReply = property("CtReply", "reply", tuple(), { "1.0+": { key: [1], slots: ["pad:4", "tuple"] } });
/** The zone; all zones without it. Open vSwitch nicira-ext.h (NXT_CT_ZONE_ID) */
export const CtZoneId = property("CtZoneId", "zone", { zoneId: u16() }, { "1.0+": { key: [2], slots: ["zoneId", "pad:2"] } });
/** The mark of the connection. Open vSwitch nicira-ext.h (NXT_CT_MARK) */
export const CtMark = property("CtMark", "mark", { mark: u32() }, { "1.0+": { key: [3], slots: ["mark"] } });
/** The bits of the mark that count; all of them without it. Open vSwitch nicira-ext.h (NXT_CT_MARK_MASK) */
export const CtMarkMask = property("CtMarkMask", "mark-mask", { mask: u32() }, { "1.0+": { key: [4], slots: ["mask"] } });
/** The label of the connection. Open vSwitch nicira-ext.h (NXT_CT_LABELS) */
export const CtLabel = property("CtLabel", "label", { label: u128() }, { "1.0+": { key: [5], slots: ["label"] } });
/** The bits of the label that count; all of them without it. Open vSwitch nicira-ext.h (NXT_CT_LABELS_MASK) */
export const CtLabelMask = property("CtLabelMask", "label-mask", { mask: u128() }, { "1.0+": { key: [6], slots: ["mask"] } });

/** What identifies the connections to be forgotten. Open vSwitch nicira-ext.h (nx_ct_flush_tlv_type) */
export const CT_FLUSH_PROPERTIES = union("ct flush property", PROPERTY_HEADER, "OFPBPC_BAD_TYPE", [
  CtOriginal,
  CtReply,
  CtZoneId,
  CtMark,
  CtMarkMask,
  CtLabel,
  CtLabelMask,
  ExperimenterProperty,
]);

/** One property of the connections to be forgotten. */
export type CtFlushProperty =
  | InstanceType<
      | typeof CtOriginal
      | typeof CtReply
      | typeof CtZoneId
      | typeof CtMark
      | typeof CtMarkMask
      | typeof CtLabel
      | typeof CtLabelMask
      | typeof ExperimenterProperty
    >
  | UnknownElement;

/** Forgets the tracked connections that have all of the properties. Open vSwitch nicira-ext.h (NXT_CT_FLUSH) */
export const CtFlush = message(
  "CtFlush",
  "ct-flush",
  {
    /** The protocol above IP. */
    ipProto: u8(),
    properties: list(CT_FLUSH_PROPERTIES as Element<CtFlushProperty>),
  },
  { "1.0+": { key: NXT(32), slots: ["ipProto", "zero:7:NXBRC_MUST_BE_ZERO", "properties"] } },
);
/** See the class. */
export type CtFlush = InstanceType<typeof CtFlush>;
