import { toHex } from "../../../bytes/mod.js";
import { CheckPktLarger, CopyField, copyList, DeleteField, RegLoad, StackPop, StackPush } from "../../action/fields.js";
import { SetField } from "../../action/standard.js";
import { FieldRef, type Subfield } from "../../action/subfield.js";
import { OPEN_VSWITCH } from "../../check/mod.js";
import { formOfName, type OxmForm, type OxmValue } from "../../oxm/fields.js";
import { MatchEntry } from "../../oxm/match-entry.js";
import { formValue, setFieldName, setFieldValue } from "../match/field-text.js";
import { readFieldValue } from "../match/field-value.js";
import { placeOf, shownValue, sizeOf, toldHeader } from "../match/form.js";
import { fieldWords, ownWords } from "../match/keywords.js";
import { versionOf } from "../options.js";
import { readU16 } from "../parse/c-number.js";
import { integerValue, readInteger } from "../parse/integer.js";
import { formOfText, readMove, readPart, readPartAt } from "../parse/part.js";
import { protocolsOf } from "../parse/protocols.js";
import { round8 } from "../parse/reading.js";
import { refuse, refuseName } from "../parse/syntax-fault.js";
import { hex, hexDigits, isPort } from "../words.js";
import { act } from "./act.js";
import { type ActionOf, arrow, colon, type Words } from "./shapes.js";
import { subfieldText } from "./subfield.js";
import { PART, type ValueKind } from "./value-kinds.js";

/*
 * The actions that write fields.
 */

const fieldSize = (form: OxmForm): number => 16 + 2 * round8(sizeOf(form));

/** The value of a field as its own bits have it: the type of service and the port in 16 bits are other numbers in OpenFlow's newer headers. */
function logical({ narrow }: OxmForm, value: OxmValue): OxmValue {
  return narrow === undefined || typeof value !== "number" ? value : (narrow.read(value & (2 ** (8 * narrow.size) - 1)) ?? value);
}

/** Irregular: the field behind the arrow decides how the value before it is written. */
export const SET_FIELD: Words<ActionOf<"set-field">> = {
  forms: ["set_field:VALUE[/MASK]->FIELD"],
  print({ field: e, format }, o) {
    if (e.field === undefined) return `set_field:${toHex(e.value as Uint8Array)}->oxm(${hexDigits(e.header, 8)})`;
    const version = format === "" ? versionOf(o) : 1;
    const value = formValue(e.field, e.value, e.header, version);
    return `set_field:${setFieldValue(e.field, value, e.mask, o)}->${setFieldName(e.field, e.header, version)}`;
  },
  read: {
    set_field(text, r) {
      const [given, key, keyAt] = arrow(text);
      const form = formOfName(key);
      if (form === undefined || form.field.ovs === undefined)
        return refuseName(`${key} is not a valid OXM field name`, key, fieldWords(), keyAt, ownWords());
      const { field } = form;
      if (!field.ovs!.writable) refuse(`${key} is read-only`, keyAt);
      const { value, mask } = readFieldValue(placeOf(form), given, r);
      if (mask !== undefined && field.maskable === "no" && mask !== 0 && mask !== 0n)
        refuse(`${given}: invalid mask for field ${form.name}`, 0);
      const ofPort = field.words.format === "port";
      const own = form.narrow === undefined || ofPort ? value : logical(form, value);
      const isOther = form.narrow !== undefined && !ofPort && form.narrow.read(value as number) === undefined;
      if (isOther || !OPEN_VSWITCH.takes(field, own) || (ofPort && !isPort(own as number)))
        refuse(`${given} is not a valid value for field ${key}`, 0);
      r.protocols &= protocolsOf(form, "exact");
      const made = new SetField();
      made.field = new MatchEntry(field, toldHeader(form, mask !== undefined), own, mask);
      return act("set_field", made, fieldSize(form), form);
    },
  },
};

/** Irregular: the number has to fit the part behind the arrow. */
export const REG_LOAD: Words<ActionOf<"reg-load">> = {
  forms: ["load:VALUE->FIELD[START..END]"],
  print: (a) => `load:${hex(a.value)}->${subfieldText(a.dst)}`,
  read: {
    load(text) {
      const [given, , keyAt] = arrow(text);
      const { part, form } = readPart(text, keyAt);
      if (readInteger(given, 0, sizeOf(form)) !== "") refuse(`${text}: cannot parse integer value`, 0);
      const value = BigInt(integerValue());
      if (value >> BigInt(part.bits) !== 0n) refuse(`${text}: value ${shownValue(form, value)} does not fit into ${part.bits} bits`);
      const made = new RegLoad();
      made.dst = part;
      made.value = value;
      return act("set_field", made, fieldSize(form), form);
    },
  },
};

/** Irregular: source and destination have one width. */
export const COPY_FIELD: Words<ActionOf<"copy-field">> = {
  forms: ["move:FIELD[START..END]->FIELD[START..END]"],
  print(a, o) {
    const list = copyList(a.format, versionOf(o));
    return `move:${subfieldText(a.src, list)}->${subfieldText(a.dst, list)}`;
  },
  read: {
    move(text) {
      const [src, dst, , form] = readMove(text);
      return act("move", CopyField.of({ src, dst }), 40, form);
    },
  },
};

/** Irregular: the length stands in parentheses before the arrow, of which Open vSwitch needs none. */
export const CHECK_PKT_LARGER: Words<ActionOf<"check-pkt-larger">> = {
  forms: ["check_pkt_larger(BYTES)->FIELD[BIT]"],
  print: (a) => `check_pkt_larger(${a.pktLen})->${subfieldText(a.dst)}`,
  read: {
    check_pkt_larger(text) {
      const [given, , keyAt] = arrow(text);
      const { part } = readPart(text, keyAt);
      if (part.bits !== 1) refuse("Only 1-bit destination field is allowed");
      const pktLen = readU16(given.endsWith(")") ? given.slice(0, -1) : given, "(null)");
      return act("check_pkt_larger", CheckPktLarger.of({ pktLen, dst: part }), 40);
    },
  },
};

/** Part of a field, with nothing behind it. */
const STACKED: ValueKind<Subfield> = {
  ...PART,
  read(text) {
    const { part, end } = readPartAt(text);
    return end < text.length ? refuse(`${text.slice(end)}: trailing garbage following push or pop`, end) : part;
  },
};

export const STACK_PUSH: Words<ActionOf<"stack-push">> = colon(StackPush, "push", "src", STACKED, { size: 24 });
export const STACK_POP: Words<ActionOf<"stack-pop">> = colon(StackPop, "pop", "dst", STACKED, { size: 24 });

const FIELD: ValueKind<FieldRef> = {
  shown: "FIELD",
  print: ({ field, header }) => (field === undefined ? `oxm(${hexDigits(header, 8)})` : setFieldName(field, header, 1)),
  read(text) {
    const form = formOfText(text) ?? refuseName(`unknown field \`${text}'`, text, fieldWords(), 0, ownWords());
    return new FieldRef(form.field, form === form.field.forms[0] ? 0 : form.header);
  },
};

export const DELETE_FIELD: Words<ActionOf<"delete-field">> = colon(DeleteField, "delete_field", "field", FIELD, { size: 16 });
