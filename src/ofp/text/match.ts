import { toHex } from "../../bytes/mod.js";
import { OXM } from "../oxm/fields.js";
import type { Match, MatchEntry } from "../oxm/match.js";
import {
  bytesText,
  ctStateText,
  foreignText,
  hex4Text,
  ipv4Text,
  ipv6Text,
  macText,
  packetTypeText,
  tcpFlagsText,
  tunnelFlagsText,
} from "./field-text.js";
import { FlowImage } from "./flow-image.js";
import { FULL, Group, isKnown, P, REG0 } from "./flow-places.js";
import type { TextOptions } from "./options.js";
import { hex, hex0, hexDigits, portText } from "./words.js";

/** The priority of a flow that nobody gave another one. */
export const DEFAULT_PRIORITY = 0x8000;

/** Ethernet types that have a word of their own; the first two go on to the protocol. */
const ETHER_WORDS: Readonly<Record<number, string>> = {
  2048: "ip",
  34525: "ipv6",
  2054: "arp",
  32821: "rarp",
  34887: "mpls",
  34888: "mplsm",
};

/** IP protocols that have a word of their own, by Ethernet type. */
const PROTO_WORDS: Readonly<Record<number, Readonly<Record<number, string>>>> = {
  2048: { 1: "icmp", 6: "tcp", 17: "udp", 132: "sctp" },
  34525: { 58: "icmp6", 6: "tcp6", 17: "udp6", 132: "sctp6" },
};

/** The word for a kind of packet, and whether it tells the protocol too; undefined where there is none. */
export function kindWord(ethType: number, proto: number | undefined): readonly [word: string, tellsProto: boolean] | undefined {
  const word = ETHER_WORDS[ethType];
  if (word === undefined) return undefined;
  const exact = proto === undefined ? undefined : PROTO_WORDS[ethType]?.[proto];
  return exact === undefined ? [word, false] : [exact, true];
}

const TAGGED = 0x1000;
const VID_BITS = 0xfff;
const PCP_BITS = 0xe000;

/** The VLAN of a match from the bits of a tag that count: by number and priority where they are told in whole, or else by all 16 bits. */
export function vlanText(tci: number, mask: number, suffix = ""): string {
  if (mask === 0) return "";
  const vid = mask & VID_BITS;
  const pcp = mask & PCP_BITS;
  const whole = (vid === 0 || vid === VID_BITS) && (pcp === 0 || pcp === PCP_BITS) && (vid | pcp) !== 0;
  if ((mask & tci & TAGGED) !== 0 && whole) {
    const priority = pcp === 0 ? "" : `dl_vlan_pcp${suffix}=${tci >>> 13},`;
    return vid === 0 ? priority : `dl_vlan${suffix}=${tci & VID_BITS},${priority}`;
  }
  return `vlan_tci${suffix}=${hex4Text(tci, mask === 0xffff ? undefined : mask)},`;
}

type Value = number | bigint;
/** A value with a mask where not all of it counts. */
type Form = (v: Value, m: Value | undefined) => string;

const hexForm: Form = (v, m) => (m === undefined ? hex(v) : `${hex(v)}/${hex(m)}`);
const shortForm: Form = (v, m) => (m === undefined ? String(v) : `${hex0(v)}/${hex0(m)}`);
const byteForm: Form = (v, m) => (m === undefined ? String(v) : `${hexDigits(v as number, 2)}/${hexDigits(m as number, 2)}`);
const wordForm: Form = (v, m) => (m === undefined ? hex0(v) : `${hex0(v)}/${hex0(m)}`);
const labelForm: Form = (v, m) =>
  m === undefined ? hexDigits(v as number, 5) : `${hexDigits(v as number, 5)}/${hexDigits(m as number, 5)}`;
/** Only ever told as a whole, whatever of it counts. */
const plain: Form = (v) => String(v);

const image = new FlowImage();

/** The text of what lies at one place of the image; none where nothing of it counts. */
function put(name: string, at: number, form: Form): string {
  const mask = image.mask[at]!;
  if (mask === 0 || mask === 0n) return "";
  return `${name}=${form(image.value[at]!, mask === FULL[at] ? undefined : mask)},`;
}

/** The text of what lies at a place that is told by its value: 0 is not told, whatever of it counts. */
const putValue = (name: string, at: number, form: Form): string => (image.value[at] === 0 ? "" : put(name, at, form));

const REG_NAMES = Array.from({ length: 16 }, (_, i) => `reg${i}`);

function connectionText(): string {
  const { value, mask } = image;
  let text = "";
  if (image.has(P.ctState)) text += `ct_state=${ctStateText(value[P.ctState] as number, mask[P.ctState] as number)},`;
  text += put("ct_zone", P.ctZone, shortForm) + put("ct_mark", P.ctMark, hexForm) + put("ct_label", P.ctLabel, hexForm);
  text += put("ct_nw_src", P.ctNwSrc, ipv4Text) + put("ct_ipv6_src", P.ctIpv6Src, ipv6Text);
  text += put("ct_nw_dst", P.ctNwDst, ipv4Text) + put("ct_ipv6_dst", P.ctIpv6Dst, ipv6Text);
  if (image.has(P.ctNwProto))
    text += put("ct_nw_proto", P.ctNwProto, plain) + put("ct_tp_src", P.ctTpSrc, shortForm) + put("ct_tp_dst", P.ctTpDst, shortForm);
  return text;
}

function tunnelText(): string {
  const { value, mask } = image;
  let text = put("tun_id", P.tunnelId, hexForm) + put("tun_src", P.tunSrc, ipv4Text) + put("tun_dst", P.tunDst, ipv4Text);
  text += put("tun_ipv6_src", P.tunIpv6Src, ipv6Text) + put("tun_ipv6_dst", P.tunIpv6Dst, ipv6Text);
  text += put("tun_gbp_id", P.tunGbpId, shortForm) + put("tun_gbp_flags", P.tunGbpFlags, hex);
  const version = image.num(P.tunErspanVer);
  text += putValue("tun_erspan_ver", P.tunErspanVer, plain);
  if (version === 1) text += putValue("tun_erspan_idx", P.tunErspanIdx, hex);
  if (version === 2) text += putValue("tun_erspan_dir", P.tunErspanDir, plain) + putValue("tun_erspan_hwid", P.tunErspanHwid, hex);
  text += putValue("gtpu_flags", P.tunGtpuFlags, hex) + putValue("gtpu_msgtype", P.tunGtpuMsgtype, plain);
  if (image.has(P.tunFlags)) text += `tun_flags=${tunnelFlagsText(value[P.tunFlags] as number, mask[P.tunFlags] as number)},`;
  return text;
}

function optionsText(): string {
  if (image.options === undefined) return "";
  let text = "";
  for (const [n, { value, mask }] of [...image.options].sort(([a], [b]) => a - b)) {
    text += `tun_metadata${n}`;
    if (mask === undefined || mask.some((b) => b !== 0)) {
      text += `=${bytesText(mask === undefined ? value : value.map((b, i) => b & mask[i]!))}`;
      if (mask?.some((b) => b !== 0xff) === true) text += `/${bytesText(mask)}`;
    }
    text += ",";
  }
  return text;
}

function nshText(): string {
  let text = put("nsh_flags", P.nshFlags, byteForm) + put("nsh_ttl", P.nshTtl, byteForm) + put("nsh_mdtype", P.nshMdtype, byteForm);
  text += put("nsh_np", P.nshNp, byteForm) + put("nsh_spi", P.nshSpi, wordForm) + put("nsh_si", P.nshSi, byteForm);
  if (!image.has(P.nshMdtype) || image.num(P.nshMdtype) !== 1) return text;
  text += put("nsh_c1", P.nshC1, wordForm) + put("nsh_c2", P.nshC2, wordForm);
  return text + put("nsh_c3", P.nshC3, wordForm) + put("nsh_c4", P.nshC4, wordForm);
}

const ANY = 1;
const LATER = 2;

function fragmentText(): string {
  const v = image.num(P.ipFrag);
  const any = (v & ANY) !== 0;
  const later = (v & LATER) !== 0;
  switch (image.mask[P.ipFrag]) {
    case ANY | LATER:
      return `nw_frag=${any ? (later ? "later" : "first") : later ? "<error>" : "no"},`;
    case ANY:
      return `nw_frag=${any ? "yes" : "no"},`;
    case LATER:
      return `nw_frag=${later ? "later" : "not_later"},`;
    default:
      return "";
  }
}

const IPV4 = 0x0800;
const IPV6 = 0x86dd;
const NSH = 0x894f;
const ICMP = 1;
const ICMPV6 = 58;
const TCP = 6;
const isArp = (type: number): boolean => type === 0x0806 || type === 0x8035;

/** What stands in the packet's headers from the network's on; `type` is its type. */
function headersText(type: number, tellsProto: boolean): string {
  const { value, mask } = image;
  const arp = isArp(type);
  let text = "";
  if (type === IPV6)
    text += put("ipv6_src", P.ipv6Src, ipv6Text) + put("ipv6_dst", P.ipv6Dst, ipv6Text) + put("ipv6_label", P.ipv6Flabel, labelForm);
  else if (arp) text += put("arp_spa", P.nwSrc, ipv4Text) + put("arp_tpa", P.nwDst, ipv4Text);
  else if (type === NSH) text += nshText();
  else text += put("nw_src", P.nwSrc, ipv4Text) + put("nw_dst", P.nwDst, ipv4Text);
  if (!tellsProto) text += put(arp ? "arp_op" : "nw_proto", P.nwProto, plain);
  if (arp) text += put("arp_sha", P.arpSha, macText) + put("arp_tha", P.arpTha, macText);
  if (image.has(P.ipDscp)) text += `nw_tos=${image.num(P.ipDscp) << 2},`;
  text += put("nw_ecn", P.ipEcn, plain) + put("nw_ttl", P.ipTtl, plain);
  text += put("mpls_label", P.mplsLabel, plain) + put("mpls_tc", P.mplsTc, plain);
  text += put("mpls_ttl", P.mplsTtl, plain) + put("mpls_bos", P.mplsBos, plain) + fragmentText();
  const proto = image.num(P.nwProto);
  if (type === IPV4 && proto === ICMP) text += put("icmp_type", P.tpSrc, shortForm) + put("icmp_code", P.tpDst, shortForm);
  else if (type === IPV6 && proto === ICMPV6) {
    text += put("icmp_type", P.tpSrc, shortForm) + put("icmp_code", P.tpDst, shortForm) + put("nd_target", P.ndTarget, ipv6Text);
    text += put("nd_sll", P.arpSha, macText) + put("nd_tll", P.arpTha, macText);
    text += put("nd_reserved", P.ndReserved, shortForm) + put("nd_options_type", P.tcpFlags, shortForm);
  } else text += put("tp_src", P.tpSrc, shortForm) + put("tp_dst", P.tpDst, shortForm);
  const flowType = image.ethType;
  if ((flowType === IPV4 || flowType === IPV6) && proto === TCP && image.has(P.tcpFlags))
    text += `tcp_flags=${tcpFlagsText(value[P.tcpFlags] as number, mask[P.tcpFlags] as number)},`;
  return text;
}

/** What stands in the packet's headers where nothing else than addresses, protocol and ports is told: the same as {@link headersText}, sooner. */
function commonText(type: number, tellsProto: boolean): string {
  const arp = isArp(type);
  let text = "";
  if (type !== IPV6) text = put(arp ? "arp_spa" : "nw_src", P.nwSrc, ipv4Text) + put(arp ? "arp_tpa" : "nw_dst", P.nwDst, ipv4Text);
  if (!tellsProto) text += put(arp ? "arp_op" : "nw_proto", P.nwProto, plain);
  const proto = image.num(P.nwProto);
  const icmp = (type === IPV4 && proto === ICMP) || (type === IPV6 && proto === ICMPV6);
  return text + put(icmp ? "icmp_type" : "tp_src", P.tpSrc, shortForm) + put(icmp ? "icmp_code" : "tp_dst", P.tpDst, shortForm);
}

/** Metadata that Open vSwitch has of its own, and of the pipeline. */
function pipelineText(o: TextOptions): string {
  let text = put("pkt_mark", P.pktMark, hexForm) + put("recirc_id", P.recircId, hexForm) + put("dp_hash", P.dpHash, hexForm);
  text += put("conj_id", P.conjId, plain);
  return image.has(P.actsetOutput) ? `${text}actset_output=${portText(image.num(P.actsetOutput), o)},` : text;
}

/** The text of the image, each part with a comma behind it. */
function imageText(o: TextOptions): string {
  const { value, mask } = image;
  const { groups } = image;
  let text = (groups & Group.pipeline) === 0 ? "" : pipelineText(o);
  if ((groups & Group.connection) !== 0) text += connectionText();
  let type = image.num(P.ethType);
  const packetType = image.num(P.packetType);
  if ((groups & Group.pipeline) !== 0 && image.has(P.packetType) && (packetType !== 0 || image.has(P.recircId))) {
    text += `${packetTypeText(packetType, mask[P.packetType] as number)},`;
    if (packetType >>> 16 === 1) type = packetType & 0xffff;
  }
  const kind = image.has(P.ethType) ? kindWord(type, image.has(P.nwProto) ? image.num(P.nwProto) : undefined) : undefined;
  if (kind !== undefined) text += `${kind[0]},`;
  if ((groups & Group.registers) !== 0)
    for (let i = 0; i < REG_NAMES.length; i++) if (mask[REG0 + i] !== 0) text += put(REG_NAMES[i]!, REG0 + i, hexForm);
  if ((groups & Group.tunnel) !== 0) text += tunnelText() + optionsText();
  text += put("metadata", P.metadata, hexForm);
  if (image.has(P.inPort)) text += `in_port=${portText(image.num(P.inPort), o)},`;
  text += vlanText(value[P.tci] as number, mask[P.tci] as number) + put("dl_src", P.ethSrc, macText) + put("dl_dst", P.ethDst, macText);
  if (kind === undefined && image.has(P.ethType)) text += `dl_type=${hexDigits(type, 4)},`;
  return (
    text + ((groups & Group.rare) === 0 && type !== NSH ? commonText(type, kind?.[1] === true) : headersText(type, kind?.[1] === true))
  );
}

/** What makes up the text of a match. */
export interface MatchTextOptions extends TextOptions {
  /** Told unless it is {@link DEFAULT_PRIORITY}. */
  readonly priority?: number | undefined;
}

/**
 * The text of a match, such as `priority=10,tcp,in_port=1,tp_dst=80`, in the order and words of Open vSwitch; empty for a match on every packet without a priority of its own.
 * Fields that Open vSwitch does not have come last.
 */
export function formatMatch(match: Match, o: MatchTextOptions = {}): string {
  const { entries } = match;
  let text = o.priority === undefined || o.priority === DEFAULT_PRIORITY ? "" : `priority=${o.priority},`;
  if (entries.length > 0) {
    image.fill(match);
    // OpenFlow 1.1 tells of a packet without a tag all 16 bits
    if (o.version === 2 && image.mask[P.tci] === 0x1fff && image.value[P.tci] === 0) image.mask[P.tci] = 0xffff;
    text += imageText(o);
    for (const e of entries) if (e.field === undefined || !isKnown(e.field)) text += otherText(e, o);
  }
  return text === "" ? "" : text.slice(0, -1);
}

/** A field that Open vSwitch refuses: one of the standard's, or one that no table knows, in hexadecimal. */
function otherText({ field, header, value, mask }: MatchEntry, o: TextOptions): string {
  if (field === undefined) return `oxm(${hexDigits(header, 8)})=${toHex(value as Uint8Array)},`;
  return field === (OXM.cookie as unknown) ? "" : foreignText(field, value, mask, o);
}

/** The port in a match; undefined where it does not say. */
export const inPortOf = (match: Match): number | undefined => match.get("inPort");
