import { toHex } from "../../bytes/mod.js";
import { OXM } from "../oxm/fields.js";
import type { Match, MatchEntry } from "../oxm/match.js";
import { countedMask, FIELD_TEXT, KIND_BEFORE, PLACE, placeOf } from "./field-text.js";
import type { TextOptions } from "./options.js";
import { hexDigits } from "./words.js";

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

const VID = placeOf("vlanVid");
const PCP = placeOf("vlanPcp");
const ETH_TYPE = placeOf("ethType");
const PROTO = placeOf("ipProto");

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
  const bits = mask === 0xffff ? "" : `/${hexDigits(mask, 4)}`;
  return `vlan_tci${suffix}=${hexDigits(tci, 4)}${bits},`;
}

function vlanOf(vid: MatchEntry | undefined, pcp: MatchEntry | undefined): string {
  let tci = 0;
  let mask = 0;
  if (vid !== undefined) {
    mask = vid.mask === undefined ? 0x1fff : (vid.mask as number) & 0x1fff;
    tci = (vid.value as number) & mask;
    // OpenFlow 1.0 says of an untagged packet all 16 bits
    if (vid.mask === UNTAGGED10) mask = 0xffff;
  }
  if (pcp !== undefined && mask !== 0xffff) {
    tci |= ((pcp.value as number) << 13) | TAGGED;
    mask |= PCP_BITS | TAGGED;
  }
  return vlanText(tci, mask);
}

/** A mask of the VLAN that only a match of OpenFlow 1.0 on the wire has. */
export const UNTAGGED10 = 0xffff;

const slots: (MatchEntry | undefined)[] = new Array(FIELD_TEXT.length).fill(undefined);

/**
 * The text of a match, such as `priority=10,tcp,in_port=1,tp_dst=80`, in the order and words of Open vSwitch; empty for a match on every packet without a priority of its own.
 * @param priority - told unless it is {@link DEFAULT_PRIORITY}
 */
export function formatMatch(match: Match, o: TextOptions & { readonly priority?: number | undefined } = {}): string {
  const { entries } = match;
  let text = o.priority === undefined || o.priority === DEFAULT_PRIORITY ? "" : `priority=${o.priority},`;
  if (entries.length === 0) return text === "" ? "" : text.slice(0, -1);
  slots.fill(undefined);
  let others = "";
  for (let i = 0; i < entries.length; i++) {
    const e = entries[i]!;
    const { field } = e;
    if (field === undefined) others += unknownText(e);
    else if (e.mask === undefined || (e.mask !== 0 && e.mask !== 0n)) slots[PLACE[field.index]!] = e;
  }
  const ethType = slots[ETH_TYPE]?.value as number | undefined;
  const proto = slots[PROTO]?.value as number | undefined;
  const kind = ethType === undefined ? undefined : kindWord(ethType, proto);
  for (let place = 0; place < slots.length; place++) {
    if (place === KIND_BEFORE && kind !== undefined) text += `${kind[0]},`;
    if (place === VID) {
      if (slots[VID] !== undefined || slots[PCP] !== undefined) text += vlanOf(slots[VID], slots[PCP]);
      continue;
    }
    const e = slots[place];
    if (e === undefined || place === PCP) continue;
    if (kind !== undefined && (place === ETH_TYPE || (place === PROTO && kind[1]))) continue;
    const row = FIELD_TEXT[place]!;
    text += `${row.name}=${row.form(e.value as number, countedMask(e.field!, e.mask), o)},`;
  }
  text += others;
  return text === "" ? "" : text.slice(0, -1);
}

/** A field that no table knows, in hexadecimal. Open vSwitch refuses such matches. */
function unknownText(e: MatchEntry): string {
  return `oxm(${hexDigits(e.header, 8)})=${e.value instanceof Uint8Array ? toHex(e.value) : e.value},`;
}

/** The port in a match; undefined where it does not say. */
export const inPortOf = (match: Match): number | undefined => match.get(OXM.inPort.name as "inPort");
