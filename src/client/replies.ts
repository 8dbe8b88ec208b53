import { viewOf } from "../bytes/mod.js";
import { SouthboundError } from "../errors/mod.js";
import { encodeMessage, type Message, MessageType, MORE, MULTIPART_FLAGS_AT, MULTIPART_REPLY } from "../ofp/mod.js";
import type { Version } from "../schema/mod.js";
import type { Vconn } from "../vconn/mod.js";

/** The types of multipart requests and replies in OpenFlow 1.0. */
const STATS_REQUEST10 = 16;
const STATS_REPLY10 = 17;
const MULTIPART_REQUEST = MULTIPART_REPLY - 1;

/** Whether a message is a multipart request. */
const isMultipart = (bytes: Uint8Array): boolean => bytes[1] === (bytes[0] === 1 ? STATS_REQUEST10 : MULTIPART_REQUEST);

/**
 * Whether a message is of the kind that answers a request, both in bytes: an error, or, for a multipart request, a reply with the same body. A request that is not multipart may be answered by anything.
 */
export function answersRequest(reply: Uint8Array, request: Uint8Array): boolean {
  if (reply[1] === MessageType.Error || !isMultipart(request)) return true;
  if (reply[0] !== request[0] || reply[1] !== (reply[0] === 1 ? STATS_REPLY10 : MULTIPART_REPLY)) return false;
  // behind the header, and behind the padding that follows the flags since OpenFlow 1.1
  const own = reply[0] === 1 ? 12 : 16;
  const same = (from: number, to: number): boolean => {
    for (let i = from; i < to; i++) if (reply[i] !== request[i]) return false;
    return true;
  };
  const isExperimenter = request[8] === 0xff && request[9] === 0xff;
  return same(8, 10) && (!isExperimenter || same(own, own + 8));
}

/** Whether a message is part of a multipart reply behind which there are more. */
function hasMore(bytes: Uint8Array): boolean {
  const type = bytes[1];
  if (type !== (bytes[0] === 1 ? STATS_REPLY10 : MULTIPART_REPLY) || bytes.length < MULTIPART_FLAGS_AT + 2) return false;
  return (viewOf(bytes).getUint16(MULTIPART_FLAGS_AT) & MORE) !== 0;
}

/**
 * What a request is answered with, in bytes as they came, each part owned by the caller: for programs that show messages. An error of the switch is the last part. What a program makes of a part is
 * waited for before more is read than a single read brought. It takes the slots `onMessage` and `onClose` of the connection over until its end.
 * @param request - the request, or the parts of a multipart request, whose flags say that there are more
 * @param sees - called with each part of the request before any is sent
 * @throws in the loop the error that the connection ended with, `ERR_CLOSED` where the peer closed in order; `ENOTCONN`, `ERR_UNSUPPORTED`, `ERR_RANGE`, `ERR_TOO_LONG` as `Vconn.send`
 */
export async function* rawReplies(
  vconn: Vconn,
  request: Message | readonly Message[],
  sees?: (bytes: Uint8Array) => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  const xid = vconn.nextXid();
  const requests = ("type" in request ? [request] : request).map((part) => {
    const bytes = encodeMessage(part, vconn.version as Version);
    viewOf(bytes).setUint32(4, xid);
    return bytes;
  });
  if (sees !== undefined) requests.forEach(sees);
  const multipart = isMultipart(requests[0]!);
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
    for (const part of requests) vconn.sendBytes(part);
    for (;;) {
      const part = queue.shift();
      if (part !== undefined) {
        yield part;
        if (part[1] === MessageType.Error || !multipart || !hasMore(part)) return;
        continue;
      }
      (release as (() => void) | null)?.();
      release = null;
      if (end !== undefined) throw end ?? new SouthboundError("ERR_CLOSED", `${vconn.name}: the peer closed before it had answered`);
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
