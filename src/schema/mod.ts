/**
 * The table language: fields and layouts from which types, codecs and JSON forms are made.
 * Floor 1: imports `bytes` and `errors`.
 *
 * - *field*: a logical value of a class, by its name, the same in all versions; a *kind* is how a value lies on the wire and reads in JSON.
 * - *slot*: a place in the bytes, such as `"portNo"`, `"pad:6"` or `"zero:6:ERROR"`; a *step* is a slot that was understood.
 * - *layout*: the slots of a class in a range of versions; a *row* is a layout with its key and whatever columns it has besides.
 * - *parts*: a slot of several fields; *lifted* are fields of a struct that lie in properties.
 * - *struct*: a class of a table; an *entry* is one with a header, and a *union* is the table of entries of which each element is one.
 * - *key*: the numbers in a header by which an entry is found; a *frame* is where its length stands and how elements follow one another.
 * - *form*: one of several layouts of one entry in one version: "" is the standard's, others an extension's. Objects keep it in `format`.
 * - *codec*: reads and writes a kind in one version; its *mode* is whether it is compiled or walks the table, and whether it checks.
 * - *plan*: all that a codec is made of; *offsets* are where its slots stand.
 * - *maker*: a constructor for one place in a program; a *lazy* field is decoded when it is read, from bytes that are *borrowed*.
 * @packageDocumentation
 */
export { BYTES, bytes } from "./bytes-kind.js";
export { compile, defaultMode, identifier } from "./compile.js";
export { zeroSource } from "./constant-bytes.js";
export {
  type EntryClass,
  type EntryLayout,
  type EntryLayouts,
  type EntryShape,
  entryClass,
  type KeyPart,
  type UnionHeader,
} from "./entry.js";
export {
  type Counter,
  type CounterNames,
  count32,
  count64,
  enumeration,
  type Field,
  type FieldNote,
  type Fields,
  field,
  flags,
  type Init,
  ipv4,
  ipv6,
  type Literal,
  lazy,
  mac,
  OPTIONAL,
  opaque,
  type Shape,
  text,
  u8,
  u16,
  u24,
  u32,
  u64,
  u128,
} from "./field.js";
export {
  fixedKind,
  IPV4,
  IPV6,
  MAC,
  MAX48,
  mapped,
  opaqueKind,
  rangeError,
  textKind,
  U8,
  U16,
  U24,
  U32,
  U64,
  U128,
} from "./fixed-kinds.js";
export type { Borrowing, Instance } from "./instance.js";
export type { EntryForm } from "./key-trie.js";
export type { Codec, Inline, Json, Kind, Mode, TextKind } from "./kind.js";
export { byVersion, type Layouts, type Slot, type Step } from "./layout.js";
export { type Lifted, lift } from "./lift.js";
export { limited, unlookedAt } from "./limited.js";
export { type Element, list, listKind, MAX_DEPTH, nestedKind } from "./list.js";
export { isOfMaker, placeMaker } from "./maker.js";
export { type Offsets, offsets, type Placed, sizeOfStep } from "./offsets.js";
export { Parts, type PartsCodec, type PartValues } from "./parts.js";
export type { Head } from "./plan.js";
export { INSPECT } from "./shown.js";
export { sourceOf } from "./source-of.js";
export { one, type Struct, type StructShape, struct } from "./struct.js";
export type { ClassOptions, StructClass } from "./struct-class.js";
export { leaveOutUntold } from "./told.js";
export { type Member, type Union, type UnionOptions, union } from "./union.js";
export { EncodedElement, UnknownElement } from "./unknown-element.js";
export { VERSIONS, type Version, type VersionRange, versionList, versionName, versionsIn } from "./version.js";
export { boundedEnd, type ElementFrame, elementEnd, elementNext, fail, mustBeZero, padTo } from "./walk.js";
