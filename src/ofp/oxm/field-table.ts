import { BYTES, IPV4, IPV6, MAC, U8, U16, U24, U32, U64, U128 } from "../../schema/mod.js";
import { PORT } from "../port/port-no.js";
import { ericsson, et, family, nsh, nx, nxOnly, of, onf, oxm, PORT_BITS, type Prerequisite, reg, row, TOS_BITS } from "./field-spec.js";
import { OPTION_BYTES } from "./option.js";

/* The match fields, as data alone: a row each, in the language of field-spec.ts, and the order in which Open vSwitch lists them. */

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
const OLD = { old: "exact exact" } as const;
const OLD_ANY = { old: "exact any" } as const;
const OLD_ADDRESS = { old: "prefix any" } as const;
const SINCE11 = { old: "no exact" } as const;
const READ_ONLY = { readOnly: true } as const;
const HEX = { format: "hex" } as const;
const TP_SRC = { at: "tcpSrc", shown: "tp_src" } as const;
const TP_DST = { at: "tcpDst", shown: "tp_dst" } as const;
const ICMP_TYPE = { ...EXACT, at: "tcpSrc", shown: "icmp_type", shownAs: "short" } as const;
const ICMP_CODE = { ...EXACT, at: "tcpDst", shown: "icmp_code", shownAs: "short" } as const;
const OPTION_BITS = 8 * OPTION_BYTES;

/**
 * Every match field: the standard's (class 0x8000, OpenFlow 1.3 §7.2.3.7, 1.5 §7.2.3.8), those that Open vSwitch adds, by the words of its ovs-fields(7), and ONF's extensions. They stand in the order in which Open vSwitch writes
 * them, in which what a field requires comes before it. 48-bit addresses and ports are numbers, fields of 64 bits and more bigints, the options of tunnels bytes.
 */
export const FIELD_TABLE = {
  /** Name space in the upper 16 bits, type in the lower ones. */
  packetType: row(U32, [oxm(44)], { ...EXACT, ...READ_ONLY, format: "packetType" }),
  dpHash: row(U32, [nxOnly(35), { of: "et", id: 0, written: undefined }], { ...HEX, ...READ_ONLY }),
  recircId: row(U32, [nxOnly(36)], { ...EXACT, ...READ_ONLY, shownAs: "hex" }),
  conjId: row(U32, [nxOnly(37)], { ...EXACT, ...READ_ONLY }),
  inPort: row(PORT, [of(0, { narrow: PORT_BITS }), oxm(0, "1.2+", { name: "in_port_oxm" })], { ...EXACT, ...OLD }),
  inPhyPort: row(PORT, [oxm(1)], { ...EXACT, ovs: "none" }),
  actsetOutput: row(PORT, [onf(43), oxm(43, "1.5")], { ...EXACT, ...READ_ONLY }),
  ethSrc: row(MAC, [of(2), oxm(4)], { names: "eth_src dl_src", shown: "dl_src", ...OLD_ANY, lies: { ethernet: 48 } }),
  ethDst: row(MAC, [of(1), oxm(3)], { names: "eth_dst dl_dst", shown: "dl_dst", ...OLD_ANY, lies: { ethernet: 0 } }),
  ethType: row(U16, [of(3), oxm(5)], { ...EXACT, ...READ_ONLY, ...HEX, names: "eth_type dl_type", shown: "dl_type", ...OLD }),
  vlanVid: row(U16, [oxm(6)], { bits: 13, ovsBits: 12, at: "vlanTci", ...OLD }),
  vlanPcp: row(U8, [oxm(7)], { bits: 3, ...EXACT, at: "vlanTci", ...OLD }),
  /** The whole of a tag: priority, a bit that is 1 where there is a tag, number. */
  vlanTci: row(U16, [of(4, { written: "1.2+" })], { ...HEX, ...OLD }),
  mplsTc: row(U8, [oxm(35)], { bits: 3, ...EXACT, needs: MPLS, ...SINCE11, lies: { mpls: 20 } }),
  mplsBos: row(U8, [oxm(36, "1.3+")], { bits: 1, ...EXACT, ...READ_ONLY, needs: MPLS, lies: { mpls: 23 } }),
  mplsTtl: row(U8, [nxOnly(30)], { ...EXACT, needs: MPLS, lies: { mpls: 24 } }),
  mplsLabel: row(U32, [oxm(34)], { bits: 20, ...EXACT, needs: MPLS, ...SINCE11, lies: { mpls: 0 } }),
  pbbIsid: row(U24, [oxm(37, "1.3+")], { needs: PBB, ...HEX, ovs: "none" }),
  pbbUca: row(U8, [oxm(41, "1.4+")], { bits: 1, ...EXACT, needs: PBB, ovs: "none" }),
  ipv4Src: row(IPV4, [of(7, { constant: "IP_SRC" }), oxm(11)], {
    needs: V4,
    names: "ip_src nw_src",
    shown: "nw_src",
    ...OLD_ADDRESS,
    lies: { ipv4: 96 },
  }),
  ipv4Dst: row(IPV4, [of(8, { constant: "IP_DST" }), oxm(12)], {
    needs: V4,
    names: "ip_dst nw_dst",
    shown: "nw_dst",
    ...OLD_ADDRESS,
    lies: { ipv4: 128 },
  }),
  ipv6Src: row(IPV6, [nx(19), oxm(26)], { needs: V6, lies: { ipv6: 64 } }),
  ipv6Dst: row(IPV6, [nx(20), oxm(27)], { needs: V6, lies: { ipv6: 192 } }),
  /** Bit 0: a fragment; bit 1: not the first one. */
  ipFrag: row(U8, [nxOnly(26)], { bits: 2, needs: IP, ...READ_ONLY, format: "frag", names: "ip_frag nw_frag", shown: "nw_frag" }),
  ipDscp: row(U8, [of(5, { narrow: TOS_BITS, constant: "IP_TOS", name: "nw_tos" }), oxm(8)], {
    ...OLD,
    bits: 6,
    ...EXACT,
    needs: IP,
    shown: "nw_tos",
    lies: { ipv4: 8, ipv6: 4 },
  }),
  ipEcn: row(U8, [nx(28), oxm(9)], { bits: 2, ...EXACT, needs: IP, names: "nw_ecn ip_ecn", ...SINCE11, lies: { ipv4: 14, ipv6: 10 } }),
  ipTtl: row(U8, [nxOnly(29)], { ...EXACT, needs: IP, names: "nw_ttl", lies: { ipv4: 64, ipv6: 56 } }),
  ipv6Flabel: row(U32, [nx(27, "IPV6_LABEL"), oxm(28)], {
    bits: 20,
    needs: V6,
    ...HEX,
    names: "ipv6_label",
    shownAs: "label",
    held: 32,
    lies: { ipv6: 12 },
  }),
  ipv6Exthdr: row(U16, [oxm(39, "1.3+")], { bits: 9, needs: V6, ...HEX, ovs: "none" }),
  ipProto: row(U8, [of(6), oxm(10)], { ...EXACT, ...READ_ONLY, needs: IP, names: "nw_proto ip_proto", ...OLD }),
  tcpSrc: row(U16, [of(9), oxm(13)], { needs: TCP, names: "tcp_src tp_src", ...TP_SRC, ...OLD, lies: { tcp: 0 } }),
  tcpDst: row(U16, [of(10), oxm(14)], { needs: TCP, names: "tcp_dst tp_dst", ...TP_DST, ...OLD, lies: { tcp: 16 } }),
  tcpFlags: row(U16, [nx(34, undefined, "1.2"), onf(42), oxm(42, "1.5")], {
    bits: 12,
    needs: TCP,
    ...READ_ONLY,
    format: "tcpFlags",
    held: 16,
  }),
  udpSrc: row(U16, [of(11), oxm(15)], { needs: UDP, ...TP_SRC, ...OLD, lies: { udp: 0 } }),
  udpDst: row(U16, [of(12), oxm(16)], { needs: UDP, ...TP_DST, ...OLD, lies: { udp: 16 } }),
  sctpSrc: row(U16, [oxm(17)], { needs: SCTP, ...TP_SRC, ...SINCE11, lies: { sctp: 0 } }),
  sctpDst: row(U16, [oxm(18)], { needs: SCTP, ...TP_DST, ...SINCE11, lies: { sctp: 16 } }),
  icmpv4Type: row(U8, [of(13, { constant: "ICMP_TYPE" }), oxm(19)], {
    needs: ICMPV4,
    names: "icmp_type",
    ...ICMP_TYPE,
    ...OLD,
    lies: { icmpv4: 0 },
  }),
  icmpv4Code: row(U8, [of(14, { constant: "ICMP_CODE" }), oxm(20)], {
    needs: ICMPV4,
    names: "icmp_code",
    ...ICMP_CODE,
    ...OLD,
    lies: { icmpv4: 8 },
  }),
  icmpv6Type: row(U8, [nx(21), oxm(29)], { needs: ICMPV6, ...ICMP_TYPE, lies: { icmpv6: 0 } }),
  icmpv6Code: row(U8, [nx(22), oxm(30)], { needs: ICMPV6, ...ICMP_CODE, lies: { icmpv6: 8 } }),
  ipv6NdReserved: row(U32, [ericsson(1, "ICMPV6_ND_RESERVED")], { ...EXACT, needs: ND(135, 136), names: "nd_reserved", shownAs: "short" }),
  ipv6NdTarget: row(IPV6, [nx(23, "ND_TARGET"), oxm(31)], { needs: ND(135, 136), names: "nd_target", lies: { nd: 64 } }),
  ipv6NdOptionsType: row(U8, [ericsson(2, "ICMPV6_ND_OPTIONS_TYPE")], {
    ...EXACT,
    needs: ND(135, 136),
    names: "nd_options_type",
    shownAs: "short",
    at: "tcpFlags",
  }),
  ipv6NdSll: row(MAC, [nx(24, "ND_SLL"), oxm(32)], { needs: ND(135), names: "nd_sll", at: "arpSha" }),
  ipv6NdTll: row(MAC, [nx(25, "ND_TLL"), oxm(33)], { needs: ND(136), names: "nd_tll", at: "arpTha" }),
  arpOp: row(U16, [of(15), oxm(21)], { ...EXACT, needs: ARP, at: "ipProto", ...OLD, lies: { arp: 48 } }),
  arpSpa: row(IPV4, [of(16), oxm(22)], { needs: ARP, at: "ipv4Src", ...OLD_ADDRESS, lies: { arp: 112 } }),
  arpTpa: row(IPV4, [of(17), oxm(23)], { needs: ARP, at: "ipv4Dst", ...OLD_ADDRESS, lies: { arp: 192 } }),
  arpSha: row(MAC, [nx(17), oxm(24)], { needs: ARP, lies: { arp: 64 } }),
  arpTha: row(MAC, [nx(18), oxm(25)], { needs: ARP, lies: { arp: 144 } }),
  tunnelId: row(U64, [nx(16, "TUN_ID", "1.2"), oxm(38, "1.3+")], { ...HEX, names: "tun_id tunnel_id" }),
  /** Bit 0: the tunnel's OAM bit. */
  tunFlags: row(U16, [nxOnly(104)], { bits: 1, format: "tunFlags" }),
  tunSrc: row(IPV4, [nxOnly(31, "TUN_IPV4_SRC")]),
  tunDst: row(IPV4, [nxOnly(32, "TUN_IPV4_DST")]),
  tunIpv6Src: row(IPV6, [nxOnly(109)]),
  tunIpv6Dst: row(IPV6, [nxOnly(110)]),
  tunGbpId: row(U16, [nxOnly(38)]),
  tunGbpFlags: row(U8, [nxOnly(39)], { ...HEX, shownAs: "plainHex" }),
  /** Up to 124 bytes of an option of a tunnel; which one is determined by the switch's table of options. */
  ...family("tunMetadata", 64, (n) => row(BYTES, [nxOnly(40 + n)], { ovsBits: OPTION_BITS })),
  tunErspanIdx: row(U32, [et(11, "ERSPAN_IDX")], { bits: 20, ...HEX, shownAs: "plainHex", held: 32 }),
  tunErspanVer: row(U8, [et(12, "ERSPAN_VER")], { bits: 4, shownAs: "plain", held: 8 }),
  tunErspanDir: row(U8, [et(13, "ERSPAN_DIR")], { bits: 1, shownAs: "plain", held: 8 }),
  tunErspanHwid: row(U8, [et(14, "ERSPAN_HWID")], { bits: 6, ...HEX, shownAs: "plainHex", held: 8 }),
  tunGtpuFlags: row(U8, [et(15, "GTPU_FLAGS")], { ...READ_ONLY, ...HEX, shown: "gtpu_flags", shownAs: "plainHex" }),
  tunGtpuMsgtype: row(U8, [et(16, "GTPU_MSGTYPE")], { ...READ_ONLY, shown: "gtpu_msgtype", shownAs: "plain" }),
  nshFlags: row(U8, [nsh(1)], { needs: NSH, shownAs: "byte" }),
  nshTtl: row(U8, [nsh(10)], { ...EXACT, needs: NSH, shownAs: "byte" }),
  nshMdtype: row(U8, [nsh(2)], { ...EXACT, ...READ_ONLY, needs: NSH, shownAs: "byte" }),
  nshNp: row(U8, [nsh(3)], { ...EXACT, ...READ_ONLY, needs: NSH, shownAs: "byte" }),
  nshSpi: row(U32, [nsh(4)], { bits: 24, ...EXACT, ...HEX, needs: NSH, names: "nsh_spi nsp", shownAs: "word" }),
  nshSi: row(U8, [nsh(5)], { ...EXACT, needs: NSH, names: "nsh_si nsi", shownAs: "byte" }),
  nshC1: row(U32, [nsh(6)], { needs: NSH, ...HEX, names: "nsh_c1 nshc1", shownAs: "word" }),
  nshC2: row(U32, [nsh(7)], { needs: NSH, ...HEX, names: "nsh_c2 nshc2", shownAs: "word" }),
  nshC3: row(U32, [nsh(8)], { needs: NSH, ...HEX, names: "nsh_c3 nshc3", shownAs: "word" }),
  nshC4: row(U32, [nsh(9)], { needs: NSH, ...HEX, names: "nsh_c4 nshc4", shownAs: "word" }),
  ...family("reg", 32, (n) => (n < 16 ? row(U32, [nxOnly(n)], HEX) : row(U32, [et(n + 1)], { ...HEX, ovs: "3.7" }))),
  /** Two registers each: the first is the upper half. */
  ...family("xreg", 16, (n) => row(U64, [reg(n)], n < 8 ? HEX : { ...HEX, ovs: "3.7" })),
  /** Four registers each: the first is the highest quarter. */
  ...family("xxreg", 8, (n) => (n < 4 ? row(U128, [nxOnly(111 + n)], HEX) : row(U128, [et(29 + n)], { ...HEX, ovs: "3.7" }))),
  pktMark: row(U32, [nxOnly(33)], HEX),
  ctState: row(U32, [nxOnly(105)], { bits: 8, ovsBits: 32, ...READ_ONLY, format: "ctState" }),
  ctZone: row(U16, [nxOnly(106)], { ...EXACT, ...READ_ONLY, ...HEX, shownAs: "short" }),
  ctMark: row(U32, [nxOnly(107)], HEX),
  ctLabel: row(U128, [nxOnly(108)], HEX),
  ctNwSrc: row(IPV4, [nxOnly(120)], { tracked: true, ...READ_ONLY }),
  ctIpv6Src: row(IPV6, [nxOnly(122)], { tracked: true, ...READ_ONLY }),
  ctNwDst: row(IPV4, [nxOnly(121)], { tracked: true, ...READ_ONLY }),
  ctIpv6Dst: row(IPV6, [nxOnly(123)], { tracked: true, ...READ_ONLY }),
  ctNwProto: row(U8, [nxOnly(119)], { ...EXACT, tracked: true, ...READ_ONLY }),
  ctTpSrc: row(U16, [nxOnly(124)], { tracked: true, ...READ_ONLY }),
  ctTpDst: row(U16, [nxOnly(125)], { tracked: true, ...READ_ONLY }),
  metadata: row(U64, [oxm(2)], { ...HEX, old: "no any" }),
  /** The cookie that a flow has, in Nicira's requests alone: which flows are asked for, changed or deleted. */
  cookie: row(U64, [nx(30)], { ...HEX, ovs: "none" }),
} as const;

/** The names of fields in the order in which Open vSwitch lists them; an asterisk stands for the numbers of a family. */
export const LISTED_ORDER: readonly string[] = `
  dp_hash recirc_id packet_type conj_id tun_id tun_src tun_dst tun_ipv6_src tun_ipv6_dst tun_flags tun_gbp_id tun_gbp_flags
  tun_erspan_idx tun_erspan_ver tun_erspan_dir tun_erspan_hwid tun_gtpu_flags tun_gtpu_msgtype tun_metadata* metadata in_port in_port_oxm
  actset_output pkt_mark ct_state ct_zone ct_mark ct_label ct_nw_proto ct_nw_src ct_nw_dst ct_ipv6_src ct_ipv6_dst ct_tp_src ct_tp_dst
  reg* xreg* xxreg* eth_src eth_dst eth_type vlan_tci vlan_vid vlan_pcp mpls_label mpls_tc mpls_bos mpls_ttl ip_src ip_dst ipv6_src ipv6_dst
  ipv6_label nw_proto nw_tos ip_dscp nw_ecn nw_ttl ip_frag arp_op arp_spa arp_tpa arp_sha arp_tha tcp_src tcp_dst tcp_flags udp_src udp_dst
  sctp_src sctp_dst icmp_type icmp_code icmpv6_type icmpv6_code nd_target nd_sll nd_tll nd_reserved nd_options_type
  nsh_flags nsh_mdtype nsh_np nsh_spi nsh_si nsh_c1 nsh_c2 nsh_c3 nsh_c4 nsh_ttl`
  .trim()
  .split(/\s+/);
