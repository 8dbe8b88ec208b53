import { type HeaderList, knownForm } from "../../ofp/check/mod.js";
import type { MatchEntry, OxmField, Subfield } from "../../ofp/mod.js";
import type { Packet } from "../packet/packet.js";
import { type Place, placeOf } from "../packet/places.js";
import { FIELD_EDITS, type FieldEdit } from "./edit-field.js";

/** Reads bits of a packet's fields. */
export type Reader = (packet: Packet) => bigint;

/** Writes bits of a packet's fields. A packet that does not have the field stays as it is. */
export type Writer = (packet: Packet, value: bigint) => void;

const ones = (bits: number): bigint => (1n << BigInt(bits)) - 1n;

/** A whole field as a number that its own edit takes. */
const natural = (field: OxmField, value: bigint): number | bigint => (field.kind.size >= 8 ? value : Number(value));

/** The place, the edit and the form of the field that a part is of: values are counted in the bits of that form, which may have more of them than the field. */
function partsOf(
  part: Subfield,
  list: HeaderList,
): {
  place: Place;
  edit: FieldEdit | undefined;
  field: OxmField;
  narrow: NonNullable<ReturnType<typeof knownForm>>["narrow"];
} {
  const form = knownForm(part, list)!;
  const { field, narrow } = form;
  return { place: placeOf(field)!, edit: FIELD_EDITS.get(field.name), field, narrow };
}

/** What reads a part of a field. @param part - checked: of a field that the switch has @param list - the headers that the action uses, see `copyList` */
export function reader(part: Subfield, list: HeaderList = 0): Reader {
  const { place, narrow } = partsOf(part, list);
  const shift = BigInt(part.offset);
  const mask = ones(part.bits);
  if (narrow === undefined) return (packet) => (BigInt(packet.get(place)) >> shift) & mask;
  return (packet) => {
    const value = packet.get(place) as number;
    return (BigInt(narrow.write(value) ?? value) >> shift) & mask;
  };
}

/** What writes a part of a field. @param part - checked: of a field that the switch can write @param list - as for {@link reader} */
export function writer(part: Subfield, list: HeaderList = 0): Writer {
  const { place, edit, field, narrow } = partsOf(part, list);
  if (edit === undefined) return () => undefined;
  const shift = BigInt(part.offset);
  const mask = ones(part.bits) << shift;
  const set = edit as (packet: Packet, value: number | bigint) => void;
  return (packet, value) => {
    const now = packet.get(place);
    const old = BigInt(narrow === undefined ? now : (narrow.write(now as number) ?? now));
    const made = (old & ~mask) | ((value << shift) & mask);
    const own = narrow === undefined ? natural(field, made) : narrow.read(Number(made));
    if (own !== undefined) set(packet, own);
  };
}

/** What a set-field does: all of a field, or with a mask some of its bits. */
export function setter({ field, value, mask }: MatchEntry): (packet: Packet) => void {
  const edit = FIELD_EDITS.get(field!.name) as (packet: Packet, value: number | bigint) => void;
  const place = placeOf(field!)!;
  if (mask === undefined) return (packet) => edit(packet, value as number | bigint);
  const kept = BigInt(field!.exact) & ~BigInt(mask as number | bigint);
  const set = BigInt(value as number | bigint);
  return (packet) => edit(packet, natural(field!, (BigInt(packet.get(place)) & kept) | set));
}
