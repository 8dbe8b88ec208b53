import { copyList } from "../../ofp/check/mod.js";
import { MultipathAlgorithm, OXM, type OxmField } from "../../ofp/mod.js";
import { finish, hashOf, heaviest, mix } from "../packet/hash.js";
import { placeOf } from "../packet/places.js";
import { partWithin } from "./compile-part.js";
import type { ActionRows } from "./compile-place.js";
import { reader, setter, writer } from "./subfields.js";

/** How deep the stack of a packet may be; what is pushed beyond is lost. */
const MAX_STACK = 1024;

const TUNNEL_ID = placeOf(OXM.tunnelId as OxmField)!;

/** The link that a hash chooses of `links`. Open vSwitch lib/multipath.c */
function link(algorithm: number, hash: number, links: number, arg: number): number {
  switch (algorithm) {
    case MultipathAlgorithm.ModuloN:
      return hash % links;
    case MultipathAlgorithm.HashThreshold:
      return links === 1 ? 0 : Math.floor(hash / (Math.floor(0xffff_ffff / links) + 1));
    case MultipathAlgorithm.HighestRandomWeight:
      return heaviest(hash, links);
    default:
      return iterated(hash, links, arg);
  }
}

/** Hashes again until the number is one of the links, which may be as few as half of `arg`. */
function iterated(hash: number, links: number, arg: number): number {
  const modulo = arg > links && arg / 2 <= links ? arg : links;
  let h = hash;
  let chosen = 0;
  for (let i = 0; i < 64; i++) {
    chosen = h % modulo;
    if (chosen < links) return chosen;
    h = finish(mix(h, 1));
  }
  return chosen % links;
}

/** Actions on fields and on what goes along with a packet. */
export const FIELD_ROWS: ActionRows = {
  "set-field"(a) {
    const set = setter(a.field);
    return (x) => {
      set(x.packet);
      return true;
    };
  },
  "reg-load"(a) {
    const write = writer(partWithin(a.dst));
    const { value } = a;
    return (x) => {
      write(x.packet, value);
      return true;
    };
  },
  "copy-field"(a, { version }) {
    const list = copyList(a.format, version);
    const read = reader(partWithin(a.src), list);
    const write = writer(partWithin(a.dst), list);
    return (x) => {
      write(x.packet, read(x.packet));
      return true;
    };
  },
  "stack-push"(a) {
    const read = reader(partWithin(a.src));
    return (x) => {
      if (x.stack.length < MAX_STACK) x.stack.push(read(x.packet));
      return true;
    };
  },
  "stack-pop"(a) {
    const write = writer(partWithin(a.dst));
    return (x) => {
      const value = x.stack.pop();
      if (value !== undefined) write(x.packet, value);
      return true;
    };
  },
  "set-tunnel":
    ({ tunnelId }) =>
    (x) => {
      x.packet.mark(TUNNEL_ID, tunnelId);
      return true;
    },
  "write-metadata":
    ({ metadata, mask }) =>
    (x) => {
      x.packet.writeMetadata(metadata & mask, mask);
      return true;
    },
  multipath(a) {
    const write = writer(partWithin(a.dst));
    const { hashFields, basis, algorithm, maxLink, arg } = a;
    return (x) => {
      write(x.packet, BigInt(link(algorithm, hashOf(x.packet, hashFields, basis), maxLink + 1, arg)));
      return true;
    };
  },
  "check-pkt-larger"(a) {
    const write = writer(partWithin(a.dst));
    const { pktLen } = a;
    return (x) => {
      write(x.packet, x.packet.length > pktLen ? 1n : 0n);
      return true;
    };
  },
  "fin-timeout": (a) => (x) => {
    x.packet.words();
    const flags = x.packet.key.tcpFlags ?? 0;
    if ((flags & FIN_RST) !== 0) x.shorten(a.idleTimeout, a.hardTimeout);
    return true;
  },
};

const FIN_RST = 5;
