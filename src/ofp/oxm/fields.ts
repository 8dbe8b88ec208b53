import { IPV4, IPV6, type Kind, MAC, U8, U16, U24, U32, U64, type Version, type VersionRange, versionsIn } from "../../schema/mod.js";
import { PORT } from "../port-no.js";

/** Which masks a field takes: none, or any bits. */
export type Maskable = "no" | "any";

/** What a packet must be for a field to mean anything: one of these values in another field. */
export type Prerequisite = Readonly<Record<string, readonly number[]>>;

/** One match field: how it is told and how its value lies on the wire. OpenFlow 1.3 §7.2.3.7 */
export interface OxmField<T extends number | bigint = number | bigint> {
  /** The name in {@link Match} and in JSON. */
  readonly name: string;
  /** The place in the table, which is the canonical order of fields: what a field requires comes before it. */
  readonly index: number;
  /** OXM class: 0x8000 is the standard's own. */
  readonly oxmClass: number;
  /** The number within the class. */
  readonly id: number;
  readonly kind: Kind<T>;
  /** Significant bits; the value of a field is below 2^bits. */
  readonly bits: number;
  readonly maskable: Maskable;
  /** All of these must hold. */
  readonly requires: Prerequisite;
  readonly versions: readonly Version[];
  /** The 32 bits in front of a value without mask: class, number, length. */
  readonly header: number;
  /** The same in front of a value with a mask. */
  readonly maskedHeader: number;
  /** A mask of all significant bits. */
  readonly exact: T;
}

interface Spec<T extends number | bigint> {
  readonly id: number;
  readonly kind: Kind<T>;
  readonly bits: number;
  readonly maskable: Maskable;
  readonly requires: Prerequisite;
  readonly since: VersionRange;
}

const oxm = <T extends number | bigint>(
  id: number,
  kind: Kind<T>,
  bits: number,
  maskable: Maskable,
  requires: Prerequisite = {},
  since: VersionRange = "1.2+",
): Spec<T> => ({
  id,
  kind,
  bits,
  maskable,
  requires,
  since,
});

const IP = { ethType: [0x0800, 0x86dd] };
const V4 = { ethType: [0x0800] };
const V6 = { ethType: [0x86dd] };
const ARP = { ethType: [0x0806, 0x8035] };
const MPLS = { ethType: [0x8847, 0x8848] };
const over = (ip: Prerequisite, protocol: number): Prerequisite => ({ ...ip, ipProto: [protocol] });
const ND = (...types: number[]): Prerequisite => ({ ...over(V6, 58), icmpv6Type: types });

/** The standard's match fields (class 0x8000). Values: 48-bit addresses and ports as numbers, 64-bit fields and IPv6 addresses as bigints. OpenFlow 1.3 §7.2.3.7, 1.5 §7.2.3.8 */
const BASIC = {
  inPort: oxm(0, PORT, 32, "no"),
  inPhyPort: oxm(1, PORT, 32, "no"),
  metadata: oxm(2, U64, 64, "any"),
  ethDst: oxm(3, MAC, 48, "any"),
  ethSrc: oxm(4, MAC, 48, "any"),
  ethType: oxm(5, U16, 16, "no"),
  vlanVid: oxm(6, U16, 13, "any"),
  vlanPcp: oxm(7, U8, 3, "no"),
  ipDscp: oxm(8, U8, 6, "no", IP),
  ipEcn: oxm(9, U8, 2, "no", IP),
  ipProto: oxm(10, U8, 8, "no", IP),
  ipv4Src: oxm(11, IPV4, 32, "any", V4),
  ipv4Dst: oxm(12, IPV4, 32, "any", V4),
  tcpSrc: oxm(13, U16, 16, "any", over(IP, 6)),
  tcpDst: oxm(14, U16, 16, "any", over(IP, 6)),
  udpSrc: oxm(15, U16, 16, "any", over(IP, 17)),
  udpDst: oxm(16, U16, 16, "any", over(IP, 17)),
  sctpSrc: oxm(17, U16, 16, "any", over(IP, 132)),
  sctpDst: oxm(18, U16, 16, "any", over(IP, 132)),
  icmpv4Type: oxm(19, U8, 8, "no", over(V4, 1)),
  icmpv4Code: oxm(20, U8, 8, "no", over(V4, 1)),
  arpOp: oxm(21, U16, 16, "no", ARP),
  arpSpa: oxm(22, IPV4, 32, "any", ARP),
  arpTpa: oxm(23, IPV4, 32, "any", ARP),
  arpSha: oxm(24, MAC, 48, "any", ARP),
  arpTha: oxm(25, MAC, 48, "any", ARP),
  ipv6Src: oxm(26, IPV6, 128, "any", V6),
  ipv6Dst: oxm(27, IPV6, 128, "any", V6),
  ipv6Flabel: oxm(28, U32, 20, "any", V6),
  icmpv6Type: oxm(29, U8, 8, "no", over(V6, 58)),
  icmpv6Code: oxm(30, U8, 8, "no", over(V6, 58)),
  ipv6NdTarget: oxm(31, IPV6, 128, "any", ND(135, 136)),
  ipv6NdSll: oxm(32, MAC, 48, "any", ND(135)),
  ipv6NdTll: oxm(33, MAC, 48, "any", ND(136)),
  mplsLabel: oxm(34, U32, 20, "no", MPLS),
  mplsTc: oxm(35, U8, 3, "no", MPLS),
  mplsBos: oxm(36, U8, 1, "no", MPLS, "1.3+"),
  pbbIsid: oxm(37, U24, 24, "any", { ethType: [0x88e7] }, "1.3+"),
  tunnelId: oxm(38, U64, 64, "any", {}, "1.3+"),
  ipv6Exthdr: oxm(39, U16, 9, "any", V6, "1.3+"),
} as const;

type Specs = typeof BASIC;

/** The names of match fields. */
export type OxmName = keyof Specs;

/** The type of each field's value. */
export type OxmValues = { [K in OxmName]: Specs[K] extends Spec<infer T> ? T : never };

const ONES = (bits: number, kind: Kind<number | bigint>): number | bigint => (kind.size >= 8 ? (1n << BigInt(bits)) - 1n : 2 ** bits - 1);

/** Every match field by its name. */
export const OXM: { readonly [K in OxmName]: OxmField<OxmValues[K]> } = Object.fromEntries(
  Object.entries(BASIC).map(([name, spec], index) => {
    const { size } = spec.kind;
    const head = 0x8000_0000 + spec.id * 512;
    const made = {
      name,
      index,
      oxmClass: 0x8000,
      id: spec.id,
      kind: spec.kind,
      bits: spec.bits,
      maskable: spec.maskable,
      requires: spec.requires,
      versions: versionsIn(spec.since),
      header: head + size,
      maskedHeader: head + 256 + 2 * size,
      exact: ONES(spec.bits, spec.kind as Kind<number | bigint>),
    };
    return [name, made];
  }),
) as never;

/** Every match field in canonical order. */
export const OXM_FIELDS: readonly OxmField[] = Object.values(OXM);

const BY_HEADER = new Map<number, OxmField>(OXM_FIELDS.map((f) => [f.header >>> 9, f]));
const STANDARD: (OxmField | undefined)[] = Array.from({ length: 128 }, (_, id) => BY_HEADER.get((0x8000_0000 + id * 512) >>> 9));

/** The field that a header of 32 bits tells, whatever length and mask bit it has; undefined for one that no table knows. */
export function fieldOfHeader(header: number): OxmField | undefined {
  return header >>> 16 === 0x8000 ? STANDARD[(header >>> 9) & 127] : BY_HEADER.get(header >>> 9);
}
