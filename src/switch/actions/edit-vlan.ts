import type { Packet } from "../packet/packet.js";

const TAG = 12;

const isTag = (type: number): boolean => type === 0x8100 || type === 0x88a8;

const isTagged = ({ chunk }: Packet): boolean => chunk.u8.length >= 18 && isTag(chunk.dv.getUint16(TAG));

/** Puts a tag in front, with the VLAN id and priority of the outer one where there is one, or 0. OpenFlow 1.3 §5.12 (push VLAN header) */
export function pushVlan(packet: Packet, tpid: number): void {
  const { u8, dv } = packet.chunk;
  if (u8.length < 14) return;
  const tci = isTagged(packet) ? dv.getUint16(TAG + 2) : 0;
  const made = new Uint8Array(u8.length + 4);
  made.set(u8.subarray(0, TAG));
  made.set(u8.subarray(TAG), TAG + 4);
  packet.replace(made);
  packet.chunk.dv.setUint16(TAG, tpid);
  packet.chunk.dv.setUint16(TAG + 2, tci);
  packet.reparse();
}

/** Takes the outer tag off; a frame without one stays as it is. */
export function popVlan(packet: Packet): void {
  if (!isTagged(packet)) return;
  const { u8 } = packet.chunk;
  const made = new Uint8Array(u8.length - 4);
  made.set(u8.subarray(0, TAG));
  made.set(u8.subarray(TAG + 4), TAG);
  packet.replace(made);
  packet.reparse();
}

/**
 * Sets bits of the outer tag.
 * @param add - whether a frame without a tag is given one, as OpenFlow 1.0's actions do; otherwise it stays as it is
 */
export function setTci(packet: Packet, value: number, mask: number, add: boolean): void {
  if (!isTagged(packet)) {
    if (!add) return;
    pushVlan(packet, 0x8100);
    if (!isTagged(packet)) return;
  }
  const { dv } = packet.edit();
  dv.setUint16(TAG + 2, (dv.getUint16(TAG + 2) & ~mask) | (value & mask));
}
