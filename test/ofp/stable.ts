/** What decodes must encode, to no more bytes than it came in, and decode again to the same. */
import { Chunk, toHex } from "../../src/bytes/mod.js";
import { DecodeError, SouthboundError } from "../../src/errors/mod.js";
import { decodeBytes, encodeMessage, type Message, messageCodec, messageFromJSON } from "../../src/ofp/mod.js";
import type { Json, Version } from "../../src/schema/mod.js";

/** All that an object says. */
const said = (m: Message): string => JSON.stringify([m.type, m.toJSON()]);

/** Why bytes do not come back as they should; undefined where they do, or are refused. Anything but a DecodeError for hostile bytes is a fault as well. */
export function fault(bytes: Uint8Array): string | undefined {
  const version = bytes[0] as Version;
  let m: Message;
  try {
    m = decodeBytes(bytes);
  } catch (e) {
    return e instanceof DecodeError ? undefined : `decoding throws ${e instanceof Error ? e.stack : e}`;
  }
  try {
    const text = said(m);
    const first = encodeMessage(m, version);
    const hex = toHex(first);
    if (first.length > bytes.length) return `grows from ${bytes.length} to ${first.length} bytes: ${hex}`;
    const again = decodeBytes(first);
    if (said(again) !== text) return `changes in ${hex}:\n  ${text}\n  ${said(again)}`;
    const second = toHex(encodeMessage(again, version));
    if (second !== hex) return `encodes to ${hex} and then to ${second}`;
    const chunk = new Chunk(first.length);
    messageCodec(version, "interpreted").encode(chunk, 0, m);
    if (toHex(chunk.u8) !== hex) return `the interpreter encodes ${toHex(chunk.u8)} and not ${hex}`;
    const third = toHex(encodeMessage(messageFromJSON(JSON.parse(JSON.stringify(m.toJSON())) as Json), version));
    return third === hex ? undefined : `encodes to ${hex}, and from JSON to ${third}`;
  } catch (e) {
    return `${SouthboundError.is(e) ? `${e.code} ` : ""}${e instanceof Error ? e.stack : e}`;
  }
}
