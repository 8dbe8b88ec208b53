import { fromHex, toHex } from "../../../bytes/mod.js";
import { Decap, Encap, type EncapProperty, PacketType } from "../../action/encap.js";
import { bytesText } from "../match/field-text.js";
import { readU8, readU16 } from "../parse/c-number.js";
import { Pairs } from "../parse/pairs.js";
import { SINCE_13 } from "../parse/protocols.js";
import { round8 } from "../parse/reading.js";
import { Scanner } from "../parse/scan.js";
import { inWhole, refuse } from "../parse/syntax-fault.js";
import { hex, hexDigits } from "../words.js";
import { act } from "./act.js";
import type { ActionOf, Words } from "./shapes.js";
import { choice } from "./value-kinds.js";

/*
 * The actions that put a header in front of a packet, and take it off.
 */

const PACKET = choice(
  "HEADER",
  {
    [PacketType.Ethernet]: "ethernet",
    [PacketType.Nsh]: "nsh",
    [PacketType.Mpls]: "mpls",
    [PacketType.MplsMulticast]: "mpls_mc",
  },
  () => "UNKNOWN",
);

const DIGITS = /[0-9a-fA-F]+/y;
const MOST_DIGITS = 251;

/** Open vSwitch ofp-ed-props.c (parse_ed_prop_value) */
function tlv(value: string): EncapProperty {
  const scan = new Scanner(value);
  const wrong = (): never => refuse(`Invalid NSH TLV header: ${value}`);
  const past = (mark: string): void => {
    if (!scan.literal(mark)) wrong();
  };
  past("0x");
  const tlvClass = scan.integer(16, 16) ?? wrong();
  past(",");
  const tlvType = scan.integer(10, 8) ?? wrong();
  past(",0x");
  const digits = scan.set(DIGITS, MOST_DIGITS);
  if (digits === "") wrong();
  return { type: "nsh-tlv", tlvClass, tlvType, data: fromHex(digits.slice(0, digits.length & ~1)) };
}

function mdType(value: string): EncapProperty {
  const type = readU8(value, "md_type");
  return type === 1 || type === 2 ? { type: "nsh-md-type", mdType: type } : refuse("invalid md_type");
}

function readProperty(packetType: number, key: string, value: string): EncapProperty {
  if (packetType !== PacketType.Nsh || (key !== "md_type" && key !== "tlv")) refuse(`Invalid property: ${key}`);
  if (value === "") refuse("Value missing for encap property");
  return key === "md_type" ? mdType(value) : tlv(value);
}

function propertyText(p: EncapProperty): string {
  if (p.type === "nsh-md-type") return `md_type=${p.mdType}`;
  if (p.type === "nsh-tlv") return `tlv(${hexDigits(p.tlvClass, 4)},${p.tlvType},${bytesText(p.data)})`;
  return `unknown(${toHex(p.bytes)})`;
}

/** Irregular: the header is a key of its own, whose value has the properties. */
export const ENCAP: Words<ActionOf<"encap">> = {
  forms: ["encap(HEADER)", "encap(nsh([md_type=N][,tlv(CLASS,TYPE,VALUE)]...))"],
  print(a, o) {
    const properties = a.properties.length === 0 ? "" : `(${a.properties.map(propertyText).join(",")})`;
    return `encap(${PACKET.print(a.packetType, o)}${properties})`;
  },
  read: {
    encap(text, r) {
      r.protocols &= SINCE_13;
      const pairs = new Pairs(text);
      if (!pairs.next()) refuse(`Missing encap hdr: ${text}`);
      const packetType = PACKET.find(pairs.key) ?? refuse(`Encap hdr not supported: ${pairs.value}`);
      const properties: EncapProperty[] = [];
      let size = 16;
      const inner = new Pairs(pairs.value);
      try {
        while (inner.next()) {
          const property = readProperty(packetType, inner.key, inner.value);
          size += property.type === "nsh-tlv" ? 8 + round8(property.data.length) : 8;
          properties.push(property);
        }
      } catch (e) {
        throw inWhole(e, pairs.valueAt + inner.at, pairs.valueAt + inner.valueAt);
      }
      return act("encap", Encap.of({ packetType, properties }), size);
    },
  },
};

/** Open vSwitch openflow-common.h (OFPHTN_N_TYPES) */
const NAME_SPACES = 5;

/** Irregular: the type of packet is two numbers under one key. */
export const DECAP: Words<ActionOf<"decap">> = {
  forms: ["decap()", "decap(packet_type(ns=N,type=N))"],
  print: ({ packetType: type }) =>
    type === PacketType.NextProtocol ? "decap()" : `decap(packet_type(ns=${type >>> 16},type=${hex(type & 0xffff)}))`,
  read: {
    decap(text) {
      const pairs = new Pairs(text);
      if (!pairs.next()) return act("decap", Decap.of({}));
      if (pairs.key !== "packet_type") refuse(`Invalid decap argument: ${pairs.key}`, pairs.at);
      const inner = new Pairs(pairs.value);
      const attribute = (name: string): number =>
        inner.next() && inner.key === name ? readU16(inner.value, name) : refuse(`Missing packet_type attribute ${name}`);
      const space = attribute("ns");
      if (space >= NAME_SPACES) refuse(`Unsupported ns value: ${space}`);
      const type = attribute("type");
      return act("decap", Decap.of({ packetType: space * 65536 + type }));
    },
  },
};
