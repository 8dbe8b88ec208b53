import { OXM, type OxmField } from "../oxm/fields.js";
import { Match, MatchEntry } from "../oxm/match.js";

/** What the fields of a match tell of its packets. */
interface Packets {
  readonly arp: boolean;
  readonly ipv6: boolean;
  readonly icmp: boolean;
  readonly icmpv6: boolean;
}

/**
 * Fields that Open vSwitch holds in one place, and as which of them it tells what lies there. Metadata may hold them without what they need, and then they are
 * told as what they would be for such packets.
 */
const PLACES: readonly (readonly [fields: readonly OxmField[], told: (p: Packets) => OxmField | undefined])[] = [
  [[OXM.ipv4Src, OXM.arpSpa], (p) => (p.ipv6 ? undefined : p.arp ? OXM.arpSpa : OXM.ipv4Src)],
  [[OXM.ipv4Dst, OXM.arpTpa], (p) => (p.ipv6 ? undefined : p.arp ? OXM.arpTpa : OXM.ipv4Dst)],
  [[OXM.ipProto, OXM.arpOp], (p) => (p.arp ? OXM.arpOp : OXM.ipProto)],
  [[OXM.ipv6Src], (p) => (p.ipv6 ? OXM.ipv6Src : undefined)],
  [[OXM.ipv6Dst], (p) => (p.ipv6 ? OXM.ipv6Dst : undefined)],
  [[OXM.ipv6Flabel], (p) => (p.ipv6 ? OXM.ipv6Flabel : undefined)],
  [[OXM.arpSha, OXM.ipv6NdSll], (p) => (p.arp ? OXM.arpSha : p.icmpv6 ? OXM.ipv6NdSll : undefined)],
  [[OXM.arpTha, OXM.ipv6NdTll], (p) => (p.arp ? OXM.arpTha : p.icmpv6 ? OXM.ipv6NdTll : undefined)],
  [[OXM.ipv6NdTarget], (p) => (p.icmpv6 ? OXM.ipv6NdTarget : undefined)],
  [
    [OXM.tcpSrc, OXM.udpSrc, OXM.sctpSrc, OXM.icmpv4Type, OXM.icmpv6Type],
    (p) => (p.icmp ? OXM.icmpv4Type : p.icmpv6 ? OXM.icmpv6Type : OXM.tcpSrc),
  ],
  [
    [OXM.tcpDst, OXM.udpDst, OXM.sctpDst, OXM.icmpv4Code, OXM.icmpv6Code],
    (p) => (p.icmp ? OXM.icmpv4Code : p.icmpv6 ? OXM.icmpv6Code : OXM.tcpDst),
  ],
];

const PLACE_OF = new Map(PLACES.flatMap(([fields, told]) => fields.map((f) => [f, told] as const)));

/** The metadata of a packet as Open vSwitch tells it. */
export function placed(entries: readonly MatchEntry[]): Match {
  const plain = new Match(entries);
  if (!entries.some((e) => PLACE_OF.has(e.field!))) return plain;
  const type = plain.ethType;
  const proto = plain.ipProto ?? plain.arpOp;
  const packets: Packets = {
    arp: type === 0x0806 || type === 0x8035,
    ipv6: type === 0x86dd,
    icmp: type === 0x0800 && proto === 1,
    icmpv6: type === 0x86dd && proto === 58,
  };
  return new Match(
    entries.flatMap((e) => {
      const told = PLACE_OF.get(e.field!);
      if (told === undefined) return [e];
      const field = told(packets);
      return field === undefined ? [] : [new MatchEntry(field, e.mask === undefined ? field.header : field.maskedHeader, e.value, e.mask)];
    }),
  );
}
