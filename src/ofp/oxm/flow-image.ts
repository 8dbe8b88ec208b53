import { OXM, type OxmField, type OxmValue } from "./fields.js";
import { FULL, GROUP_OF, Group, LAYOUT, NOTHING, OF_PACKETS, P, PCP, TAGGED, VID } from "./flow-places.js";
import type { Match } from "./match.js";
import type { MatchEntry } from "./match-entry.js";
import { OPTION_BYTES } from "./option.js";

/** An option of a tunnel: the least bytes that hold value and mask. */
export interface Option {
  readonly value: Uint8Array;
  /** Undefined where all bits count. */
  readonly mask: Uint8Array | undefined;
}

/** Headers of a packet behind those that a match has fields for, as Open vSwitch prints them. */
export interface InnerHeaders {
  /** The TCI of the second VLAN tag, 0 where there is none; undefined where there is no first one. */
  readonly tag: number | undefined;
  /** The label stack entries behind the first. */
  readonly labels: readonly number[];
}

export const ALL_OPTION_BYTES = 256;

const firstByte = (bytes: Uint8Array): number => {
  const at = bytes.findIndex((b) => b !== 0);
  return at < 0 ? bytes.length : at;
};

/** Where the first byte of an option stands that is not zero, in its value or its mask. */
const firstOf = (value: Uint8Array, mask: Uint8Array | undefined): number =>
  Math.min(firstByte(value), mask === undefined ? OPTION_BYTES : firstByte(mask));

/** All bits of so many bytes, as the number or the bigint that a value of that size is. */
const ONES: readonly number[] = Array.from({ length: 9 }, (_, size) => 2 ** (8 * size) - 1);
const ONES_BIG: readonly bigint[] = Array.from({ length: 17 }, (_, size) => (1n << BigInt(8 * size)) - 1n);

/** Whether a mask has every bit of the bytes that its field takes on the wire, not only of those that count. */
export function isAllOnes(field: OxmField, mask: OxmValue): boolean {
  const { size } = field.kind;
  if (mask instanceof Uint8Array) return mask.length >= OPTION_BYTES && mask.every((b) => b === 0xff);
  return typeof mask === "bigint" ? mask === ONES_BIG[size] : mask === ONES[size];
}

/** So many writes are remembered in memory that an image keeps. */
const KEPT = 256;

/** A flow's fields at their places: what Open vSwitch makes of a match before it prints it. One image is filled again and again. */
export class FlowImage {
  readonly value: (number | bigint)[] = [...NOTHING];
  /** The bits that count, by place. */
  readonly mask: (number | bigint)[] = [...NOTHING];
  /** The groups of places that have a value: bits of {@link Group}. */
  groups = 0;
  /** The places that were written, of which the first {@link FlowImage.#writes} count: setting the length of an array is a slow call. */
  readonly #touched: number[] = [];
  #writes = 0;
  /** Options of tunnels by their number. */
  options: Map<number, Option> | undefined;
  /** Of a packet's flow alone. */
  inner: InnerHeaders | undefined;
  #optionBytes = 0;

  /** Forgets everything. */
  clear(): void {
    const { value, mask } = this;
    const touched = this.#touched;
    for (let i = 0; i < this.#writes; i++) {
      const at = touched[i]!;
      value[at] = NOTHING[at]!;
      mask[at] = NOTHING[at]!;
    }
    if (this.#writes > KEPT) touched.length = 0;
    this.#writes = 0;
    this.groups = 0;
    this.options = undefined;
    this.inner = undefined;
    this.#optionBytes = 0;
  }

  #touch(at: number): void {
    this.#touched[this.#writes++] = at;
    this.groups |= GROUP_OF[at]!;
  }

  /** Makes all bits of a place count. */
  count(at: number): void {
    this.#touch(at);
    this.mask[at] = FULL[at]!;
  }

  /** Notes the value of a place that is not matched on, until {@link clear}. */
  assume(at: number, value: number | bigint): void {
    this.#touched[this.#writes++] = at;
    this.value[at] = value;
  }

  /** The value at a place of at most 48 bits. */
  num(at: number): number {
    return this.value[at] as number;
  }

  /** Whether something counts at a place. */
  has(at: number): boolean {
    const m = this.mask[at];
    return m !== 0 && m !== 0n;
  }

  /** Whether a field has no value yet. */
  isWild(field: OxmField): boolean {
    const layout = LAYOUT[field.index]!;
    switch (layout.how) {
      case "whole":
        return !this.has(layout.at);
      case "vid":
        return ((this.mask[P.vlanTci] as number) & VID) === 0;
      case "pcp":
        return ((this.mask[P.vlanTci] as number) & PCP) === 0;
      case "registers":
        for (let i = 0; i < layout.count; i++) if (this.has(layout.at + i)) return false;
        return true;
      case "option":
        return this.options?.has(layout.n) !== true;
      default:
        return true;
    }
  }

  /** Takes a field in; false where there is no room for it. */
  set({ field, value, mask }: MatchEntry): boolean {
    return this.put(field!, value, mask);
  }

  /** The same by its parts. */
  put(field: OxmField, value: OxmValue, given: OxmValue | undefined): boolean {
    const layout = LAYOUT[field.index]!;
    if (layout.how === "option") return this.#setOption(layout.n, value as Uint8Array, given as Uint8Array | undefined);
    if (OF_PACKETS[field.index] && this.mask[P.packetType] === 0) {
      this.#touched[this.#writes++] = P.packetType;
      this.mask[P.packetType] = 0xffffffff;
    }
    if (given === 0 || given === 0n) return true;
    const mask = given === undefined || isAllOnes(field, given) ? undefined : given;
    switch (layout.how) {
      case "whole":
        this.#setWhole(layout.at, value as number | bigint, mask as number | bigint | undefined);
        break;
      case "vid": {
        const bits = mask === undefined ? VID : (mask as number) & VID;
        this.#setTci((value as number) & bits, bits, VID);
        break;
      }
      case "pcp":
        this.#setTci(((value as number) << 13) | TAGGED, PCP | TAGGED, PCP | TAGGED);
        break;
      case "registers": {
        let v = BigInt(value as number | bigint);
        let m = mask === undefined ? undefined : BigInt(mask as number | bigint);
        for (let i = layout.count - 1; i >= 0; i--) {
          this.#touch(layout.at + i);
          this.value[layout.at + i] = Number(v & 0xffffffffn);
          this.mask[layout.at + i] = m === undefined ? 0xffffffff : Number(m & 0xffffffffn);
          v >>= 32n;
          if (m !== undefined) m >>= 32n;
        }
        break;
      }
    }
    return true;
  }

  /** Makes a field count for nothing. */
  unset(field: OxmField): void {
    const layout = LAYOUT[field.index]!;
    switch (layout.how) {
      case "whole":
        this.value[layout.at] = NOTHING[layout.at]!;
        this.mask[layout.at] = NOTHING[layout.at]!;
        break;
      case "vid": {
        // without a priority nothing of the tag is left, not even that there is one
        const bits = ((this.mask[P.vlanTci] as number) & PCP) === 0 ? 0xffff : VID & ~TAGGED;
        this.#setTci(0, 0, bits);
        break;
      }
      case "pcp":
        this.#setTci(0, 0, ((this.mask[P.vlanTci] as number) & VID & ~TAGGED) === 0 ? 0xffff : PCP);
        break;
      case "registers":
        for (let i = 0; i < layout.count; i++) {
          this.value[layout.at + i] = 0;
          this.mask[layout.at + i] = 0;
        }
        break;
      case "option":
        this.options?.delete(layout.n);
        break;
      default:
    }
  }

  #setTci(value: number, mask: number, bits: number): void {
    this.#touch(P.vlanTci);
    this.value[P.vlanTci] = ((this.value[P.vlanTci] as number) & ~bits) | value;
    this.mask[P.vlanTci] = ((this.mask[P.vlanTci] as number) & ~bits) | mask;
  }

  #setWhole(at: number, value: number | bigint, mask: number | bigint | undefined): void {
    const full = FULL[at]!;
    this.#touch(at);
    this.value[at] = value;
    if (mask === undefined) this.mask[at] = full;
    else if (at === P.ctState || at === P.tunFlags || at === P.ipFrag) {
      this.mask[at] = (mask as number) & (full as number);
      this.value[at] = (value as number) & (full as number);
    } else if (at === P.ipv6Flabel && ((mask as number) & LABEL) === LABEL) {
      this.value[at] = (value as number) & LABEL;
      this.mask[at] = full;
    } else this.mask[at] = mask;
  }

  /** The bytes that all options of a tunnel would have with one more. */
  optionBytesWith(value: Uint8Array, mask: Uint8Array | undefined): number {
    return this.#optionBytes + value.length - firstOf(value, mask);
  }

  #setOption(n: number, bytes: Uint8Array, given: Uint8Array | undefined): boolean {
    const value = bytes.subarray(0, OPTION_BYTES);
    const mask = given === undefined || isAllOnes(OXM.tunMetadata0 as OxmField, given) ? undefined : given.subarray(0, OPTION_BYTES);
    const start = firstOf(value, mask);
    const all = this.optionBytesWith(value, mask);
    if (all > ALL_OPTION_BYTES) return false;
    this.#optionBytes = all;
    this.options ??= new Map();
    this.groups |= Group.tunnel;
    const counts = mask === undefined ? value : value.map((b, i) => b & mask[i]!);
    this.options.set(n, { value: counts.subarray(start), mask: mask?.subarray(start) });
    return true;
  }

  /** Takes in all fields of a match that Open vSwitch has. */
  fill(match: Match): this {
    this.clear();
    const { entries } = match;
    for (let i = 0; i < entries.length; i++) {
      const e = entries[i]!;
      if (e.field !== undefined) this.set(e);
    }
    return this;
  }

  /** Takes over what another image holds. */
  copy(other: FlowImage): this {
    this.clear();
    for (let at = 0; at < other.mask.length; at++) {
      if (other.mask[at] === NOTHING[at] && other.value[at] === NOTHING[at]) continue;
      this.#touch(at);
      this.value[at] = other.value[at]!;
      this.mask[at] = other.mask[at]!;
    }
    this.groups |= other.groups;
    this.options = other.options;
    this.inner = other.inner;
    return this;
  }

  /** The Ethernet type, which may be given as the type of packet; 0x05ff for packets that have none. */
  get ethType(): number {
    const type = this.value[P.packetType] as number;
    if (type === 0) return this.value[P.ethType] as number;
    return type >>> 16 === 1 ? type & 0xffff : 0x05ff;
  }
}

const LABEL = 0xfffff;

const spare: FlowImage[] = [];

/** Lends an image for as long as `body` runs. What runs within it, a caller's code included, that needs an image as well is lent another one. */
export function withImage<T>(body: (image: FlowImage) => T): T {
  const image = spare.pop() ?? new FlowImage();
  try {
    return body(image);
  } finally {
    image.clear();
    spare.push(image);
  }
}
