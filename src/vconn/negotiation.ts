import type { Chunk } from "../bytes/mod.js";
import { DecodeError, SouthboundError } from "../errors/mod.js";
import { encodeMessage, HELLO_ELEMENTS, Hello, VersionBitmap } from "../ofp/mod.js";
import { elementEnd, elementNext, VERSIONS, type Version } from "../schema/mod.js";

/** A set of versions: bit n is wire version n. */
export type VersionSet = number;

/** The set of these versions. Throws `ERR_USAGE` for none. */
export function versionSet(versions: readonly Version[]): VersionSet {
  let set = 0;
  for (const v of versions) set |= 1 << v;
  if (set === 0) throw new SouthboundError("ERR_USAGE", "name one OpenFlow version at least");
  return set;
}

const highest = (set: VersionSet): number => 31 - Math.clz32(set);

/** Whether the set is 1.0 to its highest version without a hole, so that the header's version says it all. */
const contiguous = (set: VersionSet): boolean => set === (1 << (highest(set) + 1)) - 2;

/** The hello that offers the versions: the bitmap is left out where the header says as much. OpenFlow 1.3 §7.5.1 */
export function helloBytes(set: VersionSet, xid: number): Uint8Array {
  const elements = contiguous(set) ? [] : [VersionBitmap.of({ bitmaps: [set] })];
  const hello = Hello.of({ elements });
  hello.xid = xid;
  return encodeMessage(hello, highest(set) as Version);
}

/** What the peer's hello offers. */
export interface PeerHello {
  readonly versions: VersionSet;
  /** Whether all of it was understood. */
  readonly known: boolean;
  /** What its bitmaps claim that cannot be, as Open vSwitch logs it. */
  readonly odd: readonly string[];
}

const ELEMENTS = HELLO_ELEMENTS.frame(1)!;

/** Lines about bitmaps that cannot be; further ones are passed over. */
const MOST_ODD = 4;

/**
 * Reads the hello in [p, end), whatever the version in its header. Only the last usable bitmap counts, where there is one; otherwise every version up to that of
 * the header. Anything else in it is passed over: a hello is never refused for what it adds.
 */
export function readHello(c: Chunk, p: number, end: number): PeerHello {
  const odd: string[] = [];
  const complain = (text: string): void => {
    if (odd.length < MOST_ODD) odd.push(text);
  };
  let known = true;
  const version = Math.min(c.dv.getUint8(p), 31);
  let versions = 2 ** (version + 1) - 2;
  try {
    for (let q = p + 8; q < end; ) {
      const e = elementEnd(c, q, end, ELEMENTS);
      const size = e - q - 4;
      if (c.dv.getUint16(q) !== 1 || size === 0 || size % 4 !== 0) known = false;
      else {
        const bitmap = c.dv.getUint32(q + 4);
        const usable = (bitmap & ~1) >>> 0;
        if (usable !== bitmap) complain("peer claims to support invalid OpenFlow version 0x00");
        if (usable !== 0) versions = usable;
        else {
          complain("peer does not support any OpenFlow version (between 0x01 and 0x1f)");
          known = false;
        }
      }
      q = elementNext(q, e, end, ELEMENTS);
    }
  } catch (e) {
    if (!(e instanceof DecodeError)) throw e;
    known = false;
  }
  return { versions, known, odd };
}

/** The highest version in both sets that this library speaks; 0 for none. */
export function commonVersion(ours: VersionSet, theirs: VersionSet): Version | 0 {
  for (let i = VERSIONS.length - 1; i >= 0; i--) {
    const v = VERSIONS[i]!;
    if ((ours & theirs & (1 << v)) !== 0) return v;
  }
  return 0;
}

/** A version as Open vSwitch logs it: `0x04`. */
export const hex = (version: number): string => `0x${version.toString(16).padStart(2, "0")}`;

function describe(set: VersionSet): string {
  if (set === 0) return "no versions";
  const members = Array.from({ length: 31 }, (_, v) => v).filter((v) => (set & (1 << v)) !== 0);
  if (members.length > 1 && members[0] === 1 && members.length === members[members.length - 1])
    return `version ${hex(members.length)} and earlier`;
  return `${members.length > 1 ? "versions" : "version"} ${members.map(hex).join(", ")}`;
}

/** The words of the error that ends a negotiation without a common version, as Open vSwitch puts them. */
export function noCommonVersion(ours: VersionSet, theirs: VersionSet): string {
  return `We support ${describe(ours)}, you support ${describe(theirs)}, no common versions.`;
}

const bothSets = (ours: VersionSet, theirs: VersionSet): string => `(we support ${describe(ours)}, peer supports ${describe(theirs)})`;

/** What a negotiation without a common version comes to, as Open vSwitch logs it. */
export const negotiationFailed = (ours: VersionSet, theirs: VersionSet): string => `version negotiation failed ${bothSets(ours, theirs)}`;

/** What a negotiation has come to, as Open vSwitch logs it. */
export const negotiated = (version: Version, ours: VersionSet, theirs: VersionSet): string =>
  `negotiated OpenFlow version ${hex(version)} ${bothSets(ours, theirs)}`;

/** The version of the error that ends a negotiation: the highest that the peer speaks, of those that we can write. */
export function errorVersion(theirs: VersionSet): Version {
  return Math.min(Math.max(highest(theirs), 1), 6) as Version;
}
