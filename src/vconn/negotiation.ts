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
  /** What was not understood in it, for the log; undefined where all was. */
  readonly odd: string | undefined;
}

const ELEMENTS = HELLO_ELEMENTS.frame(1)!;

/**
 * Reads the hello in [p, end), whatever the version in its header. Only the bitmap counts, where there is a usable one; otherwise every version up to that of
 * the header. Anything else in it is passed over: a hello is never refused for what it adds.
 */
export function readHello(c: Chunk, p: number, end: number): PeerHello {
  let odd: string | undefined;
  let bitmap = 0;
  try {
    for (let q = p + 8; q < end; ) {
      const e = elementEnd(c, q, end, ELEMENTS);
      const type = c.dv.getUint16(q);
      if (type !== 1) odd = `element of type ${type}`;
      else if (e - q < 8) odd = "version bitmap without bits";
      else {
        bitmap = c.dv.getUint32(q + 4);
        if (bitmap === 0) odd = "version bitmap with no bit set";
        if ((bitmap & 1) !== 0) odd = "version bitmap with bit 0 set";
      }
      q = elementNext(q, e, end, ELEMENTS);
    }
  } catch (e) {
    if (!(e instanceof DecodeError)) throw e;
    odd = `${end - p - 8} bytes behind the header that are no elements`;
  }
  const usable = bitmap & ~1;
  const version = Math.min(c.dv.getUint8(p), 31);
  return { versions: usable !== 0 ? usable >>> 0 : 2 ** (version + 1) - 2, odd };
}

/** The highest version in both sets that this library speaks; 0 for none. */
export function commonVersion(ours: VersionSet, theirs: VersionSet): Version | 0 {
  for (let i = VERSIONS.length - 1; i >= 0; i--) {
    const v = VERSIONS[i]!;
    if ((ours & theirs & (1 << v)) !== 0) return v;
  }
  return 0;
}

const hex = (version: number): string => `0x${version.toString(16).padStart(2, "0")}`;

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

/** What a negotiation without a common version comes to, as Open vSwitch logs it. */
export function negotiationFailed(ours: VersionSet, theirs: VersionSet): string {
  return `version negotiation failed (we support ${describe(ours)}, peer supports ${describe(theirs)})`;
}

/** The version of the error that ends a negotiation: the highest that the peer speaks, of those that we can write. */
export function errorVersion(theirs: VersionSet): Version {
  return Math.min(Math.max(highest(theirs), 1), 6) as Version;
}
