import type { Version } from "../../../schema/mod.js";
import { OXM, OXM_FIELDS, type OxmField, type OxmName } from "../../oxm/fields.js";
import { ANY_PACKET, Match, MatchEntry } from "../../oxm/match.js";
import { hasField, type Known, knownOf } from "../check-match.js";
import type { FlowImage } from "../flow-image.js";
import { FULL, LAYOUT, P, PCP, VID } from "../flow-places.js";

/** Whose list of fields a match is for: a version's, or 0 for Nicira's. */
export type FieldList = Version | 0;

type Value = number | bigint;

const entry = (field: OxmField, value: Value, mask: Value | undefined): MatchEntry => new MatchEntry(field, 0, value, mask);

const VLAN_VID = OXM.vlanVid as OxmField;
const VLAN_PCP = OXM.vlanPcp as OxmField;
const VLAN_TCI = OXM.vlanTci as OxmField;

/** The fields of a tag: number and priority in OpenFlow's lists, all 16 bits in Nicira's and where the parts do not say it. */
function tagEntries(tci: number, mask: number, list: FieldList): MatchEntry[] {
  if (mask === 0) return [];
  if (list === 0) return [entry(VLAN_TCI, tci, mask === 0xffff ? undefined : mask)];
  const entries: MatchEntry[] = [];
  const vid = mask & VID;
  if (vid !== 0) entries.push(entry(VLAN_VID, tci & VID, vid === VID ? undefined : vid));
  if ((mask & PCP) !== 0 && (tci & VID) !== 0) entries.push(entry(VLAN_PCP, tci >>> 13, undefined));
  return entries;
}

const registersOf = (name: RegExp): readonly { readonly field: OxmField; readonly at: number; readonly count: number }[] =>
  OXM_FIELDS.flatMap((field) => {
    const layout = LAYOUT[field.index]!;
    return name.test(field.name) && layout.how === "registers" ? [{ field, at: layout.at, count: layout.count }] : [];
  });

const REGISTERS = registersOf(/^reg\d/);
const PAIRS = registersOf(/^xreg\d/);
const OPTION = /^tunMetadata/;
const CT_PORTS: ReadonlySet<string> = new Set<OxmName>(["ctNwProto", "ctTpSrc", "ctTpDst"]);

/** Fields that lie whole at a place, in canonical order, besides the type of packets, which is seldom written. */
const WHOLE = OXM_FIELDS.filter(({ name, index }) => LAYOUT[index]!.how === "whole" && name !== "packetType" && name !== "vlanTci");

/** Fields that Open vSwitch holds in fewer bits than their wire, and sends with a mask of those. */
const ALWAYS_MASKED: ReadonlySet<string> = new Set<OxmName>(["ctState", "tunFlags"]);

/** The mask of what lies at a place; undefined where all of it counts. */
const maskIn = ({ name }: OxmField, at: number, mask: Value): Value | undefined =>
  mask === FULL[at] && !ALWAYS_MASKED.has(name) ? undefined : mask;

/**
 * The match of a flow image, as Open vSwitch's nx_put_raw writes one: fields in canonical order, without those that the packets cannot have.
 */
export function matchOfImage(image: FlowImage, list: FieldList): Match {
  const entries: MatchEntry[] = [];
  // later fragments have no ports, but a match may tell of both
  const k: Known = { ...knownOf(image), later: false };
  const packetType = image.num(P.packetType);
  const isEthernet = packetType === 0 && image.has(P.packetType);
  if (image.has(P.packetType) && !isEthernet) entries.push(entry(OXM.packetType as OxmField, packetType, undefined));
  let implied = false;
  for (const field of WHOLE) {
    const at = P[field.name as OxmName];
    if (field === (OXM.mplsTc as OxmField)) entries.push(...tagEntries(image.num(P.vlanTci), image.mask[P.vlanTci] as number, list));
    if (field === (OXM.pktMark as OxmField)) putRegisters(image, list, entries);
    if (field === (OXM.tunErspanIdx as OxmField)) putOptions(image, entries);
    if (!image.has(at)) continue;
    if (CT_PORTS.has(field.name) ? image.num(P.ctNwProto) === 0 : !field.tracked && !hasField(field, k)) continue;
    entries.push(entry(field, image.value[at]!, maskIn(field, at, image.mask[at]!)));
    implied ||= "ethType" in field.requires || field.tracked || field.name.startsWith("eth");
  }
  implied ||= image.has(P.vlanTci);
  if (isEthernet && !implied && list !== 1 && list !== 2) entries.unshift(entry(OXM.packetType as OxmField, 0, undefined));
  return entries.length === 0 ? ANY_PACKET : new Match(entries);
}

/** Registers: by two where OpenFlow has them so, in 1.5. */
function putRegisters(image: FlowImage, list: FieldList, entries: MatchEntry[]): void {
  for (const { field, at, count } of list === 6 ? PAIRS : REGISTERS) {
    const mask = joined(image.mask, at, count);
    if (mask === 0 || mask === 0n) continue;
    entries.push(entry(field, joined(image.value, at, count), mask === field.exact ? undefined : mask));
  }
}

function joined(words: readonly Value[], at: number, count: number): Value {
  return count === 1 ? words[at]! : (BigInt(words[at]!) << 32n) | BigInt(words[at + 1]!);
}

function putOptions(image: FlowImage, entries: MatchEntry[]): void {
  if (image.options === undefined) return;
  for (const field of OXM_FIELDS.filter(({ name }) => OPTION.test(name))) {
    const layout = LAYOUT[field.index]!;
    const option = layout.how === "option" ? image.options.get(layout.n) : undefined;
    if (option !== undefined) entries.push(new MatchEntry(field, 0, option.value, option.mask));
  }
}
