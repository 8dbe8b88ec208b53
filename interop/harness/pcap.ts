/** Reads packet captures of the classic pcap format. */

/**
 * The packets of a capture, in order. A record that is not yet written to its end is left out.
 * @param file - the whole file so far; the packets are views into it
 */
export function pcapPackets(file: Uint8Array): Uint8Array[] {
  if (file.length < 24) return [];
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  const magic = view.getUint32(0, true);
  const little = magic === 0xa1b2c3d4 || magic === 0xa1b23c4d;
  const packets: Uint8Array[] = [];
  for (let at = 24; at + 16 <= file.length; ) {
    const length = view.getUint32(at + 8, little);
    const end = at + 16 + length;
    if (end > file.length) break;
    packets.push(file.subarray(at + 16, end));
    at = end;
  }
  return packets;
}
