import type { Chunk } from "../../bytes/mod.js";
import { fromHex, toHex } from "../../bytes/mod.js";
import { named, SouthboundError } from "../../errors/mod.js";
import { type Element, enumeration, fail, type Json, limited, list, U32, u16 } from "../../schema/mod.js";
import { action, nicira } from "./header.js";
import { put16 } from "./subfield.js";

/** What a packet begins with: a name space in the upper 16 bits, and a type in it. Name space 1 has EtherTypes. OpenFlow 1.5 §7.2.3.11 */
export const PacketType = named("PacketType", {
  Ethernet: 0x00000000,
  /** For {@link Decap}: what the header that is taken off says. */
  NextProtocol: 0x0000fffe,
  Nsh: 0x0001894f,
  Mpls: 0x00018847,
  MplsMulticast: 0x00018848,
});

const NSH_CLASS = 4;
/** The type of a network service header's property that holds the type of its metadata. (OFPPPT_PROP_NSH_MDTYPE) */
const MD_TYPE = 1;
/** The type of one that holds metadata of variable length. (OFPPPT_PROP_NSH_TLV) */
const TLV = 2;
/** Bytes of the header of a property of encap: class, type and length. Open vSwitch openflow-common.h (ofp_ed_prop_header) */
const ENCAP_PROPERTY_HEADER = 4;
const TLV_HEAD = 8;

const SHORT = "OFPBAC_BAD_LEN";
const BAD_PROPERTY = "NXBAC_BAD_ED_PROP";

/** The kind of metadata in a network service header that is put in front. (OFPPPT_PROP_NSH_MDTYPE) */
export interface NshMdType {
  readonly type: "nsh-md-type";
  readonly mdType: number;
}

/** Metadata of variable length in a network service header that is put in front. (OFPPPT_PROP_NSH_TLV) */
export interface NshTlv {
  readonly type: "nsh-tlv";
  readonly tlvClass: number;
  readonly tlvType: number;
  /** The value, 240 bytes at most; what pads it is zero. */
  readonly data: Uint8Array;
}

/** A property that nothing is known of; it is sent again byte for byte. */
export interface UnknownEncapProperty {
  readonly type: "unknown";
  /** The whole property with its padding. */
  readonly bytes: Uint8Array;
}

/** What describes a header that is put in front. */
export type EncapProperty = NshMdType | NshTlv | UnknownEncapProperty;

const padded = (length: number): number => (length + 7) & ~7;

/** The end of the property at `p` with its padding. */
function propertyEnd(c: Chunk, p: number, end: number): number {
  if (end - p < ENCAP_PROPERTY_HEADER) return fail(SHORT, "a property is cut short", p);
  const length = c.u8[p + 3]!;
  if (length < ENCAP_PROPERTY_HEADER || padded(length) > end - p) fail(SHORT, `length ${length} of a property`, p);
  return p + padded(length);
}

function readProperty(c: Chunk, p: number, end: number): EncapProperty {
  const length = c.u8[p + 3]!;
  if (c.dv.getUint16(p) === NSH_CLASS) {
    if (c.u8[p + 2] === MD_TYPE) {
      if (length > 8) fail(BAD_PROPERTY, `length ${length} of a metadata type`, p);
      return { type: "nsh-md-type", mdType: c.u8[p + 4]! };
    }
    if (c.u8[p + 2] === TLV) {
      const size = c.u8[p + 7]!;
      if (length !== TLV_HEAD + padded(size)) fail(BAD_PROPERTY, `length ${length} of metadata of ${size} bytes`, p);
      return {
        type: "nsh-tlv",
        tlvClass: c.dv.getUint16(p + 4),
        tlvType: c.u8[p + 6]!,
        data: c.u8.slice(p + TLV_HEAD, p + TLV_HEAD + size),
      };
    }
  }
  return { type: "unknown", bytes: c.u8.slice(p, end) };
}

const wrong = (why: string): never => {
  throw new SouthboundError("ERR_RANGE", `property: ${why}`);
};

const isByte = (v: number): boolean => v >>> 0 === v && v <= 255;

function writeProperty(c: Chunk, p: number, v: EncapProperty): number {
  if (v.type === "unknown") {
    const { bytes } = v;
    if (bytes.length < ENCAP_PROPERTY_HEADER || padded(bytes[3]!) !== bytes.length || bytes[3]! < ENCAP_PROPERTY_HEADER)
      wrong(`${bytes.length} bytes that are not one property`);
    c.u8.set(bytes, p);
    return p + bytes.length;
  }
  c.dv.setUint16(p, NSH_CLASS);
  if (v.type === "nsh-md-type") {
    if (!isByte(v.mdType)) wrong(`metadata type ${v.mdType}`);
    c.dv.setUint16(p + 2, (MD_TYPE << 8) | 5);
    c.dv.setUint32(p + 4, v.mdType * 0x1000000);
    return p + 8;
  }
  const { data } = v;
  if (!isByte(v.tlvType) || data.length > 240) wrong(`metadata of type ${v.tlvType} and ${data.length} bytes`);
  const end = p + TLV_HEAD + padded(data.length);
  c.dv.setUint16(p + 2, (TLV << 8) | (end - p));
  put16(c, p + 4, v.tlvClass, "tlvClass");
  c.dv.setUint16(p + 6, (v.tlvType << 8) | data.length);
  c.u8.fill(0, p + TLV_HEAD, end);
  c.u8.set(data, p + TLV_HEAD);
  return end;
}

function toJSON(v: EncapProperty): Json {
  switch (v.type) {
    case "unknown":
      return { type: v.type, bytes: toHex(v.bytes) };
    case "nsh-tlv":
      return { type: v.type, tlvClass: v.tlvClass, tlvType: v.tlvType, data: toHex(v.data) };
    default:
      return { type: v.type, mdType: v.mdType };
  }
}

function fromJSON(json: Json): EncapProperty {
  if (typeof json === "object" && json !== null && !Array.isArray(json)) {
    const { type, mdType, tlvClass, tlvType, data, bytes } = json;
    if (type === "nsh-md-type" && typeof mdType === "number") return { type, mdType };
    if (type === "unknown" && typeof bytes === "string") return { type, bytes: fromHex(bytes) };
    if (type === "nsh-tlv" && typeof tlvClass === "number" && typeof tlvType === "number" && typeof data === "string")
      return { type, tlvClass, tlvType, data: fromHex(data) };
  }
  throw new SouthboundError("ERR_USAGE", `${JSON.stringify(json)} is no property of a header: its type is nsh-md-type, nsh-tlv or unknown`);
}

/** The same for a check, by whose rules there is no other. */
function readKnown(c: Chunk, p: number, end: number): EncapProperty {
  const found = readProperty(c, p, end);
  return found.type === "unknown" ? fail("NXBAC_UNKNOWN_ED_PROP", "a property that is not known", p) : found;
}

const PROPERTY: Element<EncapProperty> = {
  name: "encapProperty",
  size: 0,
  frame: () => undefined,
  exact: () => 0,
  codec: (_version, mode) => ({ extent: propertyEnd, decode: mode === "checked" ? readKnown : readProperty, encode: writeProperty }),
  toJSON,
  fromJSON,
};

/** A header that a check lets a packet be given. */
const HEADER_TYPE = limited(
  U32,
  (type) => type !== PacketType.NextProtocol && (Object.values(PacketType) as number[]).includes(type),
  "NXBAC_BAD_HEADER_TYPE",
);

/** Puts a header in front. Nicira's action 46 (NXAST_ENCAP), after the draft of OpenFlow's own */
export const Encap = action(
  "Encap",
  "encap",
  {
    /** The size of the header; 0 leaves it to the switch. */
    hdrSize: u16(0, { unit: "bytes" }),
    packetType: enumeration(U32, PacketType, PacketType.Ethernet),
    properties: list(PROPERTY),
  },
  { "1.3+": { key: nicira(46), takes: { least: 16 }, slots: ["hdrSize", { packetType: HEADER_TYPE }, "properties"] } },
);
/** See the class. */
export type Encap = InstanceType<typeof Encap>;

/** Takes the outer header off. Nicira's action 47 (NXAST_DECAP), after the draft of OpenFlow's own */
export const Decap = action(
  "Decap",
  "decap",
  {
    /** What the packet is then. */
    packetType: enumeration(U32, PacketType, PacketType.NextProtocol),
  },
  { "1.0+": { key: nicira(47), slots: ["pad:2", "packetType", "end:NXBAC_UNKNOWN_ED_PROP"] } },
);
/** See the class. */
export type Decap = InstanceType<typeof Decap>;
