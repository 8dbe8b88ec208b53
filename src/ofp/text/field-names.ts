import type { OxmForm } from "../oxm/fields.js";

/** How an OXM class is told in the table: OpenFlow's, Nicira's two, the packet registers', and those of experimenters by their id. */
const CLASSES = {
  of: 0x0000,
  nx: 0x0001,
  oxm: 0x8000,
  reg: 0x8001,
  eric: 0x1000,
  nsh: 0x005ad650,
  et: 0x00002320,
  onf: 0x4f4e4600,
} as const;

type Ref = readonly [keyof typeof CLASSES, number];
type Row = readonly [name: string, size: number, ...refs: Ref[]];

/** A row of fields that are numbered through. */
const family = (name: string, count: number, size: number, first: Ref, from = 0): Row[] =>
  Array.from({ length: count }, (_, i): Row => [`${name}${i + from}`, size, [first[0], first[1] + i]]);

/**
 * The fields by the names that Open vSwitch has for them, in its order, the bytes of their values, 0 where that varies, and the numbers that tell each: as NXM, as OXM, and as an experimenter's OXM.
 * Lists of fields are printed in this order; set-field names its field so.
 */
const FIELDS: readonly Row[] = [
  ["dp_hash", 4, ["nx", 35], ["et", 0]],
  ["recirc_id", 4, ["nx", 36]],
  ["packet_type", 4, ["oxm", 44]],
  ["conj_id", 4, ["nx", 37]],
  ["tun_id", 8, ["nx", 16], ["oxm", 38]],
  ["tun_src", 4, ["nx", 31]],
  ["tun_dst", 4, ["nx", 32]],
  ["tun_ipv6_src", 16, ["nx", 109]],
  ["tun_ipv6_dst", 16, ["nx", 110]],
  ["tun_flags", 2, ["nx", 104]],
  ["tun_gbp_id", 2, ["nx", 38]],
  ["tun_gbp_flags", 1, ["nx", 39]],
  ["tun_erspan_idx", 4, ["et", 11]],
  ["tun_erspan_ver", 1, ["et", 12]],
  ["tun_erspan_dir", 1, ["et", 13]],
  ["tun_erspan_hwid", 1, ["et", 14]],
  ["tun_gtpu_flags", 1, ["et", 15]],
  ["tun_gtpu_msgtype", 1, ["et", 16]],
  ...family("tun_metadata", 64, 0, ["nx", 40]),
  ["metadata", 8, ["oxm", 2]],
  ["in_port", 2, ["of", 0]],
  ["in_port_oxm", 4, ["oxm", 0]],
  ["actset_output", 4, ["onf", 43], ["oxm", 43]],
  ["pkt_mark", 4, ["nx", 33]],
  ["ct_state", 4, ["nx", 105]],
  ["ct_zone", 2, ["nx", 106]],
  ["ct_mark", 4, ["nx", 107]],
  ["ct_label", 16, ["nx", 108]],
  ["ct_nw_proto", 1, ["nx", 119]],
  ["ct_nw_src", 4, ["nx", 120]],
  ["ct_nw_dst", 4, ["nx", 121]],
  ["ct_ipv6_src", 16, ["nx", 122]],
  ["ct_ipv6_dst", 16, ["nx", 123]],
  ["ct_tp_src", 2, ["nx", 124]],
  ["ct_tp_dst", 2, ["nx", 125]],
  ...family("reg", 16, 4, ["nx", 0]),
  ...family("xreg", 8, 8, ["reg", 0]),
  ...family("xxreg", 4, 16, ["nx", 111]),
  ["eth_src", 6, ["of", 2], ["oxm", 4]],
  ["eth_dst", 6, ["of", 1], ["oxm", 3]],
  ["eth_type", 2, ["of", 3], ["oxm", 5]],
  ["vlan_tci", 2, ["of", 4]],
  ["vlan_vid", 2, ["oxm", 6]],
  ["vlan_pcp", 1, ["oxm", 7]],
  ["mpls_label", 4, ["oxm", 34]],
  ["mpls_tc", 1, ["oxm", 35]],
  ["mpls_bos", 1, ["oxm", 36]],
  ["mpls_ttl", 1, ["nx", 30]],
  ["ip_src", 4, ["of", 7], ["oxm", 11]],
  ["ip_dst", 4, ["of", 8], ["oxm", 12]],
  ["ipv6_src", 16, ["nx", 19], ["oxm", 26]],
  ["ipv6_dst", 16, ["nx", 20], ["oxm", 27]],
  ["ipv6_label", 4, ["nx", 27], ["oxm", 28]],
  ["nw_proto", 1, ["of", 6], ["oxm", 10]],
  ["nw_tos", 1, ["of", 5]],
  ["ip_dscp", 1, ["oxm", 8]],
  ["nw_ecn", 1, ["nx", 28], ["oxm", 9]],
  ["nw_ttl", 1, ["nx", 29]],
  ["ip_frag", 1, ["nx", 26]],
  ["arp_op", 2, ["of", 15], ["oxm", 21]],
  ["arp_spa", 4, ["of", 16], ["oxm", 22]],
  ["arp_tpa", 4, ["of", 17], ["oxm", 23]],
  ["arp_sha", 6, ["nx", 17], ["oxm", 24]],
  ["arp_tha", 6, ["nx", 18], ["oxm", 25]],
  ["tcp_src", 2, ["of", 9], ["oxm", 13]],
  ["tcp_dst", 2, ["of", 10], ["oxm", 14]],
  ["tcp_flags", 2, ["nx", 34], ["onf", 42], ["oxm", 42]],
  ["udp_src", 2, ["of", 11], ["oxm", 15]],
  ["udp_dst", 2, ["of", 12], ["oxm", 16]],
  ["sctp_src", 2, ["oxm", 17]],
  ["sctp_dst", 2, ["oxm", 18]],
  ["icmp_type", 1, ["of", 13], ["oxm", 19]],
  ["icmp_code", 1, ["of", 14], ["oxm", 20]],
  ["icmpv6_type", 1, ["nx", 21], ["oxm", 29]],
  ["icmpv6_code", 1, ["nx", 22], ["oxm", 30]],
  ["nd_target", 16, ["nx", 23], ["oxm", 31]],
  ["nd_sll", 6, ["nx", 24], ["oxm", 32]],
  ["nd_tll", 6, ["nx", 25], ["oxm", 33]],
  ["nd_reserved", 4, ["eric", 1]],
  ["nd_options_type", 1, ["eric", 2]],
  ["nsh_flags", 1, ["nsh", 1]],
  ["nsh_mdtype", 1, ["nsh", 2]],
  ["nsh_np", 1, ["nsh", 3]],
  ["nsh_spi", 4, ["nsh", 4]],
  ["nsh_si", 1, ["nsh", 5]],
  ...family("nsh_c", 4, 4, ["nsh", 6], 1),
  ["nsh_ttl", 1, ["nsh", 10]],
];

const EXPERIMENTER_CLASS = 0xffff;

let index: Map<number, number> | undefined;

const key = (oxmClass: number, field: number): number => oxmClass * 128 + field;

/** The place of a field in the order of names; undefined for one without a name. `oxmClass` is the experimenter's id where the class is 0xffff. */
export function fieldPlace(oxmClass: number, field: number): number | undefined {
  if (index === undefined) {
    index = new Map();
    for (const [place, [, , ...refs]] of FIELDS.entries()) for (const [name, n] of refs) index.set(key(CLASSES[name], n), place);
  }
  return index.get(key(oxmClass, field));
}

/** The bytes of the value of the field at a place; 0 where that varies. */
export const fieldSizeAt = (place: number): number => FIELDS[place]![1];

/** The place of the field that one of our headers tells. */
export function formPlace({ oxmClass, experimenter, id, size }: OxmForm): number | undefined {
  const place = fieldPlace(experimenter === 0 ? oxmClass : experimenter, id);
  return place !== undefined && fieldSizeAt(place) === size ? place : undefined;
}

/** The name at a place. */
export const fieldNameAt = (place: number): string => FIELDS[place]![0];

/** The name of the field that an OXM header of 32 bits tells. */
export function fieldName(header: number): string | undefined {
  const place = fieldPlace(header >>> 16, (header >>> 9) & 127);
  return place === undefined || header >>> 16 === EXPERIMENTER_CLASS ? undefined : fieldNameAt(place);
}

/** Names in few words, as Open vSwitch lists them: `eth_{src,dst}` for names that start alike up to a `_`, `reg0...reg3` for names that are numbered through. */
export function nameList(names: readonly string[], prefix = 0): string {
  let text = "";
  for (let i = 0; i < names.length; ) {
    if (i > 0) text += prefix > 0 ? "," : " ";
    const rest = names.slice(i);
    const [common, alike] = prefixRun(rest, prefix);
    const numbered = numberRun(rest);
    const run = Math.max(alike, numbered);
    const first = rest[0]!.slice(prefix);
    if (numbered >= alike) text += run > 1 ? `${first}...${rest[run - 1]!.slice(prefix)}` : first;
    else text += `${first.slice(0, common)}{${nameList(rest.slice(0, run), prefix + common)}}`;
    i += run;
  }
  return text;
}

/** How many of the first names have one more word in common with the first, and how long that is. */
function prefixRun(names: readonly string[], prefix: number): [common: number, run: number] {
  if (names.length < 2) return [0, names.length];
  const common = commonPrefix(names[0]!, names[1]!, prefix);
  if (common === 0) return [0, 1];
  let run = 2;
  while (run < names.length && commonPrefix(names[0]!, names[run]!, prefix) > 0) run++;
  return [common, run];
}

/** Characters up to the last `_` that two names have in common behind their first `from` characters. */
function commonPrefix(a: string, b: string, from: number): number {
  let found = 0;
  for (let i = from; i < a.length && a[i] === b[i]; i++) if (a[i] === "_") found = i + 1 - from;
  return found;
}

/** How many of the first names are numbered through; two in a row are not worth a range. */
function numberRun(names: readonly string[]): number {
  let run = 1;
  while (run < names.length && follows(names[run - 1]!, names[run]!)) run++;
  return run === 2 ? 1 : run;
}

function follows(a: string, b: string): boolean {
  let i = 0;
  while (i < a.length && a[i] === b[i]) i++;
  const digits = /^\d{1,9}$/;
  return digits.test(a.slice(i)) && digits.test(b.slice(i)) && Number(a.slice(i)) + 1 === Number(b.slice(i));
}
