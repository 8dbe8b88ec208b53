import { BYTES, IPV4, IPV6, type Kind, MAC, U8, U16, U24, U32, U64, U128, type VersionRange } from "../../schema/mod.js";
import { PORT, portFrom16, portTo16 } from "../port-no.js";

/** Which masks a field takes: none, or any bits. */
export type Maskable = "no" | "any";

/** What a packet must be for a field to mean anything: one of these values in another field. */
export type Prerequisite = Readonly<Record<string, readonly number[]>>;

/** What a value of a field may be. */
export type OxmValue = number | bigint | Uint8Array;

/** How OXM classes are told in the table: OpenFlow's own and its packet registers, Nicira's two, and those of experimenters by their id. */
export const CLASSES = {
  oxm: 0x8000,
  reg: 0x8001,
  of: 0x0000,
  nx: 0x0001,
  ericsson: 0x1000,
  et: 0x00002320,
  nsh: 0x005ad650,
  onf: 0x4f4e4600,
} as const;

/** The classes of the table that are experimenters. */
export const EXPERIMENTERS: ReadonlySet<keyof typeof CLASSES> = new Set(["et", "nsh", "onf"]);

/** One of the headers that a field may have: its class and number, the versions in whose lists of OXMs it is written, and the width of a value there if that is another one. */
export interface FormSpec {
  readonly of: keyof typeof CLASSES;
  readonly id: number;
  /** None where the form is understood but another one is written. */
  readonly written: VersionRange | undefined;
  readonly narrow?: Narrow;
}

/** A value that a form has in fewer bytes, or in other ones, than the field: what it reads as, and how it is written; undefined where it cannot be. */
export interface Narrow {
  readonly size: number;
  read(wire: number): number | undefined;
  write(value: number): number | undefined;
}

/** A row of the table. */
export interface FieldSpec<T extends OxmValue> {
  readonly kind: Kind<T>;
  readonly bits: number;
  readonly maskable: Maskable;
  readonly requires: Prerequisite;
  readonly tracked: boolean;
  readonly forms: readonly FormSpec[];
}

/** A header that is written in lists of OXMs of some versions. */
const oxm = (id: number, written: VersionRange = "1.2+"): FormSpec => ({ of: "oxm", id, written });
const reg = (id: number): FormSpec => ({ of: "reg", id, written: "1.3+" });
const onf = (id: number): FormSpec => ({ of: "onf", id, written: "1.3-1.4" });
const nsh = (id: number): FormSpec => ({ of: "nsh", id, written: "1.2+" });
const et = (id: number): FormSpec => ({ of: "et", id, written: "1.2+" });
const ericsson = (id: number): FormSpec => ({ of: "ericsson", id, written: "1.2+" });
/** Nicira's headers stand in Nicira's lists, and in lists of OXMs of versions in which the standard has none. */
const of = (id: number, written?: VersionRange, narrow?: Narrow): FormSpec => ({
  of: "of",
  id,
  written,
  ...(narrow === undefined ? {} : { narrow }),
});
const nx = (id: number, written?: VersionRange): FormSpec => ({ of: "nx", id, written });
const nxOnly = (id: number): FormSpec => nx(id, "1.2+");

/** The port in 16 bits. */
const PORT_BITS: Narrow = { size: 2, read: portFrom16, write: portTo16 };
/** The six bits in the upper part of the type of service, the others zero. */
const TOS_BITS: Narrow = { size: 1, read: (v) => ((v & 3) === 0 ? v >>> 2 : undefined), write: (v) => v << 2 };

type Options = { readonly bits?: number; readonly mask?: false; readonly needs?: Prerequisite; readonly tracked?: true };

function row<T extends OxmValue>(kind: Kind<T>, forms: readonly FormSpec[], options: Options = {}): FieldSpec<T> {
  return {
    kind,
    bits: options.bits ?? 8 * kind.size,
    maskable: options.mask === false ? "no" : "any",
    requires: options.needs ?? {},
    tracked: options.tracked === true,
    forms,
  };
}

const IP = { ethType: [0x0800, 0x86dd] };
const V4 = { ethType: [0x0800] };
const V6 = { ethType: [0x86dd] };
const ARP = { ethType: [0x0806, 0x8035] };
const MPLS = { ethType: [0x8847, 0x8848] };
const PBB = { ethType: [0x88e7] };
const NSH = { ethType: [0x894f] };
const over = (ip: Prerequisite, protocol: number): Prerequisite => ({ ...ip, ipProto: [protocol] });
const TCP = over(IP, 6);
const UDP = over(IP, 17);
const SCTP = over(IP, 132);
const ICMPV4 = over(V4, 1);
const ICMPV6 = over(V6, 58);
const ND = (...types: number[]): Prerequisite => ({ ...ICMPV6, icmpv6Type: types });
const EXACT = { mask: false } as const;

type Digit = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9;
type Below<N extends number> = N extends 4
  ? 0 | 1 | 2 | 3
  : N extends 8
    ? 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7
    : N extends 16
      ? Digit | 10 | 11 | 12 | 13 | 14 | 15
      : N extends 64
        ? Digit | `${1 | 2 | 3 | 4 | 5}${Digit}` | `6${0 | 1 | 2 | 3}`
        : never;

/** Fields that are numbered through. */
function family<P extends string, N extends number, T extends OxmValue>(
  prefix: P,
  count: N,
  of: (n: number) => FieldSpec<T>,
): { readonly [K in `${P}${Below<N>}`]: FieldSpec<T> } {
  return Object.fromEntries(Array.from({ length: count }, (_, n) => [`${prefix}${n}`, of(n)])) as never;
}

/**
 * Every match field: the standard's (class 0x8000, OpenFlow 1.3 §7.2.3.7, 1.5 §7.2.3.8), those that Open vSwitch adds, by the words of its ovs-fields(7), and ONF's extensions. They stand in the order in which Open vSwitch writes
 * them, in which what a field requires comes before it. 48-bit addresses and ports are numbers, fields of 64 bits and more bigints, the options of tunnels bytes.
 */
export const FIELD_TABLE = {
  /** Name space in the upper 16 bits, type in the lower ones. */
  packetType: row(U32, [oxm(44)], EXACT),
  dpHash: row(U32, [nxOnly(35), { of: "et", id: 0, written: undefined }]),
  recircId: row(U32, [nxOnly(36)], EXACT),
  conjId: row(U32, [nxOnly(37)], EXACT),
  inPort: row(PORT, [of(0, undefined, PORT_BITS), oxm(0)], EXACT),
  inPhyPort: row(PORT, [oxm(1)], EXACT),
  actsetOutput: row(PORT, [onf(43), oxm(43, "1.5")], EXACT),
  ethSrc: row(MAC, [of(2), oxm(4)]),
  ethDst: row(MAC, [of(1), oxm(3)]),
  ethType: row(U16, [of(3), oxm(5)], EXACT),
  vlanVid: row(U16, [oxm(6)], { bits: 13 }),
  vlanPcp: row(U8, [oxm(7)], { bits: 3, ...EXACT }),
  /** The whole of a tag: priority, a bit that is 1 where there is a tag, number. */
  vlanTci: row(U16, [of(4, "1.2+")]),
  mplsTc: row(U8, [oxm(35)], { bits: 3, ...EXACT, needs: MPLS }),
  mplsBos: row(U8, [oxm(36, "1.3+")], { bits: 1, ...EXACT, needs: MPLS }),
  mplsTtl: row(U8, [nxOnly(30)], { ...EXACT, needs: MPLS }),
  mplsLabel: row(U32, [oxm(34)], { bits: 20, ...EXACT, needs: MPLS }),
  pbbIsid: row(U24, [oxm(37, "1.3+")], { needs: PBB }),
  pbbUca: row(U8, [oxm(41, "1.4+")], { bits: 1, ...EXACT, needs: PBB }),
  ipv4Src: row(IPV4, [of(7), oxm(11)], { needs: V4 }),
  ipv4Dst: row(IPV4, [of(8), oxm(12)], { needs: V4 }),
  ipv6Src: row(IPV6, [nx(19), oxm(26)], { needs: V6 }),
  ipv6Dst: row(IPV6, [nx(20), oxm(27)], { needs: V6 }),
  /** Bit 0: a fragment; bit 1: not the first one. */
  ipFrag: row(U8, [nxOnly(26)], { bits: 2, needs: IP }),
  ipDscp: row(U8, [of(5, undefined, TOS_BITS), oxm(8)], { bits: 6, ...EXACT, needs: IP }),
  ipEcn: row(U8, [nx(28), oxm(9)], { bits: 2, ...EXACT, needs: IP }),
  ipTtl: row(U8, [nxOnly(29)], { ...EXACT, needs: IP }),
  ipv6Flabel: row(U32, [nx(27), oxm(28)], { bits: 20, needs: V6 }),
  ipv6Exthdr: row(U16, [oxm(39, "1.3+")], { bits: 9, needs: V6 }),
  ipProto: row(U8, [of(6), oxm(10)], { ...EXACT, needs: IP }),
  tcpSrc: row(U16, [of(9), oxm(13)], { needs: TCP }),
  tcpDst: row(U16, [of(10), oxm(14)], { needs: TCP }),
  tcpFlags: row(U16, [nx(34, "1.2"), onf(42), oxm(42, "1.5")], { bits: 12, needs: TCP }),
  udpSrc: row(U16, [of(11), oxm(15)], { needs: UDP }),
  udpDst: row(U16, [of(12), oxm(16)], { needs: UDP }),
  sctpSrc: row(U16, [oxm(17)], { needs: SCTP }),
  sctpDst: row(U16, [oxm(18)], { needs: SCTP }),
  icmpv4Type: row(U8, [of(13), oxm(19)], { ...EXACT, needs: ICMPV4 }),
  icmpv4Code: row(U8, [of(14), oxm(20)], { ...EXACT, needs: ICMPV4 }),
  icmpv6Type: row(U8, [nx(21), oxm(29)], { ...EXACT, needs: ICMPV6 }),
  icmpv6Code: row(U8, [nx(22), oxm(30)], { ...EXACT, needs: ICMPV6 }),
  ipv6NdReserved: row(U32, [ericsson(1)], { ...EXACT, needs: ND(135, 136) }),
  ipv6NdTarget: row(IPV6, [nx(23), oxm(31)], { needs: ND(135, 136) }),
  ipv6NdOptionsType: row(U8, [ericsson(2)], { ...EXACT, needs: ND(135, 136) }),
  ipv6NdSll: row(MAC, [nx(24), oxm(32)], { needs: ND(135) }),
  ipv6NdTll: row(MAC, [nx(25), oxm(33)], { needs: ND(136) }),
  arpOp: row(U16, [of(15), oxm(21)], { ...EXACT, needs: ARP }),
  arpSpa: row(IPV4, [of(16), oxm(22)], { needs: ARP }),
  arpTpa: row(IPV4, [of(17), oxm(23)], { needs: ARP }),
  arpSha: row(MAC, [nx(17), oxm(24)], { needs: ARP }),
  arpTha: row(MAC, [nx(18), oxm(25)], { needs: ARP }),
  tunnelId: row(U64, [nx(16, "1.2"), oxm(38, "1.3+")]),
  /** Bit 0: the tunnel's OAM bit. */
  tunFlags: row(U16, [nxOnly(104)], { bits: 1 }),
  tunSrc: row(IPV4, [nxOnly(31)]),
  tunDst: row(IPV4, [nxOnly(32)]),
  tunIpv6Src: row(IPV6, [nxOnly(109)]),
  tunIpv6Dst: row(IPV6, [nxOnly(110)]),
  tunGbpId: row(U16, [nxOnly(38)]),
  tunGbpFlags: row(U8, [nxOnly(39)]),
  /** Up to 124 bytes of an option of a tunnel; which one is told by the switch's table of options. */
  ...family("tunMetadata", 64, (n) => row(BYTES, [nxOnly(40 + n)])),
  tunErspanIdx: row(U32, [et(11)], { bits: 20 }),
  tunErspanVer: row(U8, [et(12)], { bits: 4 }),
  tunErspanDir: row(U8, [et(13)], { bits: 1 }),
  tunErspanHwid: row(U8, [et(14)], { bits: 6 }),
  tunGtpuFlags: row(U8, [et(15)]),
  tunGtpuMsgtype: row(U8, [et(16)]),
  nshFlags: row(U8, [nsh(1)], { needs: NSH }),
  nshTtl: row(U8, [nsh(10)], { ...EXACT, needs: NSH }),
  nshMdtype: row(U8, [nsh(2)], { ...EXACT, needs: NSH }),
  nshNp: row(U8, [nsh(3)], { ...EXACT, needs: NSH }),
  nshSpi: row(U32, [nsh(4)], { bits: 24, ...EXACT, needs: NSH }),
  nshSi: row(U8, [nsh(5)], { ...EXACT, needs: NSH }),
  nshC1: row(U32, [nsh(6)], { needs: NSH }),
  nshC2: row(U32, [nsh(7)], { needs: NSH }),
  nshC3: row(U32, [nsh(8)], { needs: NSH }),
  nshC4: row(U32, [nsh(9)], { needs: NSH }),
  ...family("reg", 16, (n) => row(U32, [nxOnly(n)])),
  /** Two registers each: the first is the upper half. */
  ...family("xreg", 8, (n) => row(U64, [reg(n)])),
  /** Four registers each: the first is the highest quarter. */
  ...family("xxreg", 4, (n) => row(U128, [nxOnly(111 + n)])),
  pktMark: row(U32, [nxOnly(33)]),
  ctState: row(U32, [nxOnly(105)], { bits: 8 }),
  ctZone: row(U16, [nxOnly(106)], EXACT),
  ctMark: row(U32, [nxOnly(107)]),
  ctLabel: row(U128, [nxOnly(108)]),
  ctNwSrc: row(IPV4, [nxOnly(120)], { tracked: true }),
  ctIpv6Src: row(IPV6, [nxOnly(122)], { tracked: true }),
  ctNwDst: row(IPV4, [nxOnly(121)], { tracked: true }),
  ctIpv6Dst: row(IPV6, [nxOnly(123)], { tracked: true }),
  ctNwProto: row(U8, [nxOnly(119)], { ...EXACT, tracked: true }),
  ctTpSrc: row(U16, [nxOnly(124)], { tracked: true }),
  ctTpDst: row(U16, [nxOnly(125)], { tracked: true }),
  metadata: row(U64, [oxm(2)]),
  /** The cookie that a flow has, in Nicira's requests alone: which flows are asked for, changed or deleted. */
  cookie: row(U64, [nx(30)]),
} as const;
