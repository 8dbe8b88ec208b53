import { PIPELINE } from "../../ofp/check/mod.js";
import { OXM, OXM_FIELDS, type OxmField, type OxmName } from "../../ofp/mod.js";
import { FlowKey } from "../../packet/mod.js";

/** Where a match field lies in the words of a packet: a field of several words has the highest word first. */
export interface Place {
  readonly field: OxmField;
  readonly at: number;
  readonly count: number;
  /** The lowest bit, where fields share a word. */
  readonly shift: number;
  /** Bits of the same word that a match on the field asks for too. */
  readonly also: number;
  /** Whether it goes along with the packet and does not stand in its bytes. */
  readonly beside: boolean;
}

const PRESENT = 0x1000;

/** The fields of a VLAN tag, which are one word: what is 0 for a packet without one. */
const IN_TAG: Readonly<Partial<Record<OxmName, { readonly shift: number; readonly also: number }>>> = {
  vlanTci: { shift: 0, also: 0 },
  vlanVid: { shift: 0, also: 0 },
  vlanPcp: { shift: 13, also: PRESENT },
};

/** Fields that go along with a packet beside those that a packet-out can have. */
const BESIDE: ReadonlySet<string> = new Set<OxmName>(["pktMark", "conjId", "dpHash", "recircId", "actsetOutput"]);
const TRACKED = /^ct[A-Z]/;

const isBeside = (field: OxmField): boolean =>
  field.kind.size > 0 && (PIPELINE.has(field) || BESIDE.has(field.name) || TRACKED.test(field.name));

/** The register that another one begins with, of which it is two or four. */
function firstRegister(name: string): OxmName | undefined {
  const [, kind, n] = /^(xx?)reg(\d+)$/.exec(name) ?? [];
  return kind === undefined ? undefined : (`reg${Number(n) * (kind === "x" ? 2 : 4)}` as OxmName);
}

const places: (Place | undefined)[] = OXM_FIELDS.map(() => undefined);
let next = 0;

function put(field: OxmField, beside: boolean, at?: number): void {
  const count = Math.ceil(field.kind.size / 4);
  const { shift = 0, also = 0 } = IN_TAG[field.name as OxmName] ?? {};
  places[field.index] = { field, at: at ?? next, count, shift, also, beside };
  if (at === undefined) next += count;
}

for (const field of OXM_FIELDS) if (isBeside(field) && firstRegister(field.name) === undefined) put(field, true);
for (const field of OXM_FIELDS) {
  const first = firstRegister(field.name);
  if (first !== undefined && isBeside(field)) put(field, true, places[OXM[first].index]!.at);
}

/** The words before this one go along with a packet; those behind are read from its bytes. */
export const BYTES_AT: number = next;

const packet = new FlowKey();
const TAG_AT = next++;
for (const field of OXM_FIELDS) {
  if (field.name in IN_TAG) put(field, false, TAG_AT);
  else if (field.name in packet && !isBeside(field)) put(field, false);
}

/** How many words of 32 bits the fields of a packet take. */
export const WORDS: number = next;

/** The place of a field; undefined for one that this switch does not look at. */
export const placeOf = (field: OxmField): Place | undefined => places[field.index];

/** The match fields that this switch looks at, in canonical order. */
export const MATCHABLE: readonly OxmField[] = OXM_FIELDS.filter((f) => placeOf(f) !== undefined);

/** Where the number of the port lies that a packet came in by. */
export const IN_PORT_AT: number = places[OXM.inPort.index]!.at;
/** Where the tag of a packet lies. */
export const VLAN_AT: number = TAG_AT;

/** Writes the lowest 32 * `count` bits, the highest word first. */
export function putBig(words: Int32Array, at: number, count: number, value: bigint): void {
  let rest = value;
  for (let i = at + count - 1; i >= at; i--) {
    words[i] = Number(rest & 0xffffffffn);
    rest >>= 32n;
  }
}

/** Reads a field from the words of a packet. */
export function valueAt(words: Int32Array, { field, at, count, shift }: Place): number | bigint {
  const { size } = field.kind;
  if (size <= 4) return ((words[at]! >>> shift) & (field.exact as number)) >>> 0;
  if (size < 8) return (words[at]! >>> 0) * 4294967296 + (words[at + 1]! >>> 0);
  let value = 0n;
  for (let i = at; i < at + count; i++) value = (value << 32n) | BigInt(words[i]! >>> 0);
  return value;
}

/** Writes a field into words. Bits that other fields have in the same word stay. */
export function putValue(words: Int32Array, { field, at, count, shift }: Place, value: number | bigint): void {
  if (typeof value === "bigint") putBig(words, at, count, value);
  else if (count === 2) {
    words[at] = value / 4294967296;
    words[at + 1] = value;
  } else {
    const bits = field.exact as number;
    words[at] = (words[at]! & ~(bits << shift)) | ((value & bits) << shift);
  }
}
