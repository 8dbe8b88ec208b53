import type { Match, MatchEntry } from "../../ofp/mod.js";
import type { FlowKey } from "../../packet/mod.js";
import { compile, defaultMode, identifier, type Mode } from "../../schema/mod.js";
import { BYTES_AT, MATCHABLE, type Place, placeOf, putBig, putValue, VLAN_AT, WORDS } from "./places.js";

/** Lays out the fields that were read from a packet's bytes as words that are 0 before. */
type Pack = (key: FlowKey, words: Int32Array) => void;

/** The fields that stand in packets but for those of the tag, which are one word. */
const IN_BYTES: readonly Place[] = MATCHABLE.map((f) => placeOf(f)!).filter(({ beside, at }) => !beside && at !== VLAN_AT);

/** What of a field's requirements the key of a packet fulfils before it can have the field, as source: so whole protocols are passed over at once. */
function guardOf({ field: { requires } }: Place): string {
  const { ethType = [], ipProto = [] } = requires;
  const anyOf = (name: string, values: readonly number[]) => values.map((v) => `${name}===${v}`).join("||");
  const needs = [anyOf("type", ethType), anyOf("proto", ipProto)].filter((x) => x !== "");
  return needs.map((x) => `(${x})`).join("&&");
}

/** One field as source: `v` is its value in the packet. What a packet lacks is 0, as in Open vSwitch: a flow that matches on the field matches on the protocol too. */
function putSource({ field: { name, kind }, at, count }: Place): string {
  const { size } = kind;
  const store =
    size > 6 ? `putBig(words,${at},${count},v)` : size === 6 ? `words[${at}]=v/4294967296;words[${at + 1}]=v` : `words[${at}]=v`;
  return `v=key.${identifier(name)};if(v!==undefined){${store}}`;
}

/** Straight code that packs the fields of the rows, those of a protocol behind one look at the packet's types. */
function packSource(): string {
  const groups = new Map<string, string>();
  for (const place of IN_BYTES) {
    const guard = guardOf(place);
    groups.set(guard, (groups.get(guard) ?? "") + putSource(place));
  }
  const parts = [...groups].map(([guard, puts]) => (guard === "" ? puts : `if(${guard}){${puts}}`));
  return `return(key,words)=>{const type=key.ethType,proto=key.ipProto;let v;words[${VLAN_AT}]=(key.vlanVid??0)|((key.vlanPcp??0)<<13);${parts.join("\n")}}`;
}

/** The same without generated code, for where that is forbidden. */
const packByRows: Pack = (key, words) => {
  words[VLAN_AT] = (key.vlanVid ?? 0) | ((key.vlanPcp ?? 0) << 13);
  for (const place of IN_BYTES) {
    const value = key[place.field.name as keyof FlowKey] as number | bigint | undefined;
    if (value !== undefined) putValue(words, place, value);
  }
};

/** Makes what packs the fields of packets. @param mode - changes how it does so, and not what it does */
export const packer = (mode: Mode): Pack => (mode === "specialised" ? compile(packSource(), { putBig }) : packByRows);

let pack: Pack | undefined;

/**
 * Lays out the fields that stand in a packet's bytes as words, so that a masked match is a loop over whole words.
 * @param words - those from `BYTES_AT` on are written; `WORDS` long
 */
export function packKey(key: FlowKey, words: Int32Array): void {
  pack ??= packer(defaultMode());
  words.fill(0, BYTES_AT);
  pack(key, words);
}

/** A match as words: a packet matches where its words, masked, equal the value. */
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
    const place = placeOf(field)!;
    putValue(this.value, place, value);
    putValue(this.mask, place, mask ?? field.exact);
    if (place.also === 0) return;
    this.value[place.at]! |= place.also;
    this.mask[place.at]! |= place.also;
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
