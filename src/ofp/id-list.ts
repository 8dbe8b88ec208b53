import { named, SouthboundError } from "../errors/mod.js";
import {
  bytes,
  type Codec,
  type Element,
  enumeration,
  type Json,
  type Kind,
  Parts,
  rangeError,
  struct,
  U8,
  U16,
  u32,
} from "../schema/mod.js";
import { EXPERIMENTER } from "./ids.js";
import { formOfHeader, OXM, type OxmField } from "./oxm/fields.js";
import { EXPERIMENTER_CLASS } from "./oxm/header.js";
import { PORT } from "./port/port-no.js";

/** A kind of fixed size as an element of lists. */
const plain = <T>(kind: Kind<T>): Element<T> => ({ ...kind, frame: () => undefined, exact: () => kind.size });

/** A port in a list. */
export const PORT_LIST_ELEMENT: Element<number> = plain(PORT);

/** A table in a list. */
export const TABLE_ID: Element<number> = plain(U8);

/** What an id has behind type and length: an experimenter's, the experimenter's number. */
const EXPERIMENTER_PART = new Parts(
  "experimenter",
  ["experimenter", "data"],
  () => ({
    decode(c, p, end) {
      const experimenter = end - p >= 4 ? c.dv.getUint32(p) : 0;
      return { experimenter, data: c.u8.slice(experimenter === 0 ? p : p + 4, end) };
    },
    encode(c, p, values) {
      let q = p;
      if (values.experimenter !== 0) {
        c.dv.setUint32(q, values.experimenter as number);
        q += 4;
      }
      c.u8.set(values.data as Uint8Array, q);
      return q + (values.data as Uint8Array).length;
    },
    extent: (_c, _p, end) => end,
  }),
  true,
);

const idStruct = <const N extends string>(name: N, names: Readonly<Record<string, number>>) =>
  struct(
    name,
    {
      /** The type; 0xffff for an experimenter's. */
      id: enumeration(U16, names, 0),
      /** The experimenter; 0 for the standard's. */
      experimenter: u32(),
      /** What an experimenter has behind its number. */
      data: bytes(),
    },
    { "1.3+": ["id", "length", EXPERIMENTER_PART] },
    "OFPBPC_BAD_LEN",
  );

/** Types of instructions. OpenFlow 1.3 §7.2.4, 1.5 §7.2.5 (ofp_instruction_type) */
export const InstructionType = named("InstructionType", {
  GotoTable: 1,
  WriteMetadata: 2,
  WriteActions: 3,
  ApplyActions: 4,
  ClearActions: 5,
  Meter: 6,
  StatTrigger: 7,
  Experimenter: EXPERIMENTER,
});

/** Types of actions since OpenFlow 1.2. OpenFlow 1.3 §7.2.5, 1.5 §7.2.6 (ofp_action_type) */
export const ActionType = named("ActionType", {
  Output: 0,
  CopyTtlOut: 11,
  CopyTtlIn: 12,
  SetMplsTtl: 15,
  DecMplsTtl: 16,
  PushVlan: 17,
  PopVlan: 18,
  PushMpls: 19,
  PopMpls: 20,
  SetQueue: 21,
  Group: 22,
  SetNwTtl: 23,
  DecNwTtl: 24,
  SetField: 25,
  PushPbb: 26,
  PopPbb: 27,
  CopyField: 28,
  Meter: 29,
  Experimenter: EXPERIMENTER,
});

/** An instruction that a table can do. OpenFlow 1.3 §7.3.5.5.2 (ofp_instruction), 1.5 (ofp_instruction_id) */
export const InstructionId = idStruct("InstructionId", InstructionType);
/** See the class. */
export type InstructionId = InstanceType<typeof InstructionId>;

/** An action that a table can do. OpenFlow 1.3 §7.3.5.5.2 (ofp_action_header), 1.5 (ofp_action_id) */
export const ActionId = idStruct("ActionId", ActionType);
/** See the class. */
export type ActionId = InstanceType<typeof ActionId>;

/** A match field by the header of its OXM: 32 bits as a number, or the 64 bits of an experimenter's as a bigint. */
export type OxmId = number | bigint;

const isLong = (header: number): boolean => header >>> 16 === EXPERIMENTER_CLASS;
const fits = (v: unknown): v is OxmId =>
  typeof v === "number" ? v >>> 0 === v && !isLong(v) : typeof v === "bigint" && BigInt.asUintN(64, v) === v && v >> 48n === 0xffffn;

const oxmCodec: Codec<OxmId> = {
  decode: (c, p, end) => (end - p === 8 ? c.dv.getBigUint64(p) : c.dv.getUint32(p)),
  encode(c, p, v) {
    if (!fits(v)) throw rangeError("OXM header", v);
    if (typeof v === "bigint") {
      c.dv.setBigUint64(p, v);
      return p + 8;
    }
    c.dv.setUint32(p, v);
    return p + 4;
  },
  extent: (c, p, end) => (end - p < 4 ? p : isLong(c.dv.getUint32(p)) ? p + 8 : p + 4),
};

/** The name of the field that a header identifies, where the header is the one that is written for it. */
function nameOf(id: OxmId): string | undefined {
  const header = typeof id === "bigint" ? Number(id >> 32n) : id;
  const form = formOfHeader(header, typeof id === "bigint" ? Number(id & 0xffffffffn) : 0);
  if (form === undefined || form.field.forms.at(-1) !== form) return undefined;
  return header === form.header ? form.field.name : header === form.maskedHeader ? `${form.field.name}/mask` : undefined;
}

/** The id of a match field with or without a mask, for lists of fields that a table can match on or set: the header of its newest form. */
export function oxmId(field: OxmField, masked = false): OxmId {
  const form = field.forms.at(-1)!;
  const header = masked ? form.maskedHeader : form.header;
  return form.experimenter === 0 ? header : (BigInt(header) << 32n) | BigInt(form.experimenter);
}

function oxmFromJSON(json: Json): OxmId {
  if (typeof json === "string") {
    const [name, mask, more] = json.split("/");
    const field = Object.hasOwn(OXM, name!) ? (OXM as unknown as Record<string, OxmField>)[name!] : undefined;
    if (field !== undefined && more === undefined && (mask === undefined || mask === "mask")) return oxmId(field, mask !== undefined);
    if (/^0x[0-9a-f]{8}$/i.test(json) && fits(Number(json))) return Number(json);
    if (/^0x[0-9a-f]{16}$/i.test(json) && fits(BigInt(json))) return BigInt(json);
  }
  throw new SouthboundError(
    "ERR_USAGE",
    `${JSON.stringify(json)} is no match field: give its name, its name and "/mask", or its header as 0x…`,
  );
}

/** A match field in a list, as the header of its OXM alone. JSON has its name, with `/mask` behind it where the header says that there is one. */
export const OXM_ID: Element<OxmId> = {
  name: "oxm id",
  size: 0,
  codec: () => oxmCodec,
  frame: () => undefined,
  exact: () => 0,
  toJSON: (v) => nameOf(v) ?? `0x${v.toString(16).padStart(8, "0")}`,
  fromJSON: oxmFromJSON,
};
