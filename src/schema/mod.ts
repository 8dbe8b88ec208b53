/**
 * The table language: fields and layouts from which types, codecs and JSON forms are made.
 * Floor 1: imports `bytes` and `errors`.
 * @packageDocumentation
 */
export { BYTES, bytes } from "./bytes-kind.js";
export { structClass } from "./class.js";
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
  enumeration,
  type Field,
  type FieldNote,
  type Fields,
  field,
  flags,
  type Init,
  ipv4,
  ipv6,
  lazy,
  mac,
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
export type { Codec, Inline, Json, Kind, Mode } from "./kind.js";
export { byVersion, type Layouts, type Slot, type Step } from "./layout.js";
export { type Lifted, lift } from "./lift.js";
export { limited, unlookedAt } from "./limited.js";
export { type Element, list, listKind, MAX_DEPTH, nestedKind } from "./list.js";
export { Parts, type PartsCodec, type PartValues } from "./parts.js";
export type { Head } from "./plan.js";
export { sourceOf } from "./source-of.js";
export { one, type Struct, type StructShape, struct } from "./struct.js";
export type { ClassOptions, StructClass } from "./struct-class.js";
export { type Member, type Union, type UnionOptions, union } from "./union.js";
export { UnknownElement } from "./unknown-element.js";
export { VERSIONS, type Version, type VersionRange, versionList, versionName, versionsIn } from "./version.js";
export { boundedEnd, elementEnd, elementNext, type Frame, fail, mustBeZero, padTo } from "./walk.js";
