import { factsOfImage, hasField } from "../../check/mod.js";
import { formOfName, OXM, type OxmField, type OxmForm, type OxmValue } from "../../oxm/fields.js";
import { FULL, LAYOUT, P, VID } from "../../oxm/flow-places.js";
import { and } from "../../oxm/masked.js";
import { MatchEntry } from "../../oxm/match-entry.js";
import { PortNo } from "../../port/port-no.js";
import { VLAN_NONE, VLAN_PRESENT } from "../../vlan.js";
import { readFieldValue } from "../match/field-value.js";
import { placeOf, type ValuePlace } from "../match/form.js";
import { DL_VLAN, KINDS, OLD_NAMES } from "../match/match-builder.js";
import type { MaskedValue } from "../parse/address.js";
import type { SyntaxOptions } from "../parse/options.js";
import { Pairs } from "../parse/pairs.js";
import { refuse, SyntaxFault } from "../parse/syntax-fault.js";
import { PacketFlow } from "./packet-flow.js";

const VLAN_NUMBER = 0xfff;
const VLAN_TPID = 0x8100;
/** The states of a connection, one of which any tracked packet has: new, est, rpl. */
const TRACKED = 0x01 | 0x02 | 0x08;

type Image = PacketFlow["image"];

/** Reads a value that is given whole. */
function readWhole(place: ValuePlace, value: string, o: SyntaxOptions): OxmValue {
  const wild = (): never => refuse(`${value}: wildcards not allowed here`);
  if (value === "*") wild();
  const read: MaskedValue<OxmValue> = readFieldValue(place, value, o);
  return read.mask === undefined ? read.value : wild();
}

const isZero = (v: OxmValue): boolean => v === 0 || v === 0n;

/** Whether a field has a value other than 0. */
function isSet(image: Image, field: OxmField): boolean {
  const layout = LAYOUT[field.index]!;
  switch (layout.how) {
    case "whole":
      return !isZero(image.value[layout.at]!);
    case "vid":
      return (image.num(P.vlanTci) & VID) !== 0;
    case "pcp":
      return image.num(P.vlanTci) >>> 13 !== 0;
    case "registers":
      return image.value.slice(layout.at, layout.at + layout.count).some((word) => word !== 0);
    default:
      return !image.isWild(field);
  }
}

/** Whether a packet so far has a field. */
const isPossible = (image: Image, field: OxmField): boolean =>
  field.tracked ? (image.num(P.ctState) & TRACKED) !== 0 : hasField(field, factsOfImage(image));

function put(image: Image, field: OxmField, given: OxmValue): void {
  const layout = LAYOUT[field.index]!;
  let value = given;
  if (!(value instanceof Uint8Array)) {
    if (layout.how === "whole") value = and(value, field === (OXM.ipv6Flabel as OxmField) ? 0xfffff : FULL[layout.at]!);
    else if (layout.how === "vid") value = (value as number) & VID;
    else if (layout.how === "pcp") value = (value as number) & 7;
  }
  image.set(new MatchEntry(field, 0, value, undefined));
}

/** The form of a field and its value in the bits of the field. */
function putForm(image: Image, { field, narrow }: OxmForm, value: OxmValue): void {
  put(image, field, narrow !== undefined && field !== (OXM.inPort as OxmField) ? (value as number) >>> 2 : value);
}

function putOld(image: Image, place: ValuePlace, value: number): void {
  if (place !== DL_VLAN) put(image, OXM.vlanPcp as OxmField, value);
  else if (value === VLAN_NONE) put(image, OXM.vlanTci as OxmField, 0);
  else put(image, OXM.vlanVid as OxmField, (value & 0xfff) | VLAN_PRESENT);
}

/**
 * The fields of one packet that a text such as `tcp,nw_dst=10.0.0.1,tp_dst=80` names: each with a value and without a mask, behind what it requires, the others 0. A packet that came in by no port has
 * `in_port=ANY`. Open vSwitch ofp-flow.c (parse_ofp_exact_flow)
 * @throws SyntaxFault `ERR_SYNTAX` with the words of Open vSwitch
 */
export function parsePacketFlow(text: string, o: SyntaxOptions = {}): PacketFlow {
  const flow = new PacketFlow();
  const { image } = flow;
  for (const pairs = new Pairs(text); pairs.next(); ) takePair(image, text, pairs, o);
  if (image.num(P.inPort) === 0) flow.put(P.inPort, PortNo.Any);
  const tci = image.num(P.vlanTci);
  if (tci !== 0) flow.pushTag(VLAN_TPID * 0x10000 + tci);
  flow.pushLabel(((image.num(P.mplsLabel) << 12) | (image.num(P.mplsTc) << 9) | (image.num(P.mplsBos) << 8) | image.num(P.mplsTtl)) >>> 0);
  return flow;
}

function takePair(image: Image, text: string, { key, value }: Pairs, o: SyntaxOptions): void {
  const kind = KINDS.get(key);
  if (kind !== undefined) {
    if (image.num(P.ethType) !== 0) refuse(`${text}: Ethernet type set multiple times`);
    put(image, OXM.ethType as OxmField, kind[0]);
    if (kind[1] === 0) return;
    if (image.num(P.ipProto) !== 0) refuse(`${text}: network protocol set multiple times`);
    put(image, OXM.ipProto as OxmField, kind[1]);
    return;
  }
  const form = formOfName(key);
  const old = OLD_NAMES.get(key);
  const known = form?.field.ovs === undefined ? undefined : form;
  const field = known?.field ?? ((old === DL_VLAN ? OXM.vlanVid : OXM.vlanPcp) as OxmField);
  const place = known === undefined ? old : placeOf(known);
  if (place === undefined) refuse(`${text}: unknown field ${key}`);
  // the names of OpenFlow 1.0 need no tag
  if (!isPossible(image, known === undefined ? (OXM.vlanVid as OxmField) : field))
    refuse(`${text}: prerequisites not met for setting ${key}`);
  const set = known === undefined && old === DL_VLAN ? (image.num(P.vlanTci) & VLAN_NUMBER) !== 0 : isSet(image, field);
  if (set) refuse(`${text}: field ${key} set multiple times`);
  let whole: OxmValue;
  try {
    whole = readWhole(place, value, o);
  } catch (e) {
    if (e instanceof SyntaxFault) refuse(`${text}: bad value for ${key} (${e.message})`);
    throw e;
  }
  if (known === undefined) putOld(image, place, whole as number);
  else putForm(image, known, whole);
}
