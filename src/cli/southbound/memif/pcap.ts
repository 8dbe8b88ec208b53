import { viewOf } from "../../../bytes/mod.js";
import type { MemifMode } from "../../../memif/mod.js";

/** Link types of the pcap format (draft-ietf-opsawg-pcaplinktype): Ethernet frames, IP packets, and what only the user knows. */
const LINK_TYPES: Readonly<Record<MemifMode, number>> = { ethernet: 1, ip: 101, punt: 147 };
/** Marks times in nanoseconds (draft-ietf-opsawg-pcap, section 4). */
const MAGIC = 0xa1b2_3c4d;
const SNAP_LENGTH = 0x4_0000;

/** What a capture begins with. */
export function captureHeader(mode: MemifMode): Uint8Array {
  const out = new Uint8Array(24);
  const dv = viewOf(out);
  dv.setUint32(0, MAGIC);
  dv.setUint16(4, 2);
  dv.setUint16(6, 4);
  dv.setUint32(16, SNAP_LENGTH);
  dv.setUint32(20, LINK_TYPES[mode]);
  return out;
}

/** What stands before a packet. @param time - milliseconds since 1970, with fractions */
export function packetHeader(time: number, length: number): Uint8Array {
  const out = new Uint8Array(16);
  const dv = viewOf(out);
  dv.setUint32(0, Math.floor(time / 1000));
  dv.setUint32(4, Math.floor((time % 1000) * 1_000_000));
  dv.setUint32(8, length);
  dv.setUint32(12, length);
  return out;
}
