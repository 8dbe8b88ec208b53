import { fromHex } from "../../../bytes/mod.js";
import { Decap, Encap, type EncapProperty, PacketType } from "../../action/encap.js";
import { readU8, readU16 } from "../parse/c-number.js";
import { Pairs } from "../parse/pairs.js";
import { SINCE_13 } from "../parse/protocols.js";
import { type ActionReading, act, numberOf, round8 } from "../parse/reading.js";
import { refuse } from "../parse/syntax-fault.js";
import type { Act } from "./act.js";
import { PACKET_WORDS } from "./actions-nicira.js";

/*
 * The actions that put a header in front of a packet, and take it off.
 */

const PACKET_TYPES = numberOf(PACKET_WORDS);
const TLV = /^0x([0-9a-f]+),\s*([+-]?\d+),0x([0-9a-f]{1,251})/i;

function tlv(value: string): EncapProperty {
  const found = TLV.exec(value);
  if (found === null) return refuse(`Invalid NSH TLV header: ${value}`);
  const [, tlvClass, tlvType, digits] = found;
  return {
    type: "nsh-tlv",
    tlvClass: Number.parseInt(tlvClass!, 16) & 0xffff,
    tlvType: Number(tlvType) & 255,
    data: fromHex(digits!.slice(0, digits!.length & ~1)),
  };
}

function mdType(value: string): EncapProperty {
  const type = readU8(value, "md_type");
  return type === 1 || type === 2 ? { type: "nsh-md-type", mdType: type } : refuse("invalid md_type");
}

export function encap(text: string, r: ActionReading): Act {
  r.protocols &= SINCE_13;
  const pairs = new Pairs(text);
  if (!pairs.next()) refuse(`Missing encap hdr: ${text}`);
  const packetType = PACKET_TYPES.get(pairs.key) ?? refuse(`Encap hdr not supported: ${pairs.value}`);
  const properties: EncapProperty[] = [];
  let size = 16;
  for (const inner = new Pairs(pairs.value); inner.next(); ) {
    const { key, value } = inner;
    if (packetType !== PacketType.Nsh || (key !== "md_type" && key !== "tlv")) refuse(`Invalid property: ${key}`);
    if (value === "") refuse("Value missing for encap property");
    const property = key === "md_type" ? mdType(value) : tlv(value);
    size += property.type === "nsh-tlv" ? 8 + round8(property.data.length) : 8;
    properties.push(property);
  }
  return act("encap", Encap.of({ packetType, properties }), size);
}

const NAME_SPACES = 8;

export function decap(text: string): Act {
  const pairs = new Pairs(text);
  if (!pairs.next()) return act("decap", Decap.of({}));
  if (pairs.key !== "packet_type") refuse(`Invalid decap argument: ${pairs.key}`);
  const inner = new Pairs(pairs.value);
  const attribute = (name: string): number =>
    inner.next() && inner.key === name ? readU16(inner.value, name) : refuse(`Missing packet_type attribute ${name}`);
  const space = attribute("ns");
  if (space >= NAME_SPACES) refuse(`Unsupported ns value: ${space}`);
  const type = attribute("type");
  return act("decap", Decap.of({ packetType: space * 65536 + type }));
}
