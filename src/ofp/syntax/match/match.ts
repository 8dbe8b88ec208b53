import { toHex } from "../../../bytes/mod.js";
import { checkOptions, type OptionTable } from "../../../errors/mod.js";
import { EtherType, IpProto } from "../../../packet/mod.js";
import { DEFAULT_PRIORITY } from "../../ids.js";
import { type MatchFormat, OXM, OXM_FIELDS, type OxmField, type OxmName } from "../../oxm/fields.js";
import { type FlowImage, withImage } from "../../oxm/flow-image.js";
import { Fragment, FULL, Group, isKnown, P, REG0 } from "../../oxm/flow-places.js";
import type { Match } from "../../oxm/match.js";
import type { MatchEntry } from "../../oxm/match-entry.js";
import { VLAN_PRESENT } from "../../vlan.js";
import type { TextOptions } from "../options.js";
import { TEXT_OPTIONS } from "../options.js";
import { hex, hex0, hexDigits, portText } from "../words.js";
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
import { takeValuesAsMasks } from "./value-as-mask.js";

export { DEFAULT_PRIORITY } from "../../ids.js";

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

/** The word for a kind of packet, and whether it gives the protocol too; undefined where there is none. */
export function kindWord(ethType: number, proto: number | undefined): readonly [word: string, tellsProto: boolean] | undefined {
  const word = ETHER_WORDS[ethType];
  if (word === undefined) return undefined;
  const exact = proto === undefined ? undefined : PROTO_WORDS[ethType]?.[proto];
  return exact === undefined ? [word, false] : [exact, true];
}

const VID_BITS = 0xfff;
const PCP_BITS = 0xe000;

/** The VLAN of a match from the bits of a tag that count: by number and priority where they are given in whole, or else by all 16 bits. */
export function vlanText(tci: number, mask: number, suffix = ""): string {
  if (mask === 0) return "";
  const vid = mask & VID_BITS;
  const pcp = mask & PCP_BITS;
  const whole = (vid === 0 || vid === VID_BITS) && (pcp === 0 || pcp === PCP_BITS) && (vid | pcp) !== 0;
  if ((mask & tci & VLAN_PRESENT) !== 0 && whole) {
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
/** A value without its mask, whatever of it counts. */
const plainForm: Form = (v) => String(v);

/** The formats of the rows. */
const FORMS: Readonly<Record<MatchFormat, Form>> = {
  short: shortForm,
  plain: plainForm,
  plainHex: hex,
  byte: byteForm,
  label: labelForm,
  word: wordForm,
  hex: hexForm,
  mac: macText,
  ipv4: ipv4Text,
  ipv6: ipv6Text,
};

/** A field in a printed match. */
interface Part {
  /** Name and `=`. */
  readonly head: string;
  /** The place in the image; that of the lowest register for one that is made of some. */
  readonly at: number;
  readonly form: Form;
}

const partOf = ({ words }: OxmField, at: number): Part => ({ head: `${words.shown}=`, at, form: FORMS[words.shownAs] });

const T = Object.fromEntries(OXM_FIELDS.map((f) => [f.name, partOf(f, P[f.name as OxmName])])) as { readonly [K in OxmName]: Part };
const REGISTERS: readonly Part[] = Array.from({ length: FULL.length - REG0 }, (_, i) =>
  partOf(OXM[`reg${i}` as OxmName] as OxmField, REG0 + i),
);

/** The text of what lies at one place of the image; none where nothing of it counts. */
function put(image: FlowImage, { head, at, form }: Part): string {
  const mask = image.mask[at]!;
  if (mask === 0 || mask === 0n) return "";
  return `${head}${form(image.value[at]!, mask === FULL[at] ? undefined : mask)},`;
}

function connectionText(image: FlowImage): string {
  const { value, mask } = image;
  let text = "";
  if (image.has(P.ctState)) text += `${T.ctState.head}${ctStateText(value[P.ctState] as number, mask[P.ctState] as number)},`;
  text += put(image, T.ctZone) + put(image, T.ctMark) + put(image, T.ctLabel);
  text += put(image, T.ctNwSrc) + put(image, T.ctIpv6Src);
  text += put(image, T.ctNwDst) + put(image, T.ctIpv6Dst);
  if (image.has(P.ctNwProto)) text += put(image, T.ctNwProto) + put(image, T.ctTpSrc) + put(image, T.ctTpDst);
  return text;
}

function tunnelText(image: FlowImage): string {
  const { value, mask } = image;
  let text = put(image, T.tunnelId) + put(image, T.tunSrc) + put(image, T.tunDst);
  text += put(image, T.tunIpv6Src) + put(image, T.tunIpv6Dst);
  text += put(image, T.tunGbpId) + put(image, T.tunGbpFlags);
  const version = image.num(P.tunErspanVer);
  text += put(image, T.tunErspanVer);
  if (version === 1) text += put(image, T.tunErspanIdx);
  if (version === 2) text += put(image, T.tunErspanDir) + put(image, T.tunErspanHwid);
  text += put(image, T.tunGtpuFlags) + put(image, T.tunGtpuMsgtype);
  if (image.has(P.tunFlags)) text += `${T.tunFlags.head}${tunnelFlagsText(value[P.tunFlags] as number, mask[P.tunFlags] as number)},`;
  return text;
}

function optionsText(image: FlowImage): string {
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

function nshText(image: FlowImage): string {
  let text = put(image, T.nshFlags) + put(image, T.nshTtl) + put(image, T.nshMdtype);
  text += put(image, T.nshNp) + put(image, T.nshSpi) + put(image, T.nshSi);
  if (!image.has(P.nshMdtype) || image.num(P.nshMdtype) !== 1) return text;
  text += put(image, T.nshC1) + put(image, T.nshC2);
  return text + put(image, T.nshC3) + put(image, T.nshC4);
}

function fragmentText(image: FlowImage): string {
  const { Any: ANY, Later: LATER } = Fragment;
  const v = image.num(P.ipFrag);
  const any = (v & ANY) !== 0;
  const later = (v & LATER) !== 0;
  switch (image.mask[P.ipFrag]) {
    case ANY | LATER:
      return `${T.ipFrag.head}${any ? (later ? "later" : "first") : later ? "<error>" : "no"},`;
    case ANY:
      return `${T.ipFrag.head}${any ? "yes" : "no"},`;
    case LATER:
      return `${T.ipFrag.head}${later ? "later" : "not_later"},`;
    default:
      return "";
  }
}

const isArp = (type: number): boolean => type === 0x0806 || type === 0x8035;

/** What stands in the packet's headers from the network's on; `type` is its type. */
function headersText(image: FlowImage, type: number, tellsProto: boolean): string {
  const { value, mask } = image;
  const arp = isArp(type);
  let text = "";
  if (type === EtherType.Ipv6) text += put(image, T.ipv6Src) + put(image, T.ipv6Dst) + put(image, T.ipv6Flabel);
  else if (arp) text += put(image, T.arpSpa) + put(image, T.arpTpa);
  else if (type === EtherType.Nsh) text += nshText(image);
  else text += put(image, T.ipv4Src) + put(image, T.ipv4Dst);
  if (!tellsProto) text += put(image, arp ? T.arpOp : T.ipProto);
  if (arp) text += put(image, T.arpSha) + put(image, T.arpTha);
  if (image.has(P.ipDscp)) text += `${T.ipDscp.head}${image.num(P.ipDscp) << 2},`;
  text += put(image, T.ipEcn) + put(image, T.ipTtl);
  text += put(image, T.mplsLabel) + put(image, T.mplsTc);
  text += put(image, T.mplsTtl) + put(image, T.mplsBos);
  if (image.inner !== undefined) for (const [i, entry] of image.inner.labels.entries()) text += `mpls_lse${i + 1}=${entry},`;
  text += fragmentText(image);
  const proto = image.num(P.ipProto);
  if (type === EtherType.Ipv4 && proto === IpProto.Icmp) text += put(image, T.icmpv4Type) + put(image, T.icmpv4Code);
  else if (type === EtherType.Ipv6 && proto === IpProto.Icmpv6) {
    text += put(image, T.icmpv6Type) + put(image, T.icmpv6Code) + put(image, T.ipv6NdTarget);
    text += put(image, T.ipv6NdSll) + put(image, T.ipv6NdTll);
    text += put(image, T.ipv6NdReserved) + put(image, T.ipv6NdOptionsType);
  } else text += put(image, T.tcpSrc) + put(image, T.tcpDst);
  const flowType = image.ethType;
  if ((flowType === EtherType.Ipv4 || flowType === EtherType.Ipv6) && proto === IpProto.Tcp && image.has(P.tcpFlags))
    text += `${T.tcpFlags.head}${tcpFlagsText(value[P.tcpFlags] as number, mask[P.tcpFlags] as number)},`;
  return text;
}

/** What stands in the packet's headers where nothing else than addresses, protocol and ports is given: the same as {@link headersText}, sooner. */
function commonText(image: FlowImage, type: number, tellsProto: boolean): string {
  const arp = isArp(type);
  let text = "";
  if (type !== EtherType.Ipv6) text = put(image, arp ? T.arpSpa : T.ipv4Src) + put(image, arp ? T.arpTpa : T.ipv4Dst);
  if (!tellsProto) text += put(image, arp ? T.arpOp : T.ipProto);
  const proto = image.num(P.ipProto);
  const icmp = (type === EtherType.Ipv4 && proto === IpProto.Icmp) || (type === EtherType.Ipv6 && proto === IpProto.Icmpv6);
  return text + put(image, icmp ? T.icmpv4Type : T.tcpSrc) + put(image, icmp ? T.icmpv4Code : T.tcpDst);
}

/** Metadata that Open vSwitch has of its own, and of the pipeline. */
function pipelineText(image: FlowImage, o: TextOptions): string {
  let text = put(image, T.pktMark) + put(image, T.recircId) + put(image, T.dpHash);
  text += put(image, T.conjId);
  return image.has(P.actsetOutput) ? `${text}${T.actsetOutput.head}${portText(image.num(P.actsetOutput), o)},` : text;
}

/** The text of the image, each part with a comma behind it. */
function imageText(image: FlowImage, o: TextOptions): string {
  const { value, mask } = image;
  const { groups } = image;
  let text = (groups & Group.pipeline) === 0 ? "" : pipelineText(image, o);
  if ((groups & Group.connection) !== 0) text += connectionText(image);
  let type = image.num(P.ethType);
  const packetType = image.num(P.packetType);
  if ((groups & Group.pipeline) !== 0 && image.has(P.packetType) && (packetType !== 0 || image.has(P.recircId))) {
    text += `${packetTypeText(packetType, mask[P.packetType] as number)},`;
    if (packetType >>> 16 === 1) type = packetType & 0xffff;
  }
  const kind = image.has(P.ethType) ? kindWord(type, image.has(P.ipProto) ? image.num(P.ipProto) : undefined) : undefined;
  if (kind !== undefined) text += `${kind[0]},`;
  if ((groups & Group.registers) !== 0)
    for (let i = 0; i < REGISTERS.length; i++) if (mask[REG0 + i] !== 0) text += put(image, REGISTERS[i]!);
  if ((groups & Group.tunnel) !== 0) text += tunnelText(image) + optionsText(image);
  text += put(image, T.metadata);
  if (image.has(P.inPort)) text += `${T.inPort.head}${portText(image.num(P.inPort), o)},`;
  text += vlanText(value[P.vlanTci] as number, mask[P.vlanTci] as number);
  if (image.inner?.tag !== undefined) text += vlanText(image.inner.tag, 0xffff, "1");
  text += put(image, T.ethSrc) + put(image, T.ethDst);
  if (kind === undefined && image.has(P.ethType)) text += `${T.ethType.head}${hexDigits(type, 4)},`;
  return (
    text +
    ((groups & Group.rare) === 0 && type !== EtherType.Nsh
      ? commonText(image, type, kind?.[1] === true)
      : headersText(image, type, kind?.[1] === true))
  );
}

/** What makes up the text of a match. */
export interface MatchTextOptions extends TextOptions {
  /** Printed unless it is {@link DEFAULT_PRIORITY}. */
  readonly priority?: number | undefined;
}

/** What {@link MatchTextOptions} has, for its check. */
export const MATCH_TEXT_OPTIONS: OptionTable<MatchTextOptions> = { ...TEXT_OPTIONS, priority: "number" };

/**
 * The text of a match, such as `priority=10,tcp,in_port=1,tp_dst=80`, in the order and words of Open vSwitch; empty for a match on every packet without a priority of its own.
 * Fields that Open vSwitch does not have come last.
 */
export function formatMatch(match: Match, o: MatchTextOptions = {}): string {
  checkOptions("formatMatch", o, MATCH_TEXT_OPTIONS);
  const { entries } = match;
  const priority = o.priority === undefined || o.priority === DEFAULT_PRIORITY ? "" : `priority=${o.priority},`;
  const text = entries.length === 0 ? priority : priority + withImage((image) => entriesText(image, match, o));
  return text === "" ? "" : text.slice(0, -1);
}

function entriesText(image: FlowImage, match: Match, o: TextOptions): string {
  image.fill(match);
  if ((image.groups & Group.tunnel) !== 0) takeValuesAsMasks(image);
  // OpenFlow 1.1 has all 16 bits for a packet without a tag
  if (o.version === 2 && image.mask[P.vlanTci] === 0x1fff && image.value[P.vlanTci] === 0) image.mask[P.vlanTci] = 0xffff;
  let text = imageText(image, o);
  for (const e of match.entries) if (e.field === undefined || !isKnown(e.field)) text += otherText(e, o);
  return text;
}

/** The text of what an image holds, whether or not the packets can have it. */
export const formatImage = (image: FlowImage, o: TextOptions = {}): string => imageText(image, o).slice(0, -1);

/** A field that Open vSwitch refuses: one of the standard's, or one that no table knows, in hexadecimal. */
function otherText({ field, header, value, mask }: MatchEntry, o: TextOptions): string {
  if (field === undefined) return `oxm(${hexDigits(header, 8)})=${toHex(value as Uint8Array)},`;
  return field === (OXM.cookie as unknown) ? "" : foreignText(field, value, mask, o);
}

/** The port in a match; undefined where it does not say. */
export const inPortOf = (match: Match): number | undefined => match.get("inPort");
