import { HashFields, OXM, type OxmField, type OxmName } from "../../ofp/mod.js";
import type { Packet } from "./packet.js";
import { type Place, placeOf } from "./places.js";

/** Mixes 32 bits into a hash. */
export const mix = (h: number, v: number): number => {
  const x = Math.imul(h ^ v, 0x85ebca6b);
  return x ^ (x >>> 15);
};

/** The end of a hash, as a number of 32 bits without a sign. */
export const finish = (h: number): number => {
  const x = Math.imul(h ^ (h >>> 16), 0xc2b2ae35);
  return (x ^ (x >>> 13)) >>> 0;
};

const place = (name: OxmName): Place => placeOf(OXM[name] as OxmField)!;
const places = (names: readonly OxmName[]): readonly Place[] => names.map(place);

/** Fields in two directions: what belongs together is combined so that both directions give the same. */
const PAIRS = {
  eth: [place("ethSrc"), place("ethDst")],
  v4: [place("ipv4Src"), place("ipv4Dst")],
  v6: [place("ipv6Src"), place("ipv6Dst")],
  tcp: [place("tcpSrc"), place("tcpDst")],
  udp: [place("udpSrc"), place("udpDst")],
  sctp: [place("sctpSrc"), place("sctpDst")],
} as const satisfies Record<string, readonly [Place, Place]>;

const PLAIN = { type: place("ethType"), proto: place("ipProto"), vlan: place("vlanVid") };

type PairName = keyof typeof PAIRS;

const SYMMETRIC: Readonly<Record<number, { readonly pairs: readonly PairName[]; readonly plain: readonly Place[] }>> = {
  [HashFields.SymmetricL4]: { pairs: ["eth", "v4", "v6", "tcp", "sctp"], plain: [PLAIN.type, PLAIN.proto, PLAIN.vlan] },
  [HashFields.SymmetricL3L4]: { pairs: ["v4", "v6", "tcp", "sctp"], plain: [PLAIN.type, PLAIN.proto] },
  [HashFields.SymmetricL3L4Udp]: { pairs: ["v4", "v6", "tcp", "sctp", "udp"], plain: [PLAIN.type, PLAIN.proto] },
  [HashFields.SymmetricL3]: { pairs: ["v4", "v6"], plain: [PLAIN.type] },
};

const ONE_WAY: Readonly<Record<number, readonly Place[]>> = {
  [HashFields.EthSrc]: places(["ethSrc"]),
  [HashFields.NwSrc]: places(["ipv4Src", "ipv6Src"]),
  [HashFields.NwDst]: places(["ipv4Dst", "ipv6Dst"]),
};

function ofPlace(h: number, words: Int32Array, { at, count }: Place): number {
  let out = h;
  for (let i = at; i < at + count; i++) out = mix(out, words[i]!);
  return out;
}

/** A hash of what `HashFields` names of a packet. */
export function hashOf(packet: Packet, fields: number, basis: number): number {
  const words = packet.words();
  let h = mix(0x9e3779b1, basis);
  const symmetric = SYMMETRIC[fields];
  if (symmetric !== undefined) {
    for (const p of symmetric.plain) h = ofPlace(h, words, p);
    for (const name of symmetric.pairs) {
      const [a, b] = PAIRS[name];
      for (let i = 0; i < a.count; i++) h = mix(h, words[a.at + i]! ^ words[b.at + i]!);
    }
    return finish(h);
  }
  for (const p of ONE_WAY[fields] ?? []) h = ofPlace(h, words, p);
  return finish(h);
}

/** A hash of some fields of a packet, of each the bits that count. */
export function hashOfFields(packet: Packet, fields: readonly { readonly place: Place; readonly mask: bigint }[], basis: number): number {
  let h = mix(0x9e3779b1, basis);
  for (const { place: p, mask } of fields) {
    let v = BigInt(packet.get(p)) & mask;
    for (; v !== 0n; v >>= 32n) h = mix(h, Number(v & 0xffffffffn));
    h = mix(h, p.at);
  }
  return finish(h);
}

/** The link that the highest weight of a hash and its number gives. RFC 2992 §2; J. Chen et al., highest random weight */
export function heaviest(hash: number, count: number, isUsable: (i: number) => boolean = () => true): number {
  let best = -1;
  let most = -1;
  for (let i = 0; i < count; i++) {
    if (!isUsable(i)) continue;
    const weight = finish(mix(hash, i));
    if (weight > most) {
      most = weight;
      best = i;
    }
  }
  return best;
}
