import { viewOf } from "../bytes/mod.js";
import { errnoError, type SouthboundError } from "../errors/mod.js";
import { encodeMessage, type Message, MessageType, MORE, MULTIPART_FLAGS_AT, MULTIPART_REPLY } from "../ofp/mod.js";
import type { Version } from "../schema/mod.js";
import type { Vconn } from "../vconn/mod.js";

/** The types of multipart requests and replies in OpenFlow 1.0. */
const STATS_REQUEST10 = 16;
const STATS_REPLY10 = 17;
const MULTIPART_REQUEST = MULTIPART_REPLY - 1;

/** Whether a message is part of a multipart reply behind which there are more. */
function hasMore(bytes: Uint8Array): boolean {
  const type = bytes[1];
  if (type !== (bytes[0] === 1 ? STATS_REPLY10 : MULTIPART_REPLY) || bytes.length < MULTIPART_FLAGS_AT + 2) return false;
  return (viewOf(bytes).getUint16(MULTIPART_FLAGS_AT) & MORE) !== 0;
}

/**
 * What a request is answered with, in bytes as they came, each part owned by the caller: for programs that show messages. An error of the switch is the last part. What a program makes of a part is
 * waited for before more is read than a single read brought. It takes the slots `onMessage` and `onClose` of the connection over until its end.
 * @throws in the loop the error that the connection ended with, `ERR_CLOSED` where the peer closed in order; `ENOTCONN`, `ERR_UNSUPPORTED`, `ERR_RANGE`, `ERR_TOO_LONG` as `Vconn.send`
 */
export async function* rawReplies(vconn: Vconn, request: Message): AsyncGenerator<Uint8Array, void, undefined> {
  const xid = vconn.nextXid();
  const bytes = encodeMessage(request, vconn.version as Version);
  viewOf(bytes).setUint32(4, xid);
  const isMultipart = bytes[1] === (bytes[0] === 1 ? STATS_REQUEST10 : MULTIPART_REQUEST);
  const queue: Uint8Array[] = [];
  let release: (() => void) | null = null;
  let wake: (() => void) | null = null;
  let end: SouthboundError | null | undefined = vconn.error;
  const { onMessage, onClose } = vconn;
  vconn.onMessage = (_type, c, p, e) => {
    if (c.dv.getUint32(p + 4) !== xid) return;
    queue.push(c.u8.slice(p, e));
    release ??= vconn.hold();
    wake?.();
  };
  vconn.onClose = (error) => {
    end = error;
    wake?.();
  };
  try {
    vconn.sendBytes(bytes);
    for (;;) {
      const part = queue.shift();
      if (part !== undefined) {
        yield part;
        if (part[1] === MessageType.Error || !isMultipart || !hasMore(part)) return;
        continue;
      }
      (release as (() => void) | null)?.();
      release = null;
      if (end !== undefined) throw end ?? errnoError("ECONNRESET", `${vconn.name}: the peer closed before it had answered`);
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
      wake = null;
    }
  } finally {
    vconn.onMessage = onMessage;
    vconn.onClose = onClose;
    (release as (() => void) | null)?.();
  }
}
