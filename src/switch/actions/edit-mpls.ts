import { EtherType } from "../../packet/mod.js";
import type { Packet } from "../packet/packet.js";
import { FIELD_EDITS } from "./edit-field.js";

const SHIM = 4;
const DEFAULT_TTL = 64;

const set = (name: string) => FIELD_EDITS.get(name) as (packet: Packet, value: number) => void;
const setMplsTtl = set("mplsTtl");

/** Where the type of what follows the Ethernet header and its tags stands in a frame. */
function typeAt({ chunk: { u8, dv } }: Packet): number {
  let at = 12;
  while (at + 6 <= u8.length && (dv.getUint16(at) === EtherType.Vlan || dv.getUint16(at) === EtherType.Qinq)) at += 4;
  return at;
}

/** Puts an MPLS header in front of what follows the tags: label, traffic class and time to live are those of the header that was there, or 0 and that of the IP header. OpenFlow 1.3 §5.12.1 */
export function pushMpls(packet: Packet, ethertype: number): void {
  packet.words();
  const { key, chunk } = packet;
  const at = typeAt(packet) + 2;
  const { u8 } = chunk;
  if (u8.length < at) return;
  const entry =
    key.shim !== undefined
      ? chunk.dv.getUint32(key.shim) & ~0x100
      : (((key.ipDscp ?? 0) & 7) << 9) | 0x100 | (key.ipTtl === undefined || key.ipTtl === 0 ? DEFAULT_TTL : key.ipTtl);
  const made = new Uint8Array(u8.length + SHIM);
  made.set(u8.subarray(0, at));
  made.set(u8.subarray(at), at + SHIM);
  packet.replace(made);
  packet.chunk.dv.setUint16(at - 2, ethertype);
  packet.chunk.dv.setUint32(at, entry >>> 0);
  packet.reparse();
}

/** Takes the outer MPLS header off; what is under it has the given type. */
export function popMpls(packet: Packet, ethertype: number): void {
  packet.words();
  const { shim } = packet.key;
  if (shim === undefined) return;
  const { u8 } = packet.chunk;
  const made = new Uint8Array(u8.length - SHIM);
  made.set(u8.subarray(0, shim));
  made.set(u8.subarray(shim + SHIM), shim);
  packet.replace(made);
  packet.chunk.dv.setUint16(shim - 2, ethertype);
  packet.reparse();
}

/** Takes one from the time to live of the outer MPLS header; false, and nothing changed, where that would leave none. */
export function decrementMplsTtl(packet: Packet): boolean {
  packet.words();
  const { mplsTtl } = packet.key;
  if (mplsTtl === undefined) return true;
  if (mplsTtl <= 1) return false;
  setMplsTtl(packet, mplsTtl - 1);
  return true;
}

/** Copies the time to live from the next header to the outer one: MPLS to MPLS, or IP to MPLS. OpenFlow 1.3 §5.12 */
export function copyTtlOut(packet: Packet): void {
  const inner = innerTtlAt(packet);
  if (inner !== undefined) setMplsTtl(packet, packet.chunk.u8[inner]!);
}

/** Copies the time to live from the outer header to the next one. */
export function copyTtlIn(packet: Packet): void {
  const inner = innerTtlAt(packet);
  const { shim, mplsBos } = packet.key;
  if (inner === undefined || shim === undefined) return;
  const ttl = packet.chunk.u8[shim + 3]!;
  if (mplsBos === 0) {
    packet.edit().u8[inner] = ttl;
    return;
  }
  // the IP header behind the labels, whose checksum goes with it
  const below = packet.chunk.u8[shim + SHIM]! >>> 4;
  const c = packet.edit();
  if (below === 4) {
    const sum = c.dv.getUint16(inner + 2);
    const old = c.u8[inner]! << 8;
    c.u8[inner] = ttl;
    let next = (~sum & 0xffff) + (~old & 0xffff) + (ttl << 8);
    next = (next & 0xffff) + (next >>> 16);
    next = (next & 0xffff) + (next >>> 16);
    c.dv.setUint16(inner + 2, ~next & 0xffff);
  } else c.u8[inner] = ttl;
}

/** Where the time to live of the header under the outer label stands. */
function innerTtlAt(packet: Packet): number | undefined {
  packet.words();
  const { key, chunk } = packet;
  if (key.shim === undefined) return undefined;
  const next = key.shim + SHIM;
  if (key.mplsBos === 0) return chunk.u8.length >= next + SHIM ? next + 3 : undefined;
  if (chunk.u8.length < next + 20) return undefined;
  const version = chunk.u8[next]! >>> 4;
  return version === 4 ? next + 8 : version === 6 ? next + 7 : undefined;
}
