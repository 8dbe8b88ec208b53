import type { Match, MatchEntry, OxmName } from "../ofp/mod.js";
import type { FlowKey } from "../packet/mod.js";
import { MATCHABLE } from "./matchable.js";

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

const S = Object.fromEntries(MATCHABLE.map((field) => [field.name, SLOTS[field.index]])) as { readonly [K in OxmName]: Slot };

function put(words: Int32Array, s: Slot, value: number | undefined): void {
  if (value === undefined) return;
  words[s.bitAt]! |= s.bit;
  words[s.at] = value;
}

function putMac(words: Int32Array, s: Slot, value: number | undefined): void {
  if (value === undefined) return;
  words[s.bitAt]! |= s.bit;
  words[s.at] = value / 4294967296;
  words[s.at + 1] = value;
}

function putBig(words: Int32Array, s: Slot, value: bigint | undefined): void {
  if (value === undefined) return;
  words[s.bitAt]! |= s.bit;
  const count = s.size / 4;
  let rest = value;
  for (let i = count - 1; i >= 0; i--) {
    words[s.at + i] = Number(rest & 0xffffffffn);
    rest >>= 32n;
  }
}

/**
 * Lays out the match fields of a packet as words, so that a masked match is a loop over whole words.
 * @param words - filled; {@link WORDS} long
 */
export function packKey(key: FlowKey, metadata: bigint, words: Int32Array): void {
  words.fill(0);
  put(words, S.inPort, key.inPort);
  words[S.metadata.bitAt]! |= S.metadata.bit;
  if (metadata !== 0n) putBig(words, S.metadata, metadata);
  words[S.tunnelId.bitAt]! |= S.tunnelId.bit;
  putMac(words, S.ethDst, key.ethDst);
  putMac(words, S.ethSrc, key.ethSrc);
  put(words, S.ethType, key.ethType);
  put(words, S.vlanVid, key.vlanVid);
  put(words, S.vlanPcp, key.vlanPcp);
  put(words, S.ipDscp, key.ipDscp);
  put(words, S.ipEcn, key.ipEcn);
  put(words, S.ipProto, key.ipProto);
  put(words, S.ipv4Src, key.ipv4Src);
  put(words, S.ipv4Dst, key.ipv4Dst);
  put(words, S.tcpSrc, key.tcpSrc);
  put(words, S.tcpDst, key.tcpDst);
  put(words, S.udpSrc, key.udpSrc);
  put(words, S.udpDst, key.udpDst);
  put(words, S.sctpSrc, key.sctpSrc);
  put(words, S.sctpDst, key.sctpDst);
  put(words, S.icmpv4Type, key.icmpv4Type);
  put(words, S.icmpv4Code, key.icmpv4Code);
  if (key.arpOp !== undefined) {
    put(words, S.arpOp, key.arpOp);
    put(words, S.arpSpa, key.arpSpa);
    put(words, S.arpTpa, key.arpTpa);
    putMac(words, S.arpSha, key.arpSha);
    putMac(words, S.arpTha, key.arpTha);
  }
  if (key.ipv6Src !== undefined) {
    putBig(words, S.ipv6Src, key.ipv6Src);
    putBig(words, S.ipv6Dst, key.ipv6Dst);
    put(words, S.ipv6Flabel, key.ipv6Flabel);
    put(words, S.ipv6Exthdr, key.ipv6Exthdr);
    put(words, S.icmpv6Type, key.icmpv6Type);
    put(words, S.icmpv6Code, key.icmpv6Code);
    putBig(words, S.ipv6NdTarget, key.ipv6NdTarget);
    putMac(words, S.ipv6NdSll, key.ipv6NdSll);
    putMac(words, S.ipv6NdTll, key.ipv6NdTll);
  }
  put(words, S.mplsLabel, key.mplsLabel);
  put(words, S.mplsTc, key.mplsTc);
  put(words, S.mplsBos, key.mplsBos);
  put(words, S.pbbIsid, key.pbbIsid);
}

function putValue(words: Int32Array, s: Slot, value: number | bigint): void {
  if (typeof value === "bigint") putBig(words, s, value);
  else if (s.size === 6) putMac(words, s, value);
  else put(words, s, value);
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
