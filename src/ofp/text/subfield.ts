import { type FieldRef, formOf, type Subfield } from "../action/subfield.js";
import type { OxmField, OxmForm, OxmName } from "../oxm/fields.js";
import { fieldNameAt, fieldPlace } from "./field-names.js";
import { isKnown } from "./flow-places.js";
import { hexDigits } from "./words.js";

/** The prefix of the constants of a class, or of an experimenter. */
const PREFIXES: Readonly<Record<number, string>> = {
  0: "NXM_OF_",
  1: "NXM_NX_",
  32768: "OXM_OF_",
  32769: "OXM_OF_",
  4096: "ERICOXM_OF_",
  8992: "NXOXM_ET_",
  5953104: "NXOXM_",
  1330529792: "ONFOXM_ET_",
};

/** The rest of the constants that are not the field's name in capitals. */
const CONSTANTS: Readonly<Record<string, string>> = {
  tun_id: "TUN_ID",
  tun_src: "TUN_IPV4_SRC",
  tun_dst: "TUN_IPV4_DST",
  tun_erspan_idx: "ERSPAN_IDX",
  tun_erspan_ver: "ERSPAN_VER",
  tun_erspan_dir: "ERSPAN_DIR",
  tun_erspan_hwid: "ERSPAN_HWID",
  tun_gtpu_flags: "GTPU_FLAGS",
  tun_gtpu_msgtype: "GTPU_MSGTYPE",
  in_port_oxm: "IN_PORT",
  nw_proto: "IP_PROTO",
  nw_tos: "IP_TOS",
  nw_ecn: "IP_ECN",
  nw_ttl: "IP_TTL",
  nd_reserved: "ICMPV6_ND_RESERVED",
  nd_options_type: "ICMPV6_ND_OPTIONS_TYPE",
};

/** What Open vSwitch holds of a field in other bits than the field has. */
const BITS: Readonly<Partial<Record<OxmName, number>>> = { vlanVid: 12, ctState: 32 };
const OPTION_BITS = 8 * 124;

/** Fields that Open vSwitch lets nobody write. */
const READ_ONLY: ReadonlySet<string> = new Set<OxmName>([
  ...(["dpHash", "recircId", "packetType", "conjId", "tunGtpuFlags", "tunGtpuMsgtype", "actsetOutput", "ctState", "ctZone"] as const),
  ...(["ctNwProto", "ctNwSrc", "ctNwDst", "ctIpv6Src", "ctIpv6Dst", "ctTpSrc", "ctTpDst", "ethType", "mplsBos", "ipProto"] as const),
  ...(["ipFrag", "tcpFlags", "nshMdtype", "nshNp"] as const),
]);

/** Whether Open vSwitch lets a field be written. */
export const isWritable = (field: OxmField): boolean => !READ_ONLY.has(field.name);

/**
 * The form by which Open vSwitch tells a field apart: Nicira's, where all forms are one field to it. The port in 16 and in 32 bits, and the type of service and the
 * bits in it, are two.
 */
function tellingForm(form: OxmForm): OxmForm {
  const first = form.field.forms[0]!;
  return first.narrow === form.narrow ? first : form;
}

/** What Open vSwitch makes of a field that an action names; undefined for one that it does not have. */
export function knownForm(ref: FieldRef): OxmForm | undefined {
  const form = formOf(ref, 0);
  return form === undefined || !isKnown(form.field) ? undefined : tellingForm(form);
}

/** How many bits Open vSwitch has in a form of a field. */
function bitsIn({ field, narrow, size }: OxmForm): number {
  if (narrow !== undefined) return 8 * narrow.size;
  return size === 0 ? OPTION_BITS : (BITS[field.name as OxmName] ?? field.bits);
}

const PACKET_REGISTERS = 0x8001;

const constants = new Map<OxmForm, string>();

/** The constant of a form, such as `NXM_NX_REG0`. */
function constantOf(form: OxmForm): string {
  let text = constants.get(form);
  if (text === undefined) {
    const key = form.experimenter === 0 ? form.oxmClass : form.experimenter;
    const place = fieldPlace(key, form.id);
    const name = place === undefined ? form.field.name : fieldNameAt(place);
    const rest = form.oxmClass === PACKET_REGISTERS ? `PKT_REG${form.id}` : (CONSTANTS[name] ?? name.toUpperCase());
    text = (PREFIXES[key] ?? "") + rest;
    constants.set(form, text);
  }
  return text;
}

/** Part of a field, such as `NXM_NX_REG0[]`, `NXM_NX_REG0[0..15]` or `NXM_NX_REG0[3]`. */
export function subfieldText(v: Subfield): string {
  const form = knownForm(v);
  const name = form === undefined ? (v.field?.name ?? `oxm(${hexDigits(v.header, 8)})`) : constantOf(form);
  if (form !== undefined && v.offset === 0 && v.bits === bitsIn(form)) return `${name}[]`;
  return v.bits === 1 ? `${name}[${v.offset}]` : `${name}[${v.offset}..${v.offset + v.bits - 1}]`;
}

/** Whether a part of a field is all of it. */
export const isWhole = (v: Subfield, form: OxmForm): boolean => v.offset === 0 && v.bits === bitsIn(form);

/** Why Open vSwitch cannot read part of a field. */
export function refuseSource(v: Subfield, unknown = "OFPBAC_BAD_SET_TYPE"): string | undefined {
  const form = knownForm(v);
  if (form === undefined) return unknown;
  return v.bits === 0 || v.offset + v.bits > bitsIn(form) ? "OFPBAC_BAD_SET_LEN" : undefined;
}

/** Why Open vSwitch cannot write part of a field. */
export function refuseTarget(v: Subfield, unknown = "OFPBAC_BAD_SET_TYPE"): string | undefined {
  return refuseSource(v, unknown) ?? (isWritable(knownForm(v)!.field) ? undefined : "OFPBAC_BAD_SET_ARGUMENT");
}

const MASKED = 0x100;

/** Why Open vSwitch does not take a header that stands alone, without what it says of the field's bits. */
export function refuseHeader(ref: FieldRef): string | undefined {
  if (knownForm(ref) === undefined) return "OFPBMC_BAD_FIELD";
  return (ref.header & MASKED) === 0 ? undefined : "OFPBMC_BAD_MASK";
}
