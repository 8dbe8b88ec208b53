import { parseIpv4, parseIpv6 } from "../../bytes/mod.js";
import { SouthboundError, suggestion } from "../../errors/mod.js";
import { VLAN_PRESENT } from "../vlan.js";
import type { OxmValue } from "./field-spec.js";
import { formOfName, OXM, OXM_FIELDS, type OxmField, type OxmName } from "./fields.js";
import { and, type Masked } from "./masked.js";

/** The spellings of others: Open vSwitch's names, and those of its single headers. */
function* spellings(): Generator<readonly [spelling: string, name: string]> {
  for (const { name, words, forms } of OXM_FIELDS) {
    for (const word of words.names) yield [word, name];
    for (const form of forms) yield [form.name, name];
  }
}

/** The field that a name stands for, in our spelling or another one; undefined for a name that is none. */
export const fieldLike = (name: string): OxmField | undefined =>
  Object.hasOwn(OXM, name) ? (OXM[name as OxmName] as OxmField) : formOfName(name)?.field;

/** A field by its name. @throws SouthboundError `ERR_USAGE` for another name, with what may have been meant */
export function fieldNamed(name: string, owner = "Match"): OxmField {
  if (Object.hasOwn(OXM, name)) return OXM[name as OxmName] as OxmField;
  throw new SouthboundError(
    "ERR_USAGE",
    `${owner} has no field ${JSON.stringify(name)}${suggestion(String(name), Object.keys(OXM), spellings())}`,
  );
}

/** What is written for a match where a literal gives a field of one, for errors. */
export const meantAs =
  (make: string) =>
  (name: string): string | undefined => {
    if (name === "") return `${make}({ … })`;
    const field = fieldLike(name);
    return field === undefined ? undefined : `${make}({ ${field.name}: … })`;
  };

/** The mask of the `length` upper ones of `bits` bits. */
function prefixMask(bits: number, length: number): number | bigint {
  if (bits > 48) return length === 0 ? 0n : ((1n << BigInt(length)) - 1n) << BigInt(bits - length);
  return 2 ** bits - 2 ** (bits - length);
}

const shown = (text: string): string => JSON.stringify(text.slice(0, 80));

/** A prefix such as `10.0.0.0/24` or `fe80::/10`; the mask may be an address as well. An address alone is a prefix of all its bits. Bits of the address behind the prefix do not count. */
export function prefix(text: `${string}:${string}`): Masked<bigint>;
export function prefix(text: string): Masked<number>;
export function prefix(text: string): Masked<number> | Masked<bigint> {
  const v6 = text.includes(":");
  return addressIn(text, v6 ? 128 : 32, v6 ? parseIpv6 : parseIpv4) as Masked<number>;
}

function addressIn(text: string, bits: number, parse: (text: string) => number | bigint): Masked<number | bigint> {
  const slash = text.indexOf("/");
  const value = parse(slash < 0 ? text : text.slice(0, slash));
  const behind = slash < 0 ? String(bits) : text.slice(slash + 1);
  const length = /^\d{1,3}$/.test(behind) && bits !== 48 ? Number(behind) : -1;
  if (length > bits || behind === "")
    throw new SouthboundError("ERR_USAGE", `${shown(text)} is no prefix: write its length, 0 to ${bits}, behind the slash`);
  const mask = length < 0 ? (slash < 0 ? prefixMask(bits, bits) : parse(behind)) : prefixMask(bits, length);
  return { value: and(value, mask), mask };
}

const isMasked = (v: unknown): v is Masked<OxmValue> => typeof v === "object" && v !== null && "mask" in v;

/** A value of a literal as the field has it: an address from its text, a bigint from a safe integer. What is neither stays as it is. */
function taken({ kind, exact }: OxmField, given: unknown): OxmValue {
  if (typeof given === "number" && typeof exact === "bigint" && Number.isSafeInteger(given)) return BigInt(given);
  return (typeof given === "string" ? kind.literal?.(given) : undefined) ?? (given as OxmValue);
}

/** Refuses a VLAN without the bit that a tag has: no packet has such a value, so that the flow would be refused or match nothing. OpenFlow 1.3 §7.2.3.7 (OFPVID_PRESENT) */
export function checkVlan(given: OxmValue): void {
  if (typeof given === "number" && given > 0 && given < VLAN_PRESENT)
    throw new SouthboundError(
      "ERR_RANGE",
      `Match.vlanVid: ${given} lacks the bit of a packet that has a tag: write ${given} | VLAN_PRESENT, or 0 for packets without a tag`,
    );
}

/** The value of a field from what a literal of `Match.of` gives. @throws SouthboundError `ERR_USAGE`, `ERR_RANGE` */
export function matchValue(field: OxmField, given: unknown): OxmValue | Masked<OxmValue> {
  if (given === undefined)
    throw new SouthboundError("ERR_USAGE", `Match.${field.name} is undefined: give a value, or leave the name out for packets with any`);
  try {
    if (isMasked(given)) return { value: taken(field, given.value), mask: taken(field, given.mask) };
    if (typeof given === "string" && given.includes("/") && field.kind.literal !== undefined)
      return addressIn(given, field.bits, (text) => taken(field, text) as number | bigint);
    return taken(field, given);
  } catch (e) {
    if (!SouthboundError.is(e) || e.message.startsWith("Match.")) throw e;
    throw new SouthboundError("ERR_RANGE", `Match.${field.name}: ${e.message}`, { cause: e });
  }
}
