import { IPV6 } from "../../oxm/context.js";
import { formOfName, OXM, type OxmField, type OxmForm, type OxmValue } from "../../oxm/fields.js";
import { ALL_OPTION_BYTES, FlowImage } from "../../oxm/flow-image.js";
import { FULL, LAYOUT, OF_PACKETS, P, VID } from "../../oxm/flow-places.js";
import { and } from "../../oxm/masked.js";
import type { Match } from "../../oxm/match.js";
import { optionOf } from "../../oxm/option.js";
import { VLAN_PRESENT } from "../../vlan.js";
import type { MaskedValue } from "../parse/address.js";
import { integerEnd, integerValue, readInteger } from "../parse/integer.js";
import type { SyntaxOptions } from "../parse/options.js";
import { type PartRead, triedPart } from "../parse/part.js";
import { ANY_PROTOCOL, type MaskShape, protocolsOf, WITH_OXM } from "../parse/protocols.js";
import { refuse, SyntaxFault } from "../parse/syntax-fault.js";
import { readFieldValue } from "./field-value.js";
import { givenNumber, placeOf, shownValue, sizeOf, type ValuePlace } from "./form.js";
import { type FieldList, matchOfImage } from "./match-of-image.js";
import { hasValueAsMask } from "./value-as-mask.js";

/** Words for kinds of packets: Ethernet type, and protocol where there is one. */
export const KINDS: ReadonlyMap<string, readonly [ethType: number, proto: number]> = new Map([
  ["ip", [0x0800, 0]],
  ["ipv4", [0x0800, 0]],
  ["ip4", [0x0800, 0]],
  ["arp", [0x0806, 0]],
  ["icmp", [0x0800, 1]],
  ["tcp", [0x0800, 6]],
  ["udp", [0x0800, 17]],
  ["sctp", [0x0800, 132]],
  ["ipv6", [0x86dd, 0]],
  ["ip6", [0x86dd, 0]],
  ["icmp6", [0x86dd, 58]],
  ["tcp6", [0x86dd, 6]],
  ["udp6", [0x86dd, 17]],
  ["sctp6", [0x86dd, 132]],
  ["rarp", [0x8035, 0]],
  ["mpls", [0x8847, 0]],
  ["mplsm", [0x8848, 0]],
]);

/** The parts of a tag as OpenFlow 1.0 has them, which have no headers of their own. */
export const DL_VLAN: ValuePlace = { name: "dl_vlan", size: 2, format: "decimal" };
const DL_VLAN_PCP: ValuePlace = { name: "dl_vlan_pcp", size: 1, format: "decimal" };
export const OLD_NAMES: ReadonlyMap<string, ValuePlace> = new Map([DL_VLAN, DL_VLAN_PCP].map((place) => [place.name, place]));

/** Fields that Open vSwitch has within itself: a text may name them, but no protocol can send them. */
const INTERNAL: ReadonlyMap<string, ValuePlace> = new Map(
  [
    { name: "tun_tos", size: 1, format: "decimal" } as const,
    { name: "tun_ttl", size: 1, format: "decimal" } as const,
    { name: "skb_priority", size: 4, format: "hex" } as const,
  ].map((place) => [place.name, place]),
);

const ETH_TYPE = OXM.ethType as OxmField;
const IP_PROTO = OXM.ipProto as OxmField;
const PACKET_TYPE = OXM.packetType as OxmField;
const IN_PORT = OXM.inPort as OxmField;

/** What the key of a pair means: a kind of packets, a field, or part of a tag as OpenFlow 1.0 has it. */
interface Meaning {
  readonly form: OxmForm | undefined;
  readonly place: ValuePlace | undefined;
  readonly ethType: number;
  readonly proto: number;
}

/** Stands for Ethernet packets of any type. */
const ANY_TYPE = -1;

const meanings = new Map<string, Meaning>();

function meaningOf(key: string): Meaning | undefined {
  let found = meanings.get(key);
  if (found !== undefined) return found;
  const kind = key === "eth" ? ([ANY_TYPE, 0] as const) : KINDS.get(key);
  const form = kind === undefined ? formOfName(key) : undefined;
  const known = form?.field.ovs === undefined ? undefined : form;
  const place = known === undefined ? (OLD_NAMES.get(key) ?? INTERNAL.get(key)) : placeOf(known);
  if (kind === undefined && place === undefined) return undefined;
  found = { form: known, place: kind === undefined ? place : undefined, ethType: kind?.[0] ?? 0, proto: kind?.[1] ?? 0 };
  meanings.set(key, found);
  return found;
}

const NO_VLAN = 0xffff;

/** How a mask looks to OpenFlow 1.0, whose addresses have prefixes. */
function shapeOf(mask: OxmValue | undefined): MaskShape {
  if (mask === undefined) return "exact";
  if (typeof mask !== "number" || mask > 0xffffffff) return "any";
  const free = ~mask >>> 0;
  return (free & (free + 1)) === 0 ? "prefix" : "any";
}

const isZero = (v: OxmValue | undefined): boolean => v === 0 || v === 0n;

/** Part of a field that is a key. A fault is in no place of its own, since those of a pair count from its value. */
function keyPart(key: string): PartRead {
  const found = triedPart(key);
  return typeof found === "string" ? refuse(found) : found;
}

/** Collects the fields of a match from their text, as Open vSwitch's parse_ofp_str does: what comes later replaces what came before. */
export class MatchBuilder {
  readonly image: FlowImage;
  /** The protocols that can have the fields so far: see `Protocol`. */
  protocols: number = ANY_PROTOCOL;
  private readonly options: SyntaxOptions;

  // Its methods have ordinary names: an engine marks each object that has private ones, which costs more here than to read a field.

  /** @param image - what to collect them in, which is empty */
  constructor(options: SyntaxOptions, image: FlowImage = new FlowImage()) {
    this.options = options;
    this.image = image;
  }

  /**
   * Takes in a word for a kind of packets, or a field with its value; false for a key that is neither. Throws {@link SyntaxFault}.
   * @param key - such as `tcp`, `nw_src`, `NXM_OF_ETH_TYPE` or `reg0[0..15]`
   * @param value - empty where the text has none, which asks only that a tunnel's option is there
   */
  take(key: string, value: string): boolean {
    const meant = meaningOf(key);
    if (meant === undefined) return false;
    if (meant.place !== undefined) this.putField(meant, value);
    else this.putKind(meant);
    return true;
  }

  /** Takes in a word for a kind of packets, other than `eth`; false for another one. */
  takeKind(key: string): boolean {
    const meant = meaningOf(key);
    if (meant === undefined || meant.place !== undefined || meant.ethType === ANY_TYPE) return false;
    this.putKind(meant);
    return true;
  }

  /** Takes in a field with its value; false for a key that is none. Throws {@link SyntaxFault}. */
  takeField(key: string, value: string): boolean {
    const meant = meaningOf(key);
    if (meant?.place === undefined) return false;
    this.putField(meant, value);
    return true;
  }

  private putKind({ ethType, proto }: Meaning): void {
    if (ethType === ANY_TYPE) this.put(PACKET_TYPE, 0, undefined);
    else {
      this.put(ETH_TYPE, ethType, undefined);
      if (proto !== 0) this.put(IP_PROTO, proto, undefined);
    }
  }

  private putField({ form, place }: Meaning, given: string): void {
    const text = given === "" ? "0/0" : given;
    if (form === undefined) this.putOld(place!, text);
    else this.putForm(form, readFieldValue(place!, text, this.options), given);
  }

  private putForm(form: OxmForm, { value, mask }: MaskedValue<OxmValue>, text: string): void {
    const { field, narrow } = form;
    if (value instanceof Uint8Array) this.checkOption(form, value, mask as Uint8Array | undefined);
    if (isZero(mask) && !(value instanceof Uint8Array)) {
      this.image.unset(field);
      if (OF_PACKETS[field.index]) this.ethernet();
      return;
    }
    if (mask !== undefined && field.maskable === "no") throw new SyntaxFault(`${text}: invalid mask for field ${form.name}`, 0);
    this.protocols &= protocolsOf(form, shapeOf(mask));
    // of a type of service only the six upper bits are matched on
    const own = narrow !== undefined && field !== IN_PORT ? (value as number) >>> 2 : value;
    this.put(field, own, mask);
  }

  /** Refuses an option of a tunnel for which there is no room, or that was there before. */
  private checkOption({ field, name }: OxmForm, value: Uint8Array, mask: Uint8Array | undefined): void {
    const all = this.image.optionBytesWith(value, mask);
    if (all > ALL_OPTION_BYTES)
      throw new SyntaxFault(`field ${name} exceeds maximum size for tunnel metadata (used ${all}, max ${ALL_OPTION_BYTES})`);
    if (!this.image.isWild(field)) throw new SyntaxFault(`field ${name} set multiple times`);
  }

  private putOld(place: ValuePlace, text: string): void {
    const { value, mask } = readFieldValue(place, text, this.options) as MaskedValue<number>;
    if (INTERNAL.has(place.name)) {
      if (isZero(mask)) return;
      if (mask !== undefined) throw new SyntaxFault(`${text}: invalid mask for field ${place.name}`, 0);
      this.protocols = 0;
      return;
    }
    const field = (place === DL_VLAN ? OXM.vlanVid : OXM.vlanPcp) as OxmField;
    if (isZero(mask)) this.image.unset(field);
    else if (mask !== undefined) throw new SyntaxFault(`${text}: invalid mask for field ${place.name}`, 0);
    else if (place === DL_VLAN_PCP) this.put(field, value & 7, undefined);
    else if (value === NO_VLAN) this.put(OXM.vlanTci as OxmField, 0, undefined);
    else this.put(field, (value & 0xfff) | VLAN_PRESENT, undefined);
    this.ethernet();
  }

  /** Puts a value at its place, without the bits that do not count. */
  private put(field: OxmField, value: OxmValue, mask: OxmValue | undefined): void {
    const layout = LAYOUT[field.index]!;
    let v = value;
    const m = hasValueAsMask(field) ? (value as number) : mask;
    if (m === 0) {
      this.image.unset(field);
      return;
    }
    if (!(v instanceof Uint8Array)) {
      if (layout.how === "whole") v = and(v, FULL[layout.at]!);
      else if (layout.how === "vid") v = (v as number) & VID;
      else if (layout.how === "pcp") v = (v as number) & 7;
      if (mask !== undefined) v = and(v, mask as number | bigint);
    }
    this.image.put(field, v, m);
  }

  /**
   * Takes in bits of a field, such as `reg0[0..15]` with a number, beside those that are there already. Throws {@link SyntaxFault}.
   */
  takePart(key: string, text: string): void {
    const { part, form } = keyPart(key);
    const size = sizeOf(form);
    if (readInteger(text, 0, size) !== "" || integerEnd() !== text.length)
      throw new SyntaxFault(`${key}: cannot parse integer value: ${text}`);
    const number = BigInt(integerValue());
    if (number >> BigInt(part.bits) !== 0n)
      throw new SyntaxFault(`${key}: value ${shownValue(form, number)} does not fit into ${part.bits} bits`);
    const { field } = form;
    const bits = ((1n << BigInt(part.bits)) - 1n) << BigInt(part.offset);
    const [value, mask] = this.held(form);
    // the place may have more bits than the field
    const whole = (1n << BigInt(8 * size)) - 1n;
    const m = (mask | bits) & whole;
    const v = ((value & ~bits) | (number << BigInt(part.offset))) & whole;
    if (form.size === 0) {
      this.checkOption(form, optionOf(v), optionOf(m));
      this.image.put(field, optionOf(v), optionOf(m));
      this.protocols &= protocolsOf(form, "any");
      return;
    }
    const given = (x: bigint): number | bigint => givenNumber(form, x);
    const all = m === whole;
    if (!all && field.maskable === "no") {
      this.protocols = 0;
      return;
    }
    const { narrow } = form;
    const own = narrow === undefined || field === IN_PORT ? given(v) : Number(v) >>> 2;
    this.protocols &= protocolsOf(form, all ? "exact" : shapeOf(given(m)));
    this.put(field, own, all ? undefined : given(m));
  }

  /** What the image has of a field, and the bits of it that count. */
  private held({ field }: OxmForm): readonly [value: bigint, mask: bigint] {
    const { image } = this;
    const layout = LAYOUT[field.index]!;
    switch (layout.how) {
      case "whole":
        return [BigInt(image.value[layout.at]!), BigInt(image.mask[layout.at]!)];
      case "vid":
        return [BigInt(image.num(P.vlanTci) & VID), BigInt((image.mask[P.vlanTci] as number) & VID)];
      case "pcp":
        return [BigInt(image.num(P.vlanTci) >>> 13), BigInt((image.mask[P.vlanTci] as number) >>> 13)];
      case "registers": {
        let [value, mask] = [0n, 0n];
        for (let i = 0; i < layout.count; i++) {
          value = (value << 32n) | BigInt(image.value[layout.at + i]!);
          mask = (mask << 32n) | BigInt(image.mask[layout.at + i]!);
        }
        return [value, mask];
      }
      default:
        return [0n, 0n];
    }
  }

  /** What is matched on are Ethernet packets, where nothing else was said. */
  private ethernet(): void {
    if (!this.image.has(P.packetType)) this.put(PACKET_TYPE, 0, undefined);
  }

  /** Draws conclusions that need all fields, once they are in. */
  finish(): void {
    const { image } = this;
    const packetType = image.num(P.packetType);
    if (packetType >>> 16 === 1) image.assume(P.ethType, packetType & 0xffff);
    if (image.value[P.ethType] !== IPV6) return;
    // only lists of fields have what is in IPv6 packets
    if (image.has(P.ipProto) || image.has(P.ipDscp) || image.has(P.ipEcn) || image.has(P.tcpSrc) || image.has(P.tcpDst))
      this.protocols &= WITH_OXM;
  }

  /** The match so far, with the fields that a list has. */
  match(list: FieldList): Match {
    return matchOfImage(this.image, list);
  }
}
