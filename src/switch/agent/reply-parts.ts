import { Chunk } from "../../bytes/mod.js";
import { type KnownMessage, MORE, MULTIPART_FLAGS_AT, type MultipartBase, messageCodec } from "../../ofp/mod.js";
import { defaultMode, type Kind, type Version } from "../../schema/mod.js";
import type { Work } from "../work/work.js";

/** How many bytes of a reply go into one message at most; further ones are in the next. */
const PART = 65_000;
/** A part, a further element that turns out not to fit, and what an encoder may run over. */
const ROOM = 2 * 0x1_0000 + 0x400;

/** Where parts are made. One is kept for the next reply. */
let spare: Chunk | null = null;

/** Where replies go. */
export interface ReplyPeer {
  readonly version: Version;
  sendBytes(bytes: Uint8Array): void;
}

/**
 * Answers with a list in as many messages as it needs, an empty one in one, each of which leaves when it is full.
 * @param empty - the reply without elements
 * @param items - undefined is passed over: it marks a pause
 */
export function* sendParts<T>(
  peer: ReplyPeer,
  xid: number,
  kind: Kind<T>,
  empty: KnownMessage & MultipartBase,
  items: Iterable<T | undefined>,
): Work {
  const c = spare ?? new Chunk(ROOM);
  spare = null;
  try {
    const codec = kind.codec(peer.version, defaultMode());
    empty.xid = xid;
    const start = messageCodec(peer.version).encode(c, 0, empty);
    const send = (end: number, flags: number): void => {
      c.dv.setUint16(2, end);
      c.dv.setUint16(MULTIPART_FLAGS_AT, flags);
      peer.sendBytes(c.u8.subarray(0, end));
    };
    let p = start;
    for (const item of items) {
      if (item !== undefined) {
        const end = codec.encode(c, p, item);
        if (end > PART && p > start) {
          send(p, MORE);
          c.u8.copyWithin(start, p, end);
          p = start + end - p;
        } else p = end;
      }
      yield;
    }
    send(p, 0);
  } finally {
    spare = c;
  }
}
