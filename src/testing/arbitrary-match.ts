import { Chunk } from "../bytes/mod.js";
import { checkOptions, type OptionTable } from "../errors/mod.js";
import { and, FlowMod, Match, MatchEntry, OXM, OXM_FIELDS, type OxmField, type OxmName, type OxmValue } from "../ofp/mod.js";
import type { Kind, Version } from "../schema/mod.js";
import { bytesFrom, chance, numberFrom, pick, type RandomSource } from "./arbitrary-source.js";

/** As in the options of the rest; see there. */
interface Options {
  readonly sensible?: boolean;
  readonly maxElements?: number;
  readonly maxBytes?: number;
}

/** What {@link Options} has, for its check. */
export const OPTIONS: OptionTable<Options> = { sensible: "boolean", maxElements: "number", maxBytes: "number" };

const ETH_TYPES = [0x0800, 0x86dd, 0x0806, 0x8847, 0x894f];
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

/**
 * The header of an entry: 0, which is the version's own form, or now and then another form's.
 * @param version - 0 is Nicira's lists
 */
function headerOf(source: RandomSource, field: OxmField, version: Version | 0, isMasked: boolean): number {
  const form = pick(source, field.forms);
  if (form === field.written[version] || form.size === 0 || chance(source, 70)) return 0;
  return isMasked ? form.maskedHeader : form.header;
}

const exactly = (field: OxmField, value: OxmValue, header = 0): MatchEntry => new MatchEntry(field, header, value, undefined);

/** Values that Open vSwitch takes, of fields in which not all bits are free. */
const SENSIBLE: Partial<Record<OxmName, (source: RandomSource) => number>> = {
  inPort: (source) => source.integer(1, 0xfe00),
  actsetOutput: (source) => source.integer(1, 0xfe00),
  ethType: (source) => pick(source, ETH_TYPES),
  ipProto: (source) => pick(source, PROTOCOLS),
  icmpv6Type: (source) => pick(source, [135, 136]),
  icmpv6Code: () => 0,
  arpOp: (source) => pick(source, [1, 2]),
  nshTtl: (source) => source.integer(0, 63),
  nshMdtype: (source) => pick(source, [1, 2]),
  packetType: () => 0,
  ctState: () => 0x21,
};

/** How often a field that can be there is, in a hundred cases. */
const OFTEN: Partial<Record<OxmName, number>> = { ethType: 70, ipProto: 70, icmpv6Type: 70, icmpv6Code: 50, arpOp: 50, inPort: 50 };
const RARE = /^(x*reg|tunMetadata)\d/;

/** Fields of which one leaves no room for another: the tag and its parts, registers and their pairs, and what the standard has beyond Open vSwitch. */
const LEFT_OUT = /^(vlanTci|xreg\d|xxreg\d|inPhyPort|cookie|pbb\w+|ipv6Exthdr|packetType|recircId)$/;

/** Fields that an Open vSwitch of before 3.7 has too, so that what is made of them can be shown to one. */
export const PEER_FIELDS: readonly OxmField[] = OXM_FIELDS.filter((f) => f.ovs?.late !== true);

/** A random value of a field, with a random mask where it takes one, and no bit outside the mask. */
function sensibleEntry(source: RandomSource, field: OxmField): MatchEntry {
  const own = SENSIBLE[field.name as OxmName];
  if (own !== undefined) return exactly(field, own(source));
  if (field.kind.size === 0) return exactly(field, Uint8Array.from([source.integer(1, 255), ...bytesFrom(source, 3)]));
  let value = numberFrom(source, field.bits, isBig(field));
  // the bit that says that there is a tag
  if (field === (OXM.vlanVid as unknown)) value = (value as number) | 0x1000;
  if (field.maskable === "no" || field === (OXM.vlanVid as unknown) || !chance(source, 30)) return exactly(field, value);
  const mask = numberFrom(source, field.bits, isBig(field));
  if (mask === field.exact || !mask) return exactly(field, value);
  return new MatchEntry(field, 0, and(value, mask), mask);
}

/** A match whose prerequisites hold. */
function sensibleMatch(source: RandomSource, version: Version | 0): Match {
  const entries: MatchEntry[] = [];
  // what a field requires comes before it, but for the state of a connection
  for (const field of PEER_FIELDS) {
    const name = field.name as OxmName;
    if (LEFT_OUT.test(name) || (version !== 0 && !field.versions.includes(version))) continue;
    const met = Object.entries(field.requires).every(([n, allowed]) =>
      entries.some((e) => e.field?.name === n && e.mask === undefined && allowed.includes(e.value as number)),
    );
    const has = (other: unknown): boolean => entries.some((e) => e.field === other);
    if (!met || (field.tracked && !has(OXM.ctState)) || (name === "vlanPcp" && !has(OXM.vlanVid))) continue;
    if (chance(source, OFTEN[name] ?? (RARE.test(name) ? 3 : 20))) entries.push(sensibleEntry(source, field));
  }
  return new Match(entries);
}

/** One OXM, known or not, with whatever bits. */
function wildEntry(source: RandomSource, version: Version | 0): MatchEntry {
  const field = pick(source, OXM_FIELDS);
  if (field.written[version] === undefined || chance(source, 10)) {
    const bytes = bytesFrom(source, source.integer(0, 20));
    const header = (0x12340000 + source.integer(0, 0xff) * 256 + bytes.length) >>> 0;
    return new MatchEntry(undefined, header, bytes, undefined);
  }
  const { size } = field.kind;
  const value = (): OxmValue => (size === 0 ? bytesFrom(source, 5) : numberFrom(source, 8 * size, isBig(field)));
  // a form of fewer bits cannot say every value
  const steady = field.forms.every((f) => f.narrow === undefined);
  if (!steady && field.written[version]!.narrow !== undefined)
    return exactly(field, field.name === "inPort" ? source.integer(0, 0xfeff) : source.integer(0, 63));
  const isMasked = chance(source, 30);
  const header = steady ? headerOf(source, field, version, isMasked) : 0;
  return new MatchEntry(field, header, value(), isMasked ? value() : undefined);
}

/** A random list of fields as Nicira's messages have it. */
export function arbitraryNxMatch(source: RandomSource, _version: Version, options: Options = {}): Match {
  return listOf(source, 0, options);
}

function listOf(source: RandomSource, version: Version | 0, options: Options): Match {
  if (options.sensible === true || chance(source, 50)) return sensibleMatch(source, version);
  return new Match(Array.from({ length: source.integer(0, 6) }, () => wildEntry(source, version)));
}

/** A random match as a list of OXMs. A wild one may have unknown fields, fields twice and prerequisites that do not hold. */
export function arbitraryMatch(source: RandomSource, version: Version, options: Options = {}): Match {
  checkOptions("arbitraryMatch", options, OPTIONS);
  return listOf(source, version, options);
}

/** A random field with its value. A sensible one is a field that a set-field action may set, without a mask. */
export function arbitraryEntry(source: RandomSource, version: Version, options: Options = {}): MatchEntry {
  checkOptions("arbitraryEntry", options, OPTIONS);
  if (options.sensible !== true) return wildEntry(source, version);
  const field = pick(
    source,
    SETTABLE.filter((f) => f.versions.includes(version)),
  );
  return exactly(field, numberFrom(source, field.bits, isBig(field)));
}

/** A random field with its value in one of the forms that Nicira's lists have. */
export function arbitraryNxEntry(source: RandomSource): MatchEntry {
  return wildEntry(source, 0);
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

/**
 * A random match of OpenFlow 1.1.
 * @param kind - the structure of OpenFlow 1.1
 */
export function arbitraryMatch11(source: RandomSource, kind: Kind<unknown>): Match {
  const bytes = bytesFrom(source, 88);
  const chunk = new Chunk(bytes);
  chunk.dv.setUint32(0, 88);
  chunk.dv.setUint16(36, pick(source, [0xffff, 0xfffe, source.integer(0, 4095)]));
  bytes[38]! &= 7;
  bytes[42]! &= 0xfc;
  chunk.dv.setUint16(40, pick(source, ETH_TYPES));
  bytes[43] = pick(source, PROTOCOLS);
  if (bytes[43] === 1) {
    bytes[60] = 0;
    bytes[62] = 0;
  }
  chunk.dv.setUint32(4, source.integer(1, 0xfe00));
  if (chance(source, 50))
    for (const [at, size] of [
      [18, 6],
      [30, 6],
      [48, 4],
      [56, 4],
      [80, 8],
    ] as const)
      bytes.fill(pick(source, [0, 255]), at, at + size);
  return kind.codec(2, "interpreted").decode(chunk, 0, 88) as Match;
}
