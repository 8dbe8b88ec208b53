import { OXM, OXM_FIELDS, type OxmField, type OxmName } from "../oxm/fields.js";

/**
 * Where Open vSwitch keeps the fields of a flow, with the bits of each place. Several fields share some: what is told of one is told of the others, and no place may be told twice.
 */
const BITS = {
  packetType: 32,
  dpHash: 32,
  recircId: 32,
  conjId: 32,
  inPort: 32,
  actsetOutput: 32,
  ethSrc: 48,
  ethDst: 48,
  ethType: 16,
  tci: 16,
  mplsTc: 3,
  mplsBos: 1,
  mplsTtl: 8,
  mplsLabel: 20,
  nwSrc: 32,
  nwDst: 32,
  ipv6Src: 128,
  ipv6Dst: 128,
  ipFrag: 2,
  ipDscp: 6,
  ipEcn: 2,
  ipTtl: 8,
  ipv6Flabel: 32,
  nwProto: 8,
  tpSrc: 16,
  tpDst: 16,
  tcpFlags: 16,
  ndReserved: 32,
  ndTarget: 128,
  arpSha: 48,
  arpTha: 48,
  tunnelId: 64,
  tunFlags: 1,
  tunSrc: 32,
  tunDst: 32,
  tunIpv6Src: 128,
  tunIpv6Dst: 128,
  tunGbpId: 16,
  tunGbpFlags: 8,
  tunErspanIdx: 32,
  tunErspanVer: 8,
  tunErspanDir: 8,
  tunErspanHwid: 8,
  tunGtpuFlags: 8,
  tunGtpuMsgtype: 8,
  nshFlags: 8,
  nshTtl: 8,
  nshMdtype: 8,
  nshNp: 8,
  nshSpi: 24,
  nshSi: 8,
  nshC1: 32,
  nshC2: 32,
  nshC3: 32,
  nshC4: 32,
  pktMark: 32,
  ctState: 8,
  ctZone: 16,
  ctMark: 32,
  ctLabel: 128,
  ctNwSrc: 32,
  ctIpv6Src: 128,
  ctNwDst: 32,
  ctIpv6Dst: 128,
  ctNwProto: 8,
  ctTpSrc: 16,
  ctTpDst: 16,
  metadata: 64,
} as const;

type PlaceName = keyof typeof BITS;

const NAMES = Object.keys(BITS) as PlaceName[];
const REGISTERS = 16;

/** The number of each place; the registers come behind all others. */
export const P = Object.fromEntries(NAMES.map((n, i) => [n, i])) as { readonly [K in PlaceName]: number };
/** The number of the first register's place. */
export const REG0: number = NAMES.length;

const PLACES = REG0 + REGISTERS;
const bitsOf = (at: number): number => (at < REG0 ? BITS[NAMES[at]!] : 32);

/** All bits of each place. */
export const FULL: readonly (number | bigint)[] = Array.from({ length: PLACES }, (_, at) =>
  bitsOf(at) > 48 ? (1n << BigInt(bitsOf(at))) - 1n : 2 ** bitsOf(at) - 1,
);
/** Groups of places that are seldom told of, so that nobody looks for what is not there. */
export const Group = { pipeline: 1, connection: 2, registers: 4, tunnel: 8, rare: 16 } as const;

const COMMON: readonly string[] = [
  "inPort",
  "ethSrc",
  "ethDst",
  "ethType",
  "tci",
  "nwSrc",
  "nwDst",
  "nwProto",
  "tpSrc",
  "tpDst",
  "metadata",
];
const PIPELINE: readonly string[] = ["pktMark", "recircId", "dpHash", "conjId", "actsetOutput", "packetType"];

function groupOf(at: number): number {
  if (at >= REG0) return Group.registers;
  const name = NAMES[at]!;
  if (COMMON.includes(name)) return 0;
  if (PIPELINE.includes(name)) return Group.pipeline;
  return name.startsWith("ct") ? Group.connection : name.startsWith("tun") ? Group.tunnel : Group.rare;
}

/** The group of each place; 0 for those that are often told of. */
export const GROUP_OF: readonly number[] = Array.from({ length: PLACES }, (_, at) => groupOf(at));

/** No bits of each place. */
export const NOTHING: readonly (number | bigint)[] = FULL.map((v) => (typeof v === "bigint" ? 0n : 0));

/** Fields whose place has another name. */
const SHARED: Partial<Record<OxmName, PlaceName>> = {
  vlanTci: "tci",
  ipv4Src: "nwSrc",
  ipv4Dst: "nwDst",
  arpSpa: "nwSrc",
  arpTpa: "nwDst",
  ipProto: "nwProto",
  arpOp: "nwProto",
  tcpSrc: "tpSrc",
  udpSrc: "tpSrc",
  sctpSrc: "tpSrc",
  icmpv4Type: "tpSrc",
  icmpv6Type: "tpSrc",
  tcpDst: "tpDst",
  udpDst: "tpDst",
  sctpDst: "tpDst",
  icmpv4Code: "tpDst",
  icmpv6Code: "tpDst",
  ipv6NdReserved: "ndReserved",
  ipv6NdTarget: "ndTarget",
  ipv6NdOptionsType: "tcpFlags",
  ipv6NdSll: "arpSha",
  ipv6NdTll: "arpTha",
};

/** The bit of a tag that says that there is one. */
export const TAGGED = 0x1000;
/** That bit and the number of the VLAN. */
export const VID = 0x1fff;
/** The priority of a tag. */
export const PCP = 0xe000;

/** How a field lies at its place. */
export type Layout =
  | { readonly how: "whole"; readonly at: number }
  | { readonly how: "vid" | "pcp" }
  | { readonly how: "registers"; readonly at: number; readonly count: number }
  | { readonly how: "option"; readonly n: number }
  | { readonly how: "none" };

function layoutOf({ name }: OxmField): Layout {
  if (name === "vlanVid") return { how: "vid" };
  if (name === "vlanPcp") return { how: "pcp" };
  const numbered = /^(reg|xreg|xxreg|tunMetadata)(\d+)$/.exec(name);
  if (numbered !== null) {
    const n = Number(numbered[2]);
    if (numbered[1] === "tunMetadata") return { how: "option", n };
    const count = numbered[1] === "reg" ? 1 : numbered[1] === "xreg" ? 2 : 4;
    return { how: "registers", at: REG0 + n * count, count };
  }
  const place = SHARED[name as OxmName] ?? name;
  return Object.hasOwn(P, place) ? { how: "whole", at: P[place as PlaceName] } : { how: "none" };
}

/** How each field lies, by its index. */
export const LAYOUT: readonly Layout[] = OXM_FIELDS.map(layoutOf);

/** Whether Open vSwitch has a field to match on. */
export const isKnown = (field: OxmField): boolean => LAYOUT[field.index]!.how !== "none";

/** Fields that only Ethernet packets have, besides those that need some type or protocol. */
const ETHERNET = new Set<unknown>([OXM.ethSrc, OXM.ethDst, OXM.ethType, OXM.vlanVid, OXM.vlanPcp, OXM.vlanTci]);

/** Whether a field is of packets, which are Ethernet unless something else is said, by its index. */
export const OF_PACKETS: readonly boolean[] = OXM_FIELDS.map((f) => ETHERNET.has(f) || "ethType" in f.requires || f.tracked);

/** Whether only Ethernet packets have a field. */
export const isOfEthernet = (field: OxmField): boolean => ETHERNET.has(field);
