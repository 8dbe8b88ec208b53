import { formatIpv4, formatIpv6, formatMac } from "../../bytes/mod.js";
import { OXM_FIELDS, type OxmField, type OxmName } from "../oxm/fields.js";
import { and } from "../oxm/match.js";
import { fieldName } from "./field-names.js";
import type { TextOptions } from "./options.js";
import { hex, hex0, hexDigits, portText } from "./words.js";

type Value = number | bigint;

/** The text of a value, with its mask where not all of it counts. */
type Form = (value: Value, mask: Value | undefined, o: TextOptions) => string;

/** The length of a mask that is a prefix of `bits` bits; undefined for another one. */
function prefixLength(mask: Value, bits: number): number | undefined {
  if (typeof mask === "number") {
    const free = ~mask >>> 0;
    return (free & (free + 1)) === 0 ? Math.clz32(free) : undefined;
  }
  const free = ((1n << BigInt(bits)) - 1n) ^ mask;
  return (free & (free + 1n)) === 0n ? bits - free.toString(2).length + (free === 0n ? 1 : 0) : undefined;
}

const masked = (text: (v: Value) => string) => (v: Value, m: Value | undefined) => (m === undefined ? text(v) : `${text(v)}/${text(m)}`);

/** An address with a mask: the length of a prefix, or else the mask as an address. */
const address =
  (bits: number, text: (v: Value) => string): Form =>
  (v, m) => {
    if (m === undefined) return text(v);
    const length = prefixLength(m, bits);
    return `${text(v)}/${length === undefined ? text(m) : length}`;
  };

const FORM = {
  dec: (v, m) => (m === undefined ? String(v) : `${hex0(v)}/${hex0(m)}`),
  hex: masked(hex),
  mac: masked((v) => formatMac(v as number)),
  ipv4: address(32, (v) => formatIpv4(v as number)),
  ipv6: address(128, (v) => formatIpv6(v as bigint)),
  port: (v, _m, o) => portText(v as number, o),
  hex4: masked((v) => hexDigits(v as number, 4)),
  hex5: masked((v) => hexDigits(v as number, 5)),
  /** The upper six bits of the type of service. */
  dscp: (v) => String((v as number) << 2),
} as const satisfies Readonly<Record<string, Form>>;

/** In set-field: decimal, with its mask in hexadecimal. */
const DECIMAL: Form = (v, m) => (m === undefined ? String(v) : `${v}/${hex(m)}`);

/** How a field is told in a match. */
interface FieldText {
  /** What it is called there. */
  readonly name: string;
  readonly form: Form;
  /** Its form in set-field, where that is another one. */
  readonly set: Form;
  /** Whether Open vSwitch knows the field. */
  readonly known: boolean;
}

const row = (name: string, form: Form, set: Form = form === FORM.dec ? DECIMAL : form): FieldText => ({ name, form, set, known: true });
const ours = (name: string, form: Form): FieldText => ({ name, form, set: form, known: false });

/**
 * The fields in the order in which a match tells them, by the names of OpenFlow 1.0 where there is one. What kind of packet it is stands where `ethType` would, see
 * {@link KIND_BEFORE}.
 */
const MATCH_TEXT: { readonly [K in OxmName]: FieldText } = {
  tunnelId: row("tun_id", FORM.hex),
  metadata: row("metadata", FORM.hex),
  inPort: row("in_port", FORM.port),
  vlanVid: row("vlan_tci", FORM.hex4, DECIMAL),
  vlanPcp: row("dl_vlan_pcp", FORM.dec),
  ethSrc: row("dl_src", FORM.mac),
  ethDst: row("dl_dst", FORM.mac),
  ethType: row("dl_type", FORM.hex4, FORM.hex),
  ipv6Src: row("ipv6_src", FORM.ipv6),
  ipv6Dst: row("ipv6_dst", FORM.ipv6),
  ipv6Flabel: row("ipv6_label", FORM.hex5, FORM.hex),
  arpSpa: row("arp_spa", FORM.ipv4),
  arpTpa: row("arp_tpa", FORM.ipv4),
  ipv4Src: row("nw_src", FORM.ipv4),
  ipv4Dst: row("nw_dst", FORM.ipv4),
  ipProto: row("nw_proto", FORM.dec),
  arpOp: row("arp_op", FORM.dec),
  arpSha: row("arp_sha", FORM.mac),
  arpTha: row("arp_tha", FORM.mac),
  ipDscp: row("nw_tos", FORM.dscp, DECIMAL),
  ipEcn: row("nw_ecn", FORM.dec),
  mplsLabel: row("mpls_label", FORM.dec),
  mplsTc: row("mpls_tc", FORM.dec),
  mplsBos: row("mpls_bos", FORM.dec),
  icmpv4Type: row("icmp_type", FORM.dec),
  icmpv4Code: row("icmp_code", FORM.dec),
  icmpv6Type: row("icmp_type", FORM.dec),
  icmpv6Code: row("icmp_code", FORM.dec),
  ipv6NdTarget: row("nd_target", FORM.ipv6),
  ipv6NdSll: row("nd_sll", FORM.mac),
  ipv6NdTll: row("nd_tll", FORM.mac),
  tcpSrc: row("tp_src", FORM.dec),
  udpSrc: row("tp_src", FORM.dec),
  sctpSrc: row("tp_src", FORM.dec),
  tcpDst: row("tp_dst", FORM.dec),
  udpDst: row("tp_dst", FORM.dec),
  sctpDst: row("tp_dst", FORM.dec),
  inPhyPort: ours("in_phy_port", FORM.port),
  pbbIsid: ours("pbb_isid", FORM.hex),
  ipv6Exthdr: ours("ipv6_exthdr", FORM.hex),
};

const NAMES = Object.keys(MATCH_TEXT) as OxmName[];

/** The texts of fields in their order. */
export const FIELD_TEXT: readonly FieldText[] = Object.values(MATCH_TEXT);

/** The place of each field in {@link FIELD_TEXT}, by its index in the table of fields. */
export const PLACE: readonly number[] = OXM_FIELDS.map((f) => NAMES.indexOf(f.name as OxmName));

/** The place of a field in {@link FIELD_TEXT}. */
export const placeOf = (name: OxmName): number => NAMES.indexOf(name);

/** The place of the first field that is told behind the kind of packet. */
export const KIND_BEFORE = placeOf("tunnelId");

/** Whether Open vSwitch has a field. */
export const isKnown = (field: OxmField): boolean => FIELD_TEXT[PLACE[field.index]!]!.known;

/** A field's mask as it counts: undefined for all of the value, 0 for none of it. */
export function countedMask(field: OxmField, mask: Value | undefined): Value | undefined {
  return mask === undefined || and(mask, field.exact) === field.exact ? undefined : mask;
}

/** Whether a mask has every bit of the bytes that its field takes on the wire, not only of those that count. */
export function isAllOnes(field: OxmField, mask: Value): boolean {
  const { size } = field.kind;
  return typeof mask === "bigint" ? mask === (1n << BigInt(8 * size)) - 1n : mask === 2 ** (8 * size) - 1;
}

/** What set-field calls a field. */
export const setFieldName = (field: OxmField): string => fieldName(field.header) ?? FIELD_TEXT[PLACE[field.index]!]!.name;

/** A value as set-field tells it. */
export function setFieldValue(field: OxmField, value: Value, mask: Value | undefined, o: TextOptions): string {
  if (mask === 0 || mask === 0n) return "ANY";
  return FIELD_TEXT[PLACE[field.index]!]!.set(value, mask === undefined || isAllOnes(field, mask) ? undefined : mask, o);
}
