import { OXM, OXM_FIELDS, type OxmField, type OxmName } from "../ofp/mod.js";

/** The match fields that this switch looks at, which is all of the standard's that a packet can have here. */
const NAMES = [
  ...["inPort", "metadata", "tunnelId", "ethDst", "ethSrc", "ethType", "vlanVid", "vlanPcp"],
  ...["ipDscp", "ipEcn", "ipProto", "ipv4Src", "ipv4Dst", "tcpSrc", "tcpDst", "udpSrc", "udpDst", "sctpSrc", "sctpDst"],
  ...["icmpv4Type", "icmpv4Code", "arpOp", "arpSpa", "arpTpa", "arpSha", "arpTha"],
  ...["ipv6Src", "ipv6Dst", "ipv6Flabel", "icmpv6Type", "icmpv6Code", "ipv6NdTarget", "ipv6NdSll", "ipv6NdTll", "ipv6Exthdr"],
  ...["mplsLabel", "mplsTc", "mplsBos", "pbbIsid"],
] as readonly OxmName[];

const FIELDS = new Set<OxmField>(NAMES.map((name) => OXM[name] as OxmField));

/** The match fields that this switch looks at, in canonical order. */
export const MATCHABLE: readonly OxmField[] = OXM_FIELDS.filter((f) => FIELDS.has(f));

/** Whether this switch looks at a field. */
export const isMatchable = (field: OxmField): boolean => FIELDS.has(field);
