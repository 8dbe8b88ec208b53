import { copyBytes, viewOf } from "../bytes/mod.js";
import { DecodeError } from "../errors/mod.js";
import { decodeBytes, encodeMessage, FlowMod, HEADER_SIZE, type Message, MessageType } from "../ofp/mod.js";
import type { Version } from "../schema/mod.js";
import { messageWords } from "../vconn/mod.js";

/** The message in bytes that are all of it, or end where its last part may; undefined for others. */
function decoded(bytes: Uint8Array): Message | undefined {
  try {
    viewOf(bytes).setUint16(2, bytes.length);
    return decodeBytes(bytes);
  } catch (e) {
    if (!(e instanceof DecodeError)) throw e;
    return undefined;
  }
}

/** Offset of the match in a flow-mod, from OpenFlow 1.1 on. OpenFlow 1.3 §7.3.4.1 (ofp_flow_mod) */
const MATCH_AT = 48;
const MATCH_HEADER = 4;
/** Offset of the end of the match in a flow-mod of OpenFlow 1.0. OpenFlow 1.0 §5.3.3 */
const MATCH10_END = 48;
/** The first version whose matches are lists of fields. */
const FIRST_WITH_LISTS = 3;

/** A flow-mod that was cut in its match, or behind it, with those fields of the match that are whole; undefined where they cannot be read. A peer sends back 64 bytes at least, which are fewer than most flow-mods have. */
function withWholeFields(bytes: Uint8Array): Message | undefined {
  const [version, type] = bytes;
  if (type !== MessageType.FlowMod) return undefined;
  if (version === 1 && bytes.length >= MATCH10_END) {
    // what follows the match is as in a flow-mod that does not give it
    const whole = encodeMessage(FlowMod.of(), version);
    whole.set(bytes.subarray(0, whole.length));
    return decoded(whole);
  }
  if (version === undefined || version < FIRST_WITH_LISTS || bytes.length < MATCH_AT + MATCH_HEADER) return undefined;
  const last = Math.min(bytes.length, MATCH_AT + viewOf(bytes).getUint16(MATCH_AT + 2));
  let end = MATCH_AT + MATCH_HEADER;
  while (end + 4 <= last && end + 4 + bytes[end + 3]! <= last) end += 4 + bytes[end + 3]!;
  const whole = new Uint8Array((end + 7) & ~7);
  whole.set(bytes.subarray(0, end));
  viewOf(whole).setUint16(MATCH_AT + 2, end - MATCH_AT);
  return decoded(whole);
}

/**
 * The message that an error carries bytes of, in words, whether a switch takes it or not. Of one that is cut, that is shown which can be read.
 * @param xid - the transaction id of the error
 */
export function excerptWords(data: Uint8Array, xid: number): string {
  if (data.length < HEADER_SIZE) return `a message that is not known (xid=0x${xid.toString(16)})`;
  const bytes = copyBytes(data);
  const view = viewOf(bytes);
  const cut = view.getUint16(2) > bytes.length;
  const sent = view.getUint32(4);
  const message = decoded(bytes) ?? (cut ? withWholeFields(bytes) : undefined);
  if (message === undefined || message.type === "unknown")
    return `a message of type ${bytes[1]} (xid=0x${sent.toString(16)}), of which ${data.length} bytes came back`;
  const words = messageWords(message, bytes[0] as Version, sent);
  // it is not known that there are no actions
  return cut ? `${words.replace(/:? ?actions=drop$/, "")} (cut to ${data.length} bytes)` : words;
}
