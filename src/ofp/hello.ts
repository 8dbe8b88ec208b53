import {
  type Element,
  type EntryShape,
  entryClass,
  type Field,
  field,
  list,
  listKind,
  U32,
  type UnionHeader,
  type UnknownElement,
  union,
} from "../schema/mod.js";
import { message } from "./message.js";

/** What every element of a hello begins with; the length leaves out the padding to 8 bytes. OpenFlow 1.3 §7.5.1 (ofp_hello_elem_header) */
const ELEMENT_HEADER: UnionHeader = {
  frame: { lengthAt: 2, min: 4, align: 8, counted: false, reason: "OFPHFC_INCOMPATIBLE" },
  part: (_version, [type]) => (type === undefined ? { at: 0, size: 2 } : undefined),
};

const BITMAP_FIELDS = {
  /** Bit n of the first word is wire version n. */
  bitmaps: field(listKind<number>({ ...U32, frame: () => undefined, exact: () => 4 }), Object.freeze([0])) as Field<readonly number[]>,
};

/** The versions that the sender speaks. OpenFlow 1.3 §7.5.1 (ofp_hello_elem_versionbitmap) */
export const VersionBitmap = entryClass<typeof BITMAP_FIELDS, EntryShape<"version-bitmap", typeof BITMAP_FIELDS>>(
  "VersionBitmap",
  "version-bitmap",
  ELEMENT_HEADER,
  BITMAP_FIELDS,
  { "1.0+": { key: [1], slots: ["bitmaps"] } },
);
/** See the class. */
export type VersionBitmap = InstanceType<typeof VersionBitmap>;

/** Every element of a hello. */
export const HELLO_ELEMENTS = union("hello element", ELEMENT_HEADER, "OFPHFC_INCOMPATIBLE", [VersionBitmap]);

/** One element of a hello. */
export type HelloElement = VersionBitmap | UnknownElement;

/** The first message each way: the highest version that its sender speaks, in the header, and what it has to add to that. OpenFlow 1.3 §7.5.1 */
export const Hello = message(
  "Hello",
  "hello",
  { elements: list(HELLO_ELEMENTS as Element<HelloElement>) },
  { "1.0+": { key: [0], slots: ["elements"], ovs: { multiple: 1 } } },
);
/** See the class. */
export type Hello = InstanceType<typeof Hello>;
