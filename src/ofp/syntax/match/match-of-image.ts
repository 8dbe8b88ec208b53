import type { Version } from "../../../schema/mod.js";
import { factsOfImage, hasField, type PacketFacts } from "../../check/mod.js";
import { OXM, OXM_FIELDS, type OxmField, type OxmName } from "../../oxm/fields.js";
import type { FlowImage } from "../../oxm/flow-image.js";
import { FULL, GROUP_OF, Group, isOfEthernet, LAYOUT, OF_PACKETS, P, PCP, TAGGED, VID } from "../../oxm/flow-places.js";
import { ANY_PACKET, Match } from "../../oxm/match.js";
import { MatchEntry } from "../../oxm/match-entry.js";
import { withImpossible } from "./impossible.js";

/** Whose list of fields a match is for: a version's, or 0 for Nicira's. */
export type FieldList = Version | 0;

type Value = number | bigint;

const entry = (field: OxmField, value: Value, mask: Value | undefined): MatchEntry => new MatchEntry(field, 0, value, mask);

const PACKET_TYPE = OXM.packetType as OxmField;
const VLAN_VID = OXM.vlanVid as OxmField;
const VLAN_PCP = OXM.vlanPcp as OxmField;
const VLAN_TCI = OXM.vlanTci as OxmField;

/** Puts a tag: number and priority in OpenFlow's lists, all 16 bits in Nicira's. The matches of OpenFlow 1.0 and 1.1 have no bits of packets without a tag. */
function putTag(tci: number, mask: number, list: FieldList, entries: MatchEntry[]): void {
  if (list === 0) {
    entries.push(entry(VLAN_TCI, tci, mask === 0xffff ? undefined : mask));
    return;
  }
  if ((list === 1 || list === 2) && (mask & TAGGED) !== 0 && (tci & TAGGED) === 0) {
    entries.push(entry(VLAN_VID, 0, undefined));
    return;
  }
  const vid = mask & VID;
  if (vid !== 0) entries.push(entry(VLAN_VID, tci & VID, vid === VID ? undefined : vid));
  if ((mask & PCP) !== 0 && (tci & VID) !== 0) entries.push(entry(VLAN_PCP, tci >>> 13, undefined));
}

const registersOf = (name: RegExp): readonly { readonly field: OxmField; readonly at: number; readonly count: number }[] =>
  OXM_FIELDS.flatMap((field) => {
    const layout = LAYOUT[field.index]!;
    return name.test(field.name) && layout.how === "registers" ? [{ field, at: layout.at, count: layout.count }] : [];
  });

const REGISTERS = registersOf(/^reg\d/);
const PAIRS = registersOf(/^xreg\d/);
/** The options of tunnels by their numbers. */
const OPTIONS = OXM_FIELDS.filter(({ name }) => /^tunMetadata\d/.test(name));
const CT_PORTS: ReadonlySet<string> = new Set<OxmName>(["ctNwProto", "ctTpSrc", "ctTpDst"]);

/** Fields that Open vSwitch holds in fewer bits than their wire, and sends with a mask of those. */
const ALWAYS_MASKED: ReadonlySet<string> = new Set<OxmName>(["ctState", "tunFlags"]);

/** A field that lies whole at a place. */
interface Row {
  readonly field: OxmField;
  readonly at: number;
  /** The group of the place; 0 for one that often has a value. */
  readonly group: number;
  /** The mask of a value of which all counts: none, but for a few. */
  readonly full: Value | undefined;
  /** Sent only where the protocol of the connection is, only where the packets can have `needed`, or always. */
  readonly sent: "protocol" | "possible" | "always";
  /** The field itself; of the label of IPv6, which Open vSwitch sends of IPv4 packets too, one that both have. */
  readonly needed: OxmField;
  /** Bits that the place has beyond those of the field: a type of ICMP lies where ports do. */
  readonly excess: boolean;
  /** Only packets that are Ethernet's have it. */
  readonly implies: boolean;
}

/** Open vSwitch sends what it is given of connections, and of Ethernet and network service headers, even where the packets cannot have them: switches refuse that. */
const isAlwaysSent = (field: OxmField): boolean => field.tracked || isOfEthernet(field) || field.name.startsWith("nsh");

/** The fields that lie whole at a place, in canonical order, from one name to before another. */
function rowsBetween(first: OxmName, end: OxmName | undefined): readonly Row[] {
  const fields = OXM_FIELDS.slice(OXM[first].index, end === undefined ? undefined : OXM[end].index);
  return fields.flatMap((field): Row[] => {
    const layout = LAYOUT[field.index]!;
    if (layout.how !== "whole" || field === VLAN_TCI || field === PACKET_TYPE) return [];
    const { at } = layout;
    const full = ALWAYS_MASKED.has(field.name) ? FULL[at] : undefined;
    const sent = CT_PORTS.has(field.name) ? "protocol" : isAlwaysSent(field) ? "always" : "possible";
    const excess = field.maskable === "no" && FULL[at]! > field.exact;
    const needed = (field === (OXM.ipv6Flabel as OxmField) ? OXM.ipTtl : field) as OxmField;
    return [{ field, at, group: GROUP_OF[at]!, full, sent, needed, excess, implies: OF_PACKETS[field.index]! }];
  });
}

/** Rows of which only those are walked whose groups have values. */
class Rows {
  readonly #all: readonly Row[];
  readonly #told: (readonly Row[])[] = [];

  constructor(all: readonly Row[]) {
    this.#all = all;
  }

  /** @param groups - bits of {@link Group} */
  of(groups: number): readonly Row[] {
    this.#told[groups] ??= this.#all.filter(({ group }) => group === 0 || (group & groups) !== 0);
    return this.#told[groups];
  }
}

const BEFORE_TAG = new Rows(rowsBetween("packetType", "mplsTc"));
const BEFORE_OPTIONS = new Rows(rowsBetween("mplsTc", "tunErspanIdx"));
const BEFORE_REGISTERS = new Rows(rowsBetween("tunErspanIdx", "pktMark"));
const REST = new Rows(rowsBetween("pktMark", undefined));

/** Puts what the packets can have. @returns whether some of it makes them Ethernet packets */
function putRows(all: Rows, image: FlowImage, k: PacketFacts, entries: MatchEntry[]): boolean {
  let implied = false;
  const rows = all.of(image.groups);
  for (let i = 0; i < rows.length; i++) {
    const { field, at, full, sent, needed, excess, implies } = rows[i]!;
    if (!image.has(at)) continue;
    if (sent === "possible" ? !hasField(needed, k) : sent === "protocol" && image.num(P.ctNwProto) === 0) continue;
    const mask = image.mask[at]!;
    if (excess) entries.push(entry(field, image.num(at) & (field.exact as number), undefined));
    else entries.push(entry(field, image.value[at]!, mask === FULL[at] ? full : mask));
    implied ||= implies;
  }
  return implied;
}

/**
 * The match of a flow image, as Open vSwitch's nx_put_raw writes one: fields in canonical order, without those that the packets cannot have. The structures of OpenFlow 1.0 and 1.1 have these too, where
 * nobody looks for them.
 */
export function matchOfImage(image: FlowImage, list: FieldList): Match {
  const entries: MatchEntry[] = [];
  const k = factsOfImage(image);
  // later fragments have no ports, but a match may tell of both
  k.later = false;
  const packetType = image.num(P.packetType);
  const isEthernet = packetType === 0 && image.has(P.packetType);
  if (image.has(P.packetType) && !isEthernet) entries.push(entry(PACKET_TYPE, packetType, undefined));
  let implied = putRows(BEFORE_TAG, image, k, entries);
  if (image.has(P.vlanTci)) {
    implied = true;
    putTag(image.num(P.vlanTci), image.mask[P.vlanTci] as number, list, entries);
  }
  implied = putRows(BEFORE_OPTIONS, image, k, entries) || implied;
  putOptions(image, entries);
  implied = putRows(BEFORE_REGISTERS, image, k, entries) || implied;
  if ((image.groups & Group.registers) !== 0) putRegisters(image, list, entries);
  implied = putRows(REST, image, k, entries) || implied;
  if (isEthernet && !implied && list !== 1 && list !== 2) entries.unshift(entry(PACKET_TYPE, 0, undefined));
  const match = entries.length === 0 ? ANY_PACKET : new Match(entries);
  return list === 1 || list === 2 ? withImpossible(match, image, list) : match;
}

/** Registers: by two where OpenFlow has them so, in 1.5. */
function putRegisters(image: FlowImage, list: FieldList, entries: MatchEntry[]): void {
  const rows = list === 6 ? PAIRS : REGISTERS;
  for (let i = 0; i < rows.length; i++) {
    const { field, at, count } = rows[i]!;
    if (image.mask[at] === 0 && (count === 1 || image.mask[at + 1] === 0)) continue;
    const mask = joined(image.mask, at, count);
    entries.push(entry(field, joined(image.value, at, count), mask === field.exact ? undefined : mask));
  }
}

function joined(words: readonly Value[], at: number, count: number): Value {
  return count === 1 ? words[at]! : (BigInt(words[at]!) << 32n) | BigInt(words[at + 1]!);
}

function putOptions(image: FlowImage, entries: MatchEntry[]): void {
  if (image.options === undefined) return;
  for (const [n, field] of OPTIONS.entries()) {
    const option = image.options.get(n);
    if (option !== undefined) entries.push(new MatchEntry(field, 0, option.value, option.mask));
  }
}
