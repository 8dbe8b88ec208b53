/**
 * Bytes: chunks, the growable writer, the bounds-checked reader, text of addresses, hexadecimal, checksums, and the table of MAC addresses.
 * Floor 0: imports `errors` only.
 * @packageDocumentation
 */
export { formatDpid, formatIpv4, formatIpv6, formatMac, parseDpid, parseIpv4, parseIpv6, parseMac } from "./address.js";
export { addToChecksum, crc32c, foldChecksum, internetChecksum, pseudoHeaderIpv4, pseudoHeaderIpv6, updateChecksum } from "./checksum.js";
export { Chunk, chunkOf, sizeOf } from "./chunk.js";
export { fromHex, hexDump, toHex } from "./hex.js";
export { MacTable } from "./mac-table.js";
export { copyBytes, plainBytes, viewOf } from "./plain.js";
export { Reader } from "./reader.js";
export { decodeText, encodedLength, encodeText } from "./text.js";
export { Writer } from "./writer.js";
