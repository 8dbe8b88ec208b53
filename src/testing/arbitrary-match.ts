import { Chunk } from "../bytes/mod.js";
import { and, FlowMod, Match, MatchEntry, OXM, OXM_FIELDS, type OxmField } from "../ofp/mod.js";
import type { Kind, Version } from "../schema/mod.js";
import { bytesFrom, chance, numberFrom, pick, type RandomSource } from "./arbitrary-source.js";

/** As in the options of the rest; see there. */
interface Options {
  readonly sensible?: boolean;
}

const ETH_TYPES = [0x0800, 0x86dd, 0x0806, 0x8847, 0x88e7];
const PROTOCOLS = [1, 6, 17, 58, 132];
/** The fields that a set-field action may set, as switches have it. */
const SETTABLE: readonly OxmField[] = [
  OXM.metadata,
  OXM.ethDst,
  OXM.ethSrc,
  OXM.ipDscp,
  OXM.ipv4Src,
  OXM.ipv4Dst,
  OXM.tcpSrc,
  OXM.tcpDst,
  OXM.udpSrc,
  OXM.udpDst,
  OXM.sctpSrc,
  OXM.sctpDst,
  OXM.arpSpa,
  OXM.arpTpa,
  OXM.arpSha,
  OXM.arpTha,
  OXM.ipv6Src,
  OXM.ipv6Dst,
  OXM.mplsLabel,
  OXM.mplsTc,
  OXM.tunnelId,
] as readonly OxmField[];

const isBig = (field: OxmField): boolean => typeof field.exact === "bigint";

const exactly = (field: OxmField, value: number | bigint): MatchEntry => new MatchEntry(field, field.header, value, undefined);

const masked = (field: OxmField, value: number | bigint, mask: number | bigint): MatchEntry =>
  new MatchEntry(field, field.maskedHeader, value, mask);

/** A random value of a field, with a random mask where it takes one, and no bit outside the mask. */
function sensibleEntry(source: RandomSource, field: OxmField): MatchEntry {
  let value = numberFrom(source, field.bits, isBig(field));
  // the bit that says that there is a tag
  if (field === (OXM.vlanVid as unknown)) value = (value as number) | 0x1000;
  if (field.maskable === "no" || field === (OXM.vlanVid as unknown) || !chance(source, 30)) return exactly(field, value);
  const mask = numberFrom(source, field.bits, isBig(field));
  if (mask === field.exact || !mask) return exactly(field, value);
  return masked(field, and(value, mask), mask);
}

/** A match whose prerequisites hold. */
function sensibleMatch(source: RandomSource, version: Version): Match {
  const entries: MatchEntry[] = [];
  for (const field of OXM_FIELDS) {
    if (!field.versions.includes(version)) continue;
    const met = Object.entries(field.requires).every(([name, allowed]) =>
      entries.some((e) => e.field?.name === name && e.mask === undefined && allowed.includes(e.value as number)),
    );
    if (!met) continue;
    if (field === (OXM.ethType as unknown)) {
      if (chance(source, 70)) entries.push(exactly(field, pick(source, ETH_TYPES)));
    } else if (field === (OXM.ipProto as unknown)) {
      if (chance(source, 70)) entries.push(exactly(field, pick(source, PROTOCOLS)));
    } else if (field === (OXM.icmpv6Type as unknown)) {
      if (chance(source, 70)) entries.push(exactly(field, pick(source, [135, 136])));
    } else if (field === (OXM.icmpv6Code as unknown)) {
      if (chance(source, 50)) entries.push(exactly(field, 0));
    } else if (field === (OXM.vlanPcp as unknown)) {
      if (entries.some((e) => e.field === (OXM.vlanVid as unknown)) && chance(source, 50)) entries.push(sensibleEntry(source, field));
    } else if (field === (OXM.arpOp as unknown)) {
      if (chance(source, 50)) entries.push(exactly(field, pick(source, [1, 2])));
    } else if (field === (OXM.inPort as unknown)) {
      if (chance(source, 50)) entries.push(exactly(field, source.integer(1, 0xfe00)));
    } else if (field !== (OXM.inPhyPort as unknown) && chance(source, 35)) entries.push(sensibleEntry(source, field));
  }
  return new Match(entries);
}

/** One OXM, known or not, with whatever bits. */
function wildEntry(source: RandomSource, version: Version): MatchEntry {
  const field = pick(source, OXM_FIELDS);
  if (!field.versions.includes(version) || chance(source, 10)) {
    const bytes = bytesFrom(source, source.integer(0, 20));
    const header = (0x12340000 + source.integer(0, 0xff) * 256 + bytes.length) >>> 0;
    return new MatchEntry(undefined, header, bytes, undefined);
  }
  const bits = 8 * field.kind.size;
  const value = numberFrom(source, bits, isBig(field));
  return chance(source, 70) ? exactly(field, value) : masked(field, value, numberFrom(source, bits, isBig(field)));
}

/** A random match as a list of OXMs. A wild one may have unknown fields, fields twice and prerequisites that do not hold. */
export function arbitraryMatch(source: RandomSource, version: Version, options: Options = {}): Match {
  if (options.sensible === true || chance(source, 50)) return sensibleMatch(source, version);
  return new Match(Array.from({ length: source.integer(0, 6) }, () => wildEntry(source, version)));
}

/** A random field with its value. A sensible one is a field that a set-field action may set, without a mask. */
export function arbitraryEntry(source: RandomSource, version: Version, options: Options = {}): MatchEntry {
  if (options.sensible !== true) return wildEntry(source, version);
  const field = pick(
    source,
    SETTABLE.filter((f) => f.versions.includes(version)),
  );
  return exactly(field, numberFrom(source, field.bits, isBig(field)));
}

/** A random match that OpenFlow 1.0 can express. */
export function arbitraryMatch10(source: RandomSource): Match {
  const kind = FlowMod.steps(1)!.find((s) => s.op === "field" && s.name === "match") as { readonly kind: Kind<Match> };
  const bytes = bytesFrom(source, 40);
  const chunk = new Chunk(bytes);
  if (chance(source, 70)) {
    chunk.dv.setUint16(22, pick(source, ETH_TYPES));
    bytes[0] = 0;
    bytes[3]! &= ~0x30;
    bytes[25] = pick(source, PROTOCOLS);
    chunk.dv.setUint16(4, source.integer(1, 0xfe00));
  }
  return kind.kind.codec(1, "interpreted").decode(chunk, 0, 40);
}
