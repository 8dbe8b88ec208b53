import type { Match, MatchEntry, OxmField } from "../ofp/mod.js";
import type { FlowKey } from "../packet/mod.js";
import { compile, defaultMode, identifier, type Mode } from "../schema/mod.js";
import { MATCHABLE, OF_PIPELINE } from "./fields.js";

/** Where a match field lies in an array of words: its value, and the bit that says that the packet has the field. */
interface Slot {
  readonly at: number;
  readonly size: number;
  readonly bitAt: number;
  readonly bit: number;
}

const PRESENCE = 2;
let next = PRESENCE;
/** The slots by the index of their field. */
const SLOTS: Slot[] = [];
MATCHABLE.forEach((field, i) => {
  const { size } = field.kind;
  SLOTS[field.index] = { at: next, size, bitAt: i >>> 5, bit: 1 << (i & 31) };
  next += Math.ceil(size / 4);
});

/** How many words of 32 bits a packet's match fields take: two that say which fields there are, and then the values. */
export const WORDS: number = next;

/** Writes the lowest 32 * `count` bits, the highest word first. */
function putBig(words: Int32Array, at: number, count: number, value: bigint): void {
  let rest = value;
  for (let i = at + count - 1; i >= at; i--) {
    words[i] = Number(rest & 0xffffffffn);
    rest >>= 32n;
  }
}

/** Sets a field's bit and value, or mask. */
function putValue(words: Int32Array, { at, size, bitAt, bit }: Slot, value: number | bigint): void {
  words[bitAt]! |= bit;
  if (typeof value === "bigint") putBig(words, at, size / 4, value);
  else if (size > 4) {
    words[at] = value / 4294967296;
    words[at + 1] = value;
  } else words[at] = value;
}

/** Lays out the match fields of a packet as words that are 0 before. */
type Pack = (key: FlowKey, metadata: bigint, words: Int32Array) => void;

/** What of a field's requirements the key of a packet fulfils before it can have the field, as source: so whole protocols are passed over at once. */
function guardOf({ requires: { ethType = [], ipProto = [] } }: OxmField): string {
  const anyOf = (name: string, values: readonly number[]) => values.map((v) => `${name}===${v}`).join("||");
  const needs = [anyOf("type", ethType), anyOf("proto", ipProto)].filter((x) => x !== "");
  return needs.map((x) => `(${x})`).join("&&");
}

/** One field as source: `v` is its value in the packet. Of the pipeline's, the packet brings its metadata with it; the tunnel is 0, since no port is one. */
function putSource({ name, index }: OxmField): string {
  const { at, size, bitAt, bit } = SLOTS[index]!;
  const mark = `words[${bitAt}]|=${bit};`;
  if (OF_PIPELINE.has(name)) return name === "metadata" ? `${mark}if(metadata!==0n)putBig(words,${at},2,metadata);` : mark;
  const store =
    size > 6 ? `putBig(words,${at},${size / 4},v)` : size === 6 ? `words[${at}]=v/4294967296;words[${at + 1}]=v` : `words[${at}]=v`;
  return `v=key.${identifier(name)};if(v!==undefined){${mark}${store}}`;
}

/** Straight code that packs the fields of the rows, those of a protocol behind one look at the packet's types. */
function packSource(): string {
  const groups = new Map<string, string>();
  for (const field of MATCHABLE) {
    const guard = guardOf(field);
    groups.set(guard, (groups.get(guard) ?? "") + putSource(field));
  }
  const parts = [...groups].map(([guard, puts]) => (guard === "" ? puts : `if(${guard}){${puts}}`));
  return `return(key,metadata,words)=>{const type=key.ethType,proto=key.ipProto;let v;${parts.join("\n")}}`;
}

/** The same without generated code, for where that is forbidden. */
const packByRows: Pack = (key, metadata, words) => {
  for (const { name, index } of MATCHABLE) {
    const value = name === "metadata" ? metadata : OF_PIPELINE.has(name) ? 0n : (key[name as keyof FlowKey] as number | bigint | undefined);
    if (value !== undefined) putValue(words, SLOTS[index]!, value);
  }
};

/** Makes what packs the fields of packets. @param mode - changes how it does so, and not what it does */
export const packer = (mode: Mode): Pack => (mode === "specialised" ? compile(packSource(), { putBig }) : packByRows);

let pack: Pack | undefined;

/**
 * Lays out the match fields of a packet as words, so that a masked match is a loop over whole words.
 * @param words - filled; {@link WORDS} long
 */
export function packKey(key: FlowKey, metadata: bigint, words: Int32Array): void {
  pack ??= packer(defaultMode());
  words.fill(0);
  pack(key, metadata, words);
}

/** A match as words: a packet matches where its words, masked, equal the value. A field that is matched on at all has to be there. */
export class MatchWords {
  readonly value: Int32Array = new Int32Array(WORDS);
  readonly mask: Int32Array = new Int32Array(WORDS);
  /** The places of the words of the mask that are not 0. */
  readonly used: readonly number[];
  /** The same text for two matches with the same mask. */
  readonly shape: string;

  /** @param match - without faults: every field is one that the switch looks at */
  constructor(match: Match) {
    for (const entry of match.entries) this.#take(entry);
    const used: number[] = [];
    for (let i = 0; i < WORDS; i++) if (this.mask[i] !== 0) used.push(i);
    this.used = used;
    this.shape = used.map((i) => `${i}:${this.mask[i]! >>> 0}`).join();
  }

  #take({ field, value, mask }: MatchEntry): void {
    if (field === undefined || value instanceof Uint8Array || mask instanceof Uint8Array) return;
    const s = SLOTS[field.index]!;
    putValue(this.value, s, value);
    putValue(this.mask, s, mask ?? field.exact);
  }

  /** Whether every packet that matches `other` matches this: this looks at no bit that `other` does not fix to the same. */
  covers(other: MatchWords): boolean {
    for (const i of this.used) {
      const mask = this.mask[i]!;
      if ((other.mask[i]! & mask) !== mask || (other.value[i]! & mask) !== this.value[i]) return false;
    }
    return true;
  }

  /** Whether the mask of `other` has every bit of this mask. */
  isWithin(other: MatchWords): boolean {
    for (const i of this.used) {
      const mask = this.mask[i]!;
      if ((other.mask[i]! & mask) !== mask) return false;
    }
    return true;
  }

  /** Whether some packet can match both. */
  overlaps(other: MatchWords): boolean {
    for (const i of this.used) {
      if (((this.value[i]! ^ other.value[i]!) & this.mask[i]! & other.mask[i]!) !== 0) return false;
    }
    return true;
  }

  /** Whether a packet's words match. */
  matches(words: Int32Array): boolean {
    const { used, mask, value } = this;
    for (let n = 0; n < used.length; n++) {
      const i = used[n]!;
      if ((words[i]! & mask[i]!) !== value[i]) return false;
    }
    return true;
  }

  /** Whether both match the same packets by the same bits. */
  equals(other: MatchWords): boolean {
    if (this.shape !== other.shape) return false;
    for (const i of this.used) if (this.value[i] !== other.value[i]) return false;
    return true;
  }
}
