import type { OxmForm } from "../oxm/fields.js";

const EXPERIMENTER = 0xffff;

/** The names of fields in a class, by their numbers; a row names as many in sequence as it has words. */
const families: readonly (readonly [oxmClass: number, prefix: string, rows: readonly (readonly [first: number, words: string])[]])[] = [
  [
    0x0000,
    "NXM_OF_",
    [
      [
        0,
        "IN_PORT ETH_DST ETH_SRC ETH_TYPE VLAN_TCI IP_TOS IP_PROTO IP_SRC IP_DST TCP_SRC TCP_DST UDP_SRC UDP_DST ICMP_TYPE ICMP_CODE ARP_OP ARP_SPA ARP_TPA",
      ],
    ],
  ],
  [
    0x0001,
    "NXM_NX_",
    [
      [16, "TUN_ID ARP_SHA ARP_THA IPV6_SRC IPV6_DST ICMPV6_TYPE ICMPV6_CODE ND_TARGET ND_SLL ND_TLL IP_FRAG IPV6_LABEL IP_ECN IP_TTL"],
      [30, "COOKIE TUN_IPV4_SRC TUN_IPV4_DST PKT_MARK TCP_FLAGS DP_HASH RECIRC_ID CONJ_ID TUN_GBP_ID TUN_GBP_FLAGS"],
      [104, "TUN_FLAGS CT_STATE CT_ZONE CT_MARK CT_LABEL TUN_IPV6_SRC TUN_IPV6_DST XXREG0 XXREG1 XXREG2 XXREG3"],
      [119, "CT_NW_PROTO CT_NW_SRC CT_NW_DST CT_IPV6_SRC CT_IPV6_DST CT_TP_SRC CT_TP_DST"],
    ],
  ],
  [
    0x8000,
    "OXM_OF_",
    [
      [
        0,
        "IN_PORT IN_PHY_PORT METADATA ETH_DST ETH_SRC ETH_TYPE VLAN_VID VLAN_PCP IP_DSCP IP_ECN IP_PROTO IPV4_SRC IPV4_DST TCP_SRC TCP_DST",
      ],
      [
        15,
        "UDP_SRC UDP_DST SCTP_SRC SCTP_DST ICMPV4_TYPE ICMPV4_CODE ARP_OP ARP_SPA ARP_TPA ARP_SHA ARP_THA IPV6_SRC IPV6_DST IPV6_FLABEL",
      ],
      [29, "ICMPV6_TYPE ICMPV6_CODE IPV6_ND_TARGET IPV6_ND_SLL IPV6_ND_TLL MPLS_LABEL MPLS_TC MPLS_BOS PBB_ISID TUNNEL_ID IPV6_EXTHDR"],
      [41, "PBB_UCA TCP_FLAGS ACTSET_OUTPUT PACKET_TYPE"],
    ],
  ],
  [
    0x00002320,
    "NXOXM_ET_",
    [
      [0, "DP_HASH"],
      [11, "ERSPAN_IDX ERSPAN_VER ERSPAN_DIR ERSPAN_HWID GTPU_FLAGS GTPU_MSGTYPE"],
    ],
  ],
  [0x005ad650, "NXOXM_NSH_", [[1, "FLAGS MDTYPE NP SPI SI C1 C2 C3 C4 TTL"]]],
  [0x4f4e4600, "ONFOXM_ET_", [[42, "TCP_FLAGS ACTSET_OUTPUT"]]],
  [0x1000, "ERICOXM_OF_", [[1, "ICMPV6_ND_RESERVED ICMPV6_ND_OPTIONS_TYPE"]]],
];

const keyOf = (oxmClass: number, id: number): number => oxmClass * 128 + id;

let names: Map<number, string> | undefined;

function table(): Map<number, string> {
  const made = new Map<number, string>();
  for (const [oxmClass, prefix, rows] of families) {
    for (const [first, words] of rows)
      for (const [i, word] of words.split(" ").entries()) made.set(keyOf(oxmClass, first + i), prefix + word);
  }
  for (let n = 0; n < 16; n++) {
    made.set(keyOf(0x0001, n), `NXM_NX_REG${n}`);
    made.set(keyOf(0x8001, n), `OXM_OF_PKT_REG${n}`);
  }
  for (let n = 0; n < 64; n++) made.set(keyOf(0x0001, 40 + n), `NXM_NX_TUN_METADATA${n}`);
  return made;
}

/** The name of a form of a field in the words of the headers that define it, such as `NXM_OF_ETH_TYPE`. */
export function nxmName(form: OxmForm): string {
  names ??= table();
  const { oxmClass, experimenter, id } = form;
  return names.get(keyOf(oxmClass === EXPERIMENTER ? experimenter : oxmClass, id)) ?? `${oxmClass}:${id}`;
}
