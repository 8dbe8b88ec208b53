import { fromHex } from "../../../bytes/mod.js";
import { ControllerAction } from "../../action/controller.js";
import { Decap, Encap, type EncapProperty, PacketType } from "../../action/encap.js";
import { CheckPktLarger, CopyField, DeleteField, OutputReg, RegLoad, StackPop, StackPush } from "../../action/fields.js";
import { Bundle, BundleLoad, Multipath } from "../../action/hash.js";
import { CtClear } from "../../action/nested.js";
import {
  Conjunction,
  DebugRecirc,
  DebugSlow,
  DecNshTtl,
  Exit,
  FinTimeout,
  Note,
  OutputTrunc,
  PopQueue,
  Resubmit,
  Sample,
  SetTunnel,
} from "../../action/nicira.js";
import {
  SetEthDst,
  SetEthSrc,
  SetIpv4Dst,
  SetIpv4Src,
  SetMplsLabel,
  SetMplsTc,
  SetNwEcn,
  SetNwTos,
  SetTpDst,
  SetTpSrc,
  SetVlanPcp,
  SetVlanVid,
} from "../../action/set.js";
import {
  DecMplsTtl,
  DecNwTtl,
  Enqueue,
  Group,
  Output,
  PopMpls,
  PopVlan,
  PushMpls,
  PushVlan,
  SetField,
  SetMplsTtl,
  SetNwTtl,
  SetQueue,
} from "../../action/standard.js";
import { FieldRef } from "../../action/subfield.js";
import { ClearActions, GotoTable, Meter, WriteMetadata } from "../../instruction/table.js";
import { formOfName, type OxmForm, type OxmValue } from "../../oxm/fields.js";
import { MatchEntry } from "../../oxm/match.js";
import { PortNo } from "../../port-no.js";
import { BUNDLE_WORDS, HASH_WORDS, MULTIPATH_WORDS, PACKET_WORDS } from "../actions-nicira.js";
import { ETHERNET_HEADER, MOST_MEMBERS } from "../check-action.js";
import { isValid } from "../check-match.js";
import { setFieldValue } from "../field-text.js";
import { ANY_TABLE } from "../flow-words.js";
import type { AnyAction, AnyInstruction } from "../types.js";
import { isPort } from "../words.js";
import { Act, NO_ACTS, Rank } from "./act.js";
import {
  readAddress32,
  readAddress48,
  readHexBytes,
  readLoose,
  readLooseInt,
  readTable,
  readU8,
  readU16,
  readU32,
  readU64,
} from "./c-number.js";
import { readFieldValue } from "./field-value.js";
import { integerValue, readInteger } from "./integer.js";
import type { SyntaxOptions } from "./options.js";
import { Pairs } from "./pairs.js";
import { formOfText, readMove, readPart, readPartAt } from "./part.js";
import { readPort } from "./port.js";
import { Protocol, protocolsOf, SINCE_11, SINCE_13, WITH_OXM } from "./protocols.js";
import { SyntaxFault } from "./syntax-fault.js";

/** What is known while actions are read: what names stand for, and the protocols that can have what was read so far. */
export interface ActionReading extends SyntaxOptions {
  protocols: number;
}

/** Reads what stands behind the name of an action. Throws {@link SyntaxFault}. */
export type ReadAction = (text: string, r: ActionReading) => Act;

const refuse = (message: string): never => {
  throw new SyntaxFault(message);
};

/** The bytes of an action of Open vSwitch's that holds little. */
const SMALL = 8;
const round8 = (n: number): number => (n + 7) & ~7;

const act = (name: string, action: AnyAction | AnyInstruction, size: number = SMALL, form?: OxmForm): Act =>
  new Act(name, Rank.apply, action, size, form, NO_ACTS, false);

const bare =
  (name: string, make: () => AnyAction, size?: number): ReadAction =>
  () =>
    act(name, make(), size);

/** An action of one value. */
const one =
  <T>(name: string, read: (text: string, r: ActionReading) => T, make: (value: T) => AnyAction, size?: number): ReadAction =>
  (text, r) =>
    act(name, make(read(text, r)), size);

/** A number that has no bits but those of a mask. */
const within =
  (bits: 8 | 16 | 32, what: string, mask: number, title: string, missing?: string) =>
  (text: string): number => {
    if (missing !== undefined && text === "") refuse(missing);
    const value = bits === 8 ? readU8(text, what) : bits === 16 ? readU16(text, what) : readU32(text);
    return (value & ~mask) === 0 ? value : refuse(`${text}: not a valid ${title}`);
  };

function output(text: string, r: ActionReading): Act {
  if (text.includes("port") && text.includes("max_len")) return truncated(text, r);
  const port = readPort(text, r);
  if (port !== undefined) return act("output", Output.of({ port, maxLen: port === PortNo.Controller ? 0xffff : 0 }), 16);
  let src: ReturnType<typeof readPart>;
  try {
    src = readPart(text);
  } catch {
    return refuse(`${text}: output to unknown port`);
  }
  const format = isLong(src.form) ? "reg2" : "";
  return act("output_reg", OutputReg.of({ src: src.part, format }), 32);
}

/** Whether actions have no room for the header of a field, which has 64 bits. */
const isLong = (form: OxmForm): boolean => form.field.forms[0]!.experimenter !== 0;

function truncated(text: string, r: ActionReading): Act {
  let port = 0;
  let maxLen = 0;
  for (const pairs = new Pairs(text); pairs.next(); ) {
    const { key, value } = pairs;
    if (key === "port") {
      port = readPort(value, r) ?? refuse(`output to unknown truncate port: ${value}`);
      if ((port & 0xffff) > 0xff00 && port !== PortNo.Local && port !== PortNo.InPort)
        refuse(`output to unsupported truncate port: ${value}`);
    } else if (key === "max_len") {
      maxLen = readU32(value);
      if (maxLen < ETHERNET_HEADER) refuse(`max_len ${maxLen} is less than the minimum value ${ETHERNET_HEADER}`);
    } else refuse(`invalid key '${key}' in output_trunc argument`);
  }
  return act("output_trunc", OutputTrunc.of({ port, maxLen }), 16);
}

const REASONS = ["no_match", "action", "invalid_ttl", "action_set", "group", "packet_out", ""];
const BY_ACTION = 1;

function controller(text: string): Act {
  let maxLen = 0xffff;
  let reason = BY_ACTION;
  let controllerId = 0;
  let meterId = 0;
  let pause = false;
  let userdata: string | undefined;
  if (/^\d+$/.test(text)) maxLen = readU16(text, "max_len");
  else
    for (const pairs = new Pairs(text); pairs.next(); ) {
      const { key, value } = pairs;
      if (key === "reason") {
        reason = REASONS.indexOf(value.toLowerCase());
        if (reason < 0) refuse(`unknown reason "${value}"`);
      } else if (key === "max_len") maxLen = readU16(value, "max_len");
      else if (key === "id") controllerId = readU16(value, "id");
      else if (key === "userdata") userdata = value;
      else if (key === "pause") pause = true;
      else if (key === "meter_id") meterId = readU32(value);
      else refuse(`unknown key "${key}" parsing controller action`);
    }
  if (reason === BY_ACTION && controllerId === 0 && userdata === undefined && !pause && meterId === 0)
    return act("output", Output.of({ port: PortNo.Controller, maxLen }), 16);
  const data =
    userdata === undefined ? new Uint8Array() : (readHexBytes(userdata) ?? refuse("bad hex digit in `controller' action `userdata'"));
  const format = data.length > 0 || pause || meterId !== 0 ? "properties" : "";
  const action = ControllerAction.of({ format, maxLen, reason, controllerId, userdata: data, pause, meterId });
  return act("controller", action, round8(22 + data.length));
}

function enqueue(text: string, r: ActionReading): Act {
  const found = /^[:q,]*([^:q,]+)(?:[:q,](.*))?$/s.exec(text);
  const [, port, queue] = found ?? [];
  if (port === undefined || queue === undefined || queue === "")
    return refuse('"enqueue" syntax is "enqueue:PORT:QUEUE" or "enqueue(PORT,QUEUE)"');
  const number = readPort(port, r) ?? refuse(`${port}: enqueue to unknown port`);
  return act("enqueue", Enqueue.of({ port: number, queueId: readU32(queue) }), 16);
}

const numberOf = (words: Readonly<Record<number, string>>): ReadonlyMap<string, number> =>
  new Map(Object.entries(words).map(([number, word]) => [word, Number(number)]));
const HASHES = numberOf(HASH_WORDS);
const MULTIPATHS = numberOf(MULTIPATH_WORDS);
const BUNDLES = numberOf(BUNDLE_WORDS);

/** The next of some words, between which characters of a set stand, as C's strtok_r has it. */
class Words {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  next(gaps: string): string | undefined {
    const text = this.#text;
    while (this.#at < text.length && gaps.includes(text[this.#at]!)) this.#at++;
    if (this.#at >= text.length) return undefined;
    const start = this.#at;
    while (this.#at < text.length && !gaps.includes(text[this.#at]!)) this.#at++;
    return text.slice(start, this.#at++);
  }
}

function bundle(text: string, r: ActionReading, loads: boolean): Act {
  const words = new Words(text);
  const next = (): string => words.next(", ") ?? "";
  const [fields, basis, algorithm, type] = [next(), next(), next(), next()];
  const dst = loads ? next() : "";
  const delimiter = words.next(": ");
  if (delimiter === undefined) return refuse(`${text}: not enough arguments to bundle action`);
  if (!/^(members|slaves)$/i.test(delimiter)) refuse(`${text}: missing member delimiter, expected \`members', got \`${delimiter}'`);
  const members: number[] = [];
  for (let word = words.next(", []"); word !== undefined && members.length < MOST_MEMBERS; word = words.next(", []"))
    members.push(readPort(word, r) ?? refuse(`${word}: bad port number`));
  const common = {
    basis: readLoose(basis, 16),
    hashFields: HASHES.get(fields.toLowerCase()) ?? refuse(`${text}: unknown fields \`${fields}'`),
    algorithm: BUNDLES.get(algorithm.toLowerCase()) ?? refuse(`${text}: unknown algorithm \`${algorithm}'`),
    members,
  };
  if (type.toLowerCase() !== "ofport") refuse(`${text}: unknown member_type \`${type}'`);
  const size = round8(32 + 4 * members.length);
  return loads ? act("bundle", BundleLoad.of({ ...common, dst: short(dst, text) }), size) : act("bundle", Bundle.of(common), size);
}

/** Part of a field whose header has 32 bits. */
function short(text: string, all: string): ReturnType<typeof readPart>["part"] {
  const { part, form } = readPart(text);
  return isLong(form) ? refuse(`${all}: experimenter OXM field '${text}' not supported`) : part;
}

function multipath(text: string): Act {
  const words = new Words(text);
  const next = (): string => words.next(", ") ?? "";
  const [fields, basis, algorithm, links, arg] = [next(), next(), next(), next(), next()];
  const to = words.next(", ") ?? refuse(`${text}: not enough arguments to multipath action`);
  const hashFields = HASHES.get(fields.toLowerCase()) ?? refuse(`${text}: unknown fields \`${fields}'`);
  const how = MULTIPATHS.get(algorithm.toLowerCase()) ?? refuse(`${text}: unknown algorithm \`${algorithm}'`);
  const count = readLooseInt(links);
  if (count < 1 || count > 65536) refuse(`${text}: n_links ${count} is not in valid range 1 to 65536`);
  const dst = short(to, text);
  if (dst.bits < 16 && count > 2 ** dst.bits)
    refuse(`${text}: ${dst.bits}-bit destination field has ${2 ** dst.bits} possible values, less than specified n_links ${count}`);
  const rest = { maxLink: count - 1, arg: readLoose(arg, 16) };
  return act("multipath", Multipath.of({ hashFields, basis: readLoose(basis, 16), algorithm: how, ...rest, dst }), 32);
}

/** What stands before and behind the first arrow. */
function arrow(text: string): readonly [value: string, key: string] {
  const at = text.indexOf("->");
  if (at < 0) return refuse(`${text}: missing \`->'`);
  if (at + 2 === text.length) refuse(`${text}: missing field name following \`->'`);
  return [text.slice(0, at), text.slice(at + 2)];
}

const fieldSize = (form: OxmForm): number => 16 + 2 * round8(form.size === 0 ? 124 : form.size);

/** The value of a field as its own bits have it: the type of service and the port in 16 bits are other numbers in OpenFlow's newer headers. */
function logical({ narrow }: OxmForm, value: OxmValue): OxmValue {
  return narrow === undefined || typeof value !== "number" ? value : (narrow.read(value & (2 ** (8 * narrow.size) - 1)) ?? value);
}

const WRITES_EXACT = (form: OxmForm): number => protocolsOf(form, "exact");

function setField(text: string, r: ActionReading): Act {
  const [given, key] = arrow(text);
  const form = formOfName(key);
  if (form === undefined || form.field.ovs === undefined) return refuse(`${key} is not a valid OXM field name`);
  const { field } = form;
  if (!field.ovs!.writable) refuse(`${key} is read-only`);
  const place = { name: form.name, size: form.size, format: field.words.format };
  const { value, mask } = readFieldValue(place, given, r);
  if (mask !== undefined && field.maskable === "no" && mask !== 0 && mask !== 0n) refuse(`${given}: invalid mask for field ${form.name}`);
  const own = form.narrow === undefined || field.words.format === "port" ? value : logical(form, value);
  if (form.narrow !== undefined && field.words.format !== "port" && form.narrow.read(value as number) === undefined)
    refuse(`${given} is not a valid value for field ${key}`);
  if (!isValid(field, own) || (field.words.format === "port" && !isPort(own as number)))
    refuse(`${given} is not a valid value for field ${key}`);
  r.protocols &= WRITES_EXACT(form);
  const entry = new MatchEntry(field, form === field.forms[0] ? 0 : form.header, own, mask);
  return act("set_field", SetField.of({ field: entry }), fieldSize(form), form);
}

function regLoad(text: string): Act {
  const [given, key] = arrow(text);
  const { part, form } = readPart(key);
  const size = form.size === 0 ? 124 : form.size;
  if (readInteger(given, 0, size) !== "") refuse(`${text}: cannot parse integer value`);
  const value = BigInt(integerValue());
  if (value >> BigInt(part.bits) !== 0n) refuse(`${text}: value ${shownValue(form, value)} does not fit into ${part.bits} bits`);
  return act("set_field", RegLoad.of({ dst: part, value }), fieldSize(form), form);
}

/** A number as the values of a field read. */
export function shownValue(form: OxmForm, value: bigint): string {
  const { field, size } = form;
  if (size === 0) return `0x${value.toString(16)}`;
  return setFieldValue(field, field.kind.size >= 8 ? value : Number(value), undefined, {});
}

function push(text: string): Act {
  const { part, end } = readPartAt(text);
  return end < text.length
    ? refuse(`${text.slice(end)}: trailing garbage following push or pop`)
    : act("push", StackPush.of({ src: part }), 24);
}

function pop(text: string): Act {
  const { part, end } = readPartAt(text);
  return end < text.length
    ? refuse(`${text.slice(end)}: trailing garbage following push or pop`)
    : act("pop", StackPop.of({ dst: part }), 24);
}

function decTtl(text: string): Act {
  if (text === "") return act("dec_ttl", DecNwTtl.of({}), 16);
  const controllers = text
    .split(/[, ]+/)
    .filter((word) => word !== "")
    .map((word) => readLoose(word, 16));
  if (controllers.length === 0) refuse("dec_ttl_cnt_ids: expected at least one controller id.");
  return act("dec_ttl", DecNwTtl.of({ format: "ids", controllers }), round8(6 + 2 * controllers.length));
}

function deleteField(text: string): Act {
  const form = formOfText(text);
  return form === undefined
    ? refuse(`unknown field \`${text}'`)
    : act("delete_field", DeleteField.of({ field: new FieldRef(form.field, form === form.field.forms[0] ? 0 : form.header) }), 16);
}

function finTimeout(text: string): Act {
  const found = { idleTimeout: 0, hardTimeout: 0 };
  for (const pairs = new Pairs(text); pairs.next(); ) {
    const { key, value } = pairs;
    if (key === "idle_timeout") found.idleTimeout = readU16(value, key);
    else if (key === "hard_timeout") found.hardTimeout = readU16(value, key);
    else refuse(`invalid key '${key}' in 'fin_timeout' argument`);
  }
  return act("fin_timeout", FinTimeout.of(found));
}

const PACKET_TYPES = numberOf(PACKET_WORDS);
const TLV = /^0x([0-9a-f]+),\s*([+-]?\d+),0x([0-9a-f]{1,251})/i;

function tlv(value: string): EncapProperty {
  const found = TLV.exec(value);
  if (found === null) return refuse(`Invalid NSH TLV header: ${value}`);
  const [, tlvClass, tlvType, digits] = found;
  return {
    type: "nsh-tlv",
    tlvClass: Number.parseInt(tlvClass!, 16) & 0xffff,
    tlvType: Number(tlvType) & 255,
    data: fromHex(digits!.slice(0, digits!.length & ~1)),
  };
}

function mdType(value: string): EncapProperty {
  const type = readU8(value, "md_type");
  return type === 1 || type === 2 ? { type: "nsh-md-type", mdType: type } : refuse("invalid md_type");
}

function encap(text: string, r: ActionReading): Act {
  r.protocols &= SINCE_13;
  const pairs = new Pairs(text);
  if (!pairs.next()) refuse(`Missing encap hdr: ${text}`);
  const packetType = PACKET_TYPES.get(pairs.key) ?? refuse(`Encap hdr not supported: ${pairs.value}`);
  const properties: EncapProperty[] = [];
  let size = 16;
  for (const inner = new Pairs(pairs.value); inner.next(); ) {
    const { key, value } = inner;
    if (packetType !== PacketType.Nsh || (key !== "md_type" && key !== "tlv")) refuse(`Invalid property: ${key}`);
    if (value === "") refuse("Value missing for encap property");
    const property = key === "md_type" ? mdType(value) : tlv(value);
    size += property.type === "nsh-tlv" ? 8 + round8(property.data.length) : 8;
    properties.push(property);
  }
  return act("encap", Encap.of({ packetType, properties }), size);
}

const NAME_SPACES = 8;

function decap(text: string): Act {
  const pairs = new Pairs(text);
  if (!pairs.next()) return act("decap", Decap.of({}));
  if (pairs.key !== "packet_type") refuse(`Invalid decap argument: ${pairs.key}`);
  const inner = new Pairs(pairs.value);
  if (!inner.next() || inner.key !== "ns") refuse("Missing packet_type attribute ns");
  const space = readU16(inner.value, "ns");
  if (space >= NAME_SPACES) refuse(`Unsupported ns value: ${space}`);
  if (!inner.next() || inner.key !== "type") refuse("Missing packet_type attribute type");
  const type = readU16(inner.value, "type");
  return act("decap", Decap.of({ packetType: space * 65536 + type }));
}

function resubmit(text: string, r: ActionReading): Act {
  const [port = "", table = "", ct = ""] = text.split(",", 3);
  const inPort = port === "" ? PortNo.InPort : (readPort(port, r) ?? refuse(`${port}: resubmit to unknown port`));
  const tableId = table === "" ? ANY_TABLE : (readTable(table, r.tables) ?? refuse(`${table}: resubmit to unknown table`));
  if (ct !== "" && ct !== "ct") refuse(`${ct}: unknown parameter`);
  if (inPort === PortNo.InPort && tableId === ANY_TABLE) refuse('at least one "in_port" or "table" must be specified on resubmit');
  return act("resubmit", Resubmit.of({ format: ct === "" ? "" : "ct", inPort, tableId }), 16);
}

const CONJUNCTION = /^\s*([+-]?(?:0x[0-9a-f]{1,40}|\d{1,40}))\s*,\s*([+-]?\d+)\s*\/\s*([+-]?\d+)\s*$/i;

/** The lowest 32 bits of a number, whatever its length. */
function wrapped(text: string): number {
  const digits = text.replace(/^[+-]/, "");
  const id = BigInt(/^0[0-7]+$/.test(digits) ? `0o${digits}` : digits);
  return Number(BigInt.asUintN(32, text.startsWith("-") ? -id : id));
}

function conjunction(text: string): Act {
  const found = CONJUNCTION.exec(text);
  if (found === null) return refuse('"conjunction" syntax is "conjunction(id,i/n)"');
  const clause = Number(found[2]) & 255;
  const nClauses = Number(found[3]) & 255;
  if (nClauses < 2) refuse("conjunction must have at least 2 clauses");
  if (nClauses > 64) refuse("conjunction must have at most 64 clauses");
  if (clause < 1) refuse("clause index must be positive");
  if (clause > nClauses) refuse("clause index must be less than or equal to number of clauses");
  return act("conjunction", Conjunction.of({ id: wrapped(found[1]!), clause: clause - 1, nClauses }), 16);
}

function note(text: string): Act {
  const data = readHexBytes(text) ?? refuse("bad hex digit in `note' argument");
  return act("note", Note.of({ data }), round8(8 + data.length));
}

const INGRESS = 1;
const EGRESS = 2;

function sample(text: string, r: ActionReading): Act {
  const s = { probability: 0, collectorSetId: 0, obsDomainId: 0, obsPointId: 0, samplingPort: PortNo.Any as number, direction: 0 };
  for (const pairs = new Pairs(text); pairs.next(); ) {
    const { key, value } = pairs;
    if (key === "probability") {
      s.probability = readU16(value, key);
      if (s.probability === 0) refuse(`invalid probability value "${value}"`);
    } else if (key === "collector_set_id") s.collectorSetId = readU32(value);
    else if (key === "obs_domain_id") s.obsDomainId = readU32(value);
    else if (key === "obs_point_id") s.obsPointId = readU32(value);
    else if (key === "sampling_port") s.samplingPort = readPort(value, r) ?? refuse(`${value}: unknown port`);
    else if (key === "ingress") s.direction = INGRESS;
    else if (key === "egress") s.direction = EGRESS;
    else refuse(`invalid key "${key}" in "sample" argument`);
  }
  if (s.probability === 0) refuse('non-zero "probability" must be specified on sample');
  const format = s.direction !== 0 ? "direction" : s.samplingPort !== PortNo.Any ? "port" : "";
  return act("sample", Sample.of({ ...s, format }), 32);
}

function checkPktLarger(text: string): Act {
  const [given, key] = arrow(text);
  const { part } = readPart(key);
  if (part.bits !== 1) refuse("Only 1-bit destination field is allowed");
  return act(
    "check_pkt_larger",
    CheckPktLarger.of({ pktLen: readU16(given.endsWith(")") ? given.slice(0, -1) : given, "(null)"), dst: part }),
    40,
  );
}

function move(text: string): Act {
  const [src, dst, , form] = readMove(text);
  return act("move", CopyField.of({ src, dst }), 40, form);
}

const vlanVid = within(16, "VLAN VID", 0xfff, "VLAN VID");
const vlanPcp = within(8, "VLAN PCP", 7, "VLAN PCP");

function vlanType(text: string, r: ActionReading): number {
  r.protocols &= SINCE_11;
  const type = readU16(text, "ethertype");
  return type === 0x8100 || type === 0x88a8 ? type : refuse(`${text}: not a valid VLAN ethertype`);
}

const LOW32 = 0xffffffffn;

const instruction = (name: string, rank: number, action: AnyInstruction, size: number = SMALL): Act =>
  new Act(name, rank, action, size, undefined, NO_ACTS, false);

function meter(text: string, r: ActionReading): Act {
  r.protocols &= SINCE_13;
  return instruction("meter", Rank.meter, Meter.of({ meterId: readU32(text) }), 16);
}

function writeMetadata(text: string, r: ActionReading): Act {
  r.protocols &= WITH_OXM | Protocol.OpenFlow11;
  const slash = text.indexOf("/");
  const mask = slash < 0 ? 0xffffffffffffffffn : readU64(text.slice(slash + 1));
  const metadata = readU64(slash < 0 ? text : text.slice(0, slash));
  return instruction("write_metadata", Rank.metadata, WriteMetadata.of({ metadata, mask }), 24);
}

const gotoTable: ReadAction = (text, r) => {
  const tableId = readTable(text, r.tables) ?? refuse(`unknown table "${text}"`);
  return instruction("goto_table", Rank.goto, GotoTable.of({ tableId }));
};

const vid = (name: string, pushes: boolean): ReadAction => {
  return (text) => new Act(name, Rank.apply, SetVlanVid.of({ vlanVid: vlanVid(text) }), SMALL, undefined, NO_ACTS, pushes);
};
const pcp = (name: string, pushes: boolean): ReadAction => {
  return (text) => new Act(name, Rank.apply, SetVlanPcp.of({ vlanPcp: vlanPcp(text) }), SMALL, undefined, NO_ACTS, pushes);
};
const ttl: ReadAction = one(
  "mod_nw_ttl",
  (text) => readU8(text, "TTL"),
  (v) => SetNwTtl.of({ ttl: v }),
);

/**
 * Actions and instructions that hold no others, by their words, which may be in any case. What they are called in errors is the first word of those that mean the same.
 */
export const ACTION_WORDS: ReadonlyMap<string, ReadAction> = new Map<string, ReadAction>([
  ["output", output],
  ["output_reg", output],
  ["group", one("group", readU32, (groupId) => Group.of({ groupId }))],
  ["controller", controller],
  ["enqueue", enqueue],
  ["bundle", (text, r) => bundle(text, r, false)],
  ["bundle_load", (text, r) => bundle(text, r, true)],
  ["set_field", setField],
  ["load", regLoad],
  ["set_vlan_vid", vid("set_vlan_vid", false)],
  ["mod_vlan_vid", vid("set_vlan_vid", true)],
  ["set_vlan_pcp", pcp("set_vlan_pcp", false)],
  ["mod_vlan_pcp", pcp("set_vlan_pcp", true)],
  ["strip_vlan", bare("strip_vlan", () => PopVlan.of({}))],
  ["pop_vlan", bare("strip_vlan", () => PopVlan.of({}))],
  ["push_vlan", one("push_vlan", vlanType, (ethertype) => PushVlan.of({ ethertype }))],
  ["mod_dl_src", one("mod_dl_src", readAddress48, (address) => SetEthSrc.of({ address }), 16)],
  ["mod_dl_dst", one("mod_dl_dst", readAddress48, (address) => SetEthDst.of({ address }), 16)],
  ["mod_nw_src", one("mod_nw_src", readAddress32, (address) => SetIpv4Src.of({ address }))],
  ["mod_nw_dst", one("mod_nw_dst", readAddress32, (address) => SetIpv4Dst.of({ address }))],
  ["mod_nw_tos", one("mod_nw_tos", within(8, "TOS", 0xfc, "TOS"), (tos) => SetNwTos.of({ tos }))],
  ["mod_nw_ecn", one("mod_nw_ecn", within(8, "ECN", 3, "ECN"), (ecn) => SetNwEcn.of({ ecn }))],
  ["mod_nw_ttl", ttl],
  ["set_nw_ttl", ttl],
  [
    "mod_tp_src",
    one(
      "mod_tp_src",
      (text) => readU16(text, "source port"),
      (port) => SetTpSrc.of({ port }),
    ),
  ],
  [
    "mod_tp_dst",
    one(
      "mod_tp_dst",
      (text) => readU16(text, "destination port"),
      (port) => SetTpDst.of({ port }),
    ),
  ],
  ["move", move],
  ["push", push],
  ["pop", pop],
  ["dec_ttl", decTtl],
  [
    "set_mpls_label",
    one("set_mpls_label", within(32, "", 0xfffff, "MPLS label", "set_mpls_label: expected label."), (label) => SetMplsLabel.of({ label })),
  ],
  ["set_mpls_tc", one("set_mpls_tc", within(8, "MPLS TC", 7, "MPLS TC", "set_mpls_tc: expected tc."), (tc) => SetMplsTc.of({ tc }))],
  ["set_mpls_ttl", one("set_mpls_ttl", within(8, "MPLS TTL", 255, "", "set_mpls_ttl: expected ttl."), (v) => SetMplsTtl.of({ ttl: v }))],
  ["dec_mpls_ttl", bare("dec_mpls_ttl", () => DecMplsTtl.of({}))],
  [
    "push_mpls",
    one(
      "push_mpls",
      (text) => readU16(text, "push_mpls"),
      (ethertype) => PushMpls.of({ ethertype }),
    ),
  ],
  [
    "pop_mpls",
    one(
      "pop_mpls",
      (text) => readU16(text, "pop_mpls"),
      (ethertype) => PopMpls.of({ ethertype }),
    ),
  ],
  ["dec_nsh_ttl", bare("dec_nsh_ttl", () => DecNshTtl.of({}))],
  ["delete_field", deleteField],
  ["encap", encap],
  ["decap", decap],
  ["set_tunnel", one("set_tunnel", readU64, (tunnelId) => SetTunnel.of({ format: tunnelId > LOW32 ? "" : "short", tunnelId }), 16)],
  ["set_tunnel64", one("set_tunnel", readU64, (tunnelId) => SetTunnel.of({ tunnelId }), 16)],
  ["set_queue", one("set_queue", readU32, (queueId) => SetQueue.of({ queueId }))],
  ["pop_queue", bare("pop_queue", () => PopQueue.of({}))],
  ["fin_timeout", finTimeout],
  ["resubmit", resubmit],
  ["conjunction", conjunction],
  ["multipath", multipath],
  ["note", note],
  ["exit", bare("exit", () => Exit.of({}))],
  ["sample", sample],
  ["unroll_xlate", () => refuse("UNROLL is an internal action that shouldn't be used via OpenFlow")],
  ["ct_clear", bare("ct_clear", () => CtClear.of({}))],
  ["output_trunc", (text) => refuse(`unknown action ${text}`)],
  ["check_pkt_larger", checkPktLarger],
  ["debug_recirc", bare("debug_recirc", () => DebugRecirc.of({}))],
  ["debug_slow", bare("debug_slow", () => DebugSlow.of({}))],
  ["meter", meter],
  ["clear_actions", () => instruction("clear_actions", Rank.clear, ClearActions.of({}))],
  ["write_metadata", writeMetadata],
  ["goto_table", gotoTable],
]);
