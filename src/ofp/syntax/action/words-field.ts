import { CheckPktLarger, CopyField, DeleteField, RegLoad, StackPop, StackPush } from "../../action/fields.js";
import { SetField } from "../../action/standard.js";
import { FieldRef } from "../../action/subfield.js";
import { OPEN_VSWITCH } from "../../check/mod.js";
import { formOfName, type OxmForm, type OxmValue } from "../../oxm/fields.js";
import { MatchEntry } from "../../oxm/match.js";
import { readFieldValue } from "../match/field-value.js";
import { placeOf, shownValue, sizeOf, toldHeader } from "../match/form.js";
import { readU16 } from "../parse/c-number.js";
import { integerValue, readInteger } from "../parse/integer.js";
import { formOfText, readMove, readPart, readPartAt } from "../parse/part.js";
import { protocolsOf } from "../parse/protocols.js";
import { type ActionReading, act, round8 } from "../parse/reading.js";
import { refuse } from "../parse/syntax-fault.js";
import { isPort } from "../words.js";
import type { Act } from "./act.js";

/*
 * The actions that write fields.
 */

/** What stands before and behind the first arrow. */
function arrow(text: string): readonly [value: string, key: string] {
  const at = text.indexOf("->");
  if (at < 0) return refuse(`${text}: missing \`->'`);
  if (at + 2 === text.length) refuse(`${text}: missing field name following \`->'`);
  return [text.slice(0, at), text.slice(at + 2)];
}

const fieldSize = (form: OxmForm): number => 16 + 2 * round8(sizeOf(form));

/** The value of a field as its own bits have it: the type of service and the port in 16 bits are other numbers in OpenFlow's newer headers. */
function logical({ narrow }: OxmForm, value: OxmValue): OxmValue {
  return narrow === undefined || typeof value !== "number" ? value : (narrow.read(value & (2 ** (8 * narrow.size) - 1)) ?? value);
}

export function setField(text: string, r: ActionReading): Act {
  const [given, key] = arrow(text);
  const form = formOfName(key);
  if (form === undefined || form.field.ovs === undefined) return refuse(`${key} is not a valid OXM field name`);
  const { field } = form;
  if (!field.ovs!.writable) refuse(`${key} is read-only`);
  const { value, mask } = readFieldValue(placeOf(form), given, r);
  if (mask !== undefined && field.maskable === "no" && mask !== 0 && mask !== 0n) refuse(`${given}: invalid mask for field ${form.name}`);
  const own = form.narrow === undefined || field.words.format === "port" ? value : logical(form, value);
  if (form.narrow !== undefined && field.words.format !== "port" && form.narrow.read(value as number) === undefined)
    refuse(`${given} is not a valid value for field ${key}`);
  if (!OPEN_VSWITCH.takes(field, own) || (field.words.format === "port" && !isPort(own as number)))
    refuse(`${given} is not a valid value for field ${key}`);
  r.protocols &= protocolsOf(form, "exact");
  const entry = new MatchEntry(field, toldHeader(form, mask !== undefined), own, mask);
  return act("set_field", SetField.of({ field: entry }), fieldSize(form), form);
}

export function regLoad(text: string): Act {
  const [given, key] = arrow(text);
  const { part, form } = readPart(key);
  if (readInteger(given, 0, sizeOf(form)) !== "") refuse(`${text}: cannot parse integer value`);
  const value = BigInt(integerValue());
  if (value >> BigInt(part.bits) !== 0n) refuse(`${text}: value ${shownValue(form, value)} does not fit into ${part.bits} bits`);
  return act("set_field", RegLoad.of({ dst: part, value }), fieldSize(form), form);
}

export function push(text: string): Act {
  const { part, end } = readPartAt(text);
  return end < text.length
    ? refuse(`${text.slice(end)}: trailing garbage following push or pop`)
    : act("push", StackPush.of({ src: part }), 24);
}

export function pop(text: string): Act {
  const { part, end } = readPartAt(text);
  return end < text.length
    ? refuse(`${text.slice(end)}: trailing garbage following push or pop`)
    : act("pop", StackPop.of({ dst: part }), 24);
}

export function deleteField(text: string): Act {
  const form = formOfText(text);
  return form === undefined
    ? refuse(`unknown field \`${text}'`)
    : act("delete_field", DeleteField.of({ field: new FieldRef(form.field, form === form.field.forms[0] ? 0 : form.header) }), 16);
}

export function checkPktLarger(text: string): Act {
  const [given, key] = arrow(text);
  const { part } = readPart(key);
  if (part.bits !== 1) refuse("Only 1-bit destination field is allowed");
  return act(
    "check_pkt_larger",
    CheckPktLarger.of({ pktLen: readU16(given.endsWith(")") ? given.slice(0, -1) : given, "(null)"), dst: part }),
    40,
  );
}

export function move(text: string): Act {
  const [src, dst, , form] = readMove(text);
  return act("move", CopyField.of({ src, dst }), 40, form);
}
