import { Chunk } from "../bytes/mod.js";
import type { SouthboundError } from "../errors/mod.js";
import type { Message } from "../ofp/mod.js";
import type { Vconn } from "./vconn.js";

/** How many messages wait at most before the peer is not read any more. */
const LIMIT = 64;

/**
 * The messages of a connection one after the other, each owned by the caller, up to its end: for those who would rather ask for a message than be called with it. It takes the slots
 * `onMessage` and `onClose` over at once, so that nothing is missed from then on. When more than 64 messages wait, nothing is read until they are taken. Leaving the loop drops what follows.
 * @throws in the loop the error that the connection ended with; one that cannot be read is left out and dealt with as `Vconn.failed` does
 */
export function messages(vconn: Vconn): AsyncGenerator<Message, void, undefined> {
  const queue: { readonly bytes: Uint8Array; readonly nth: number }[] = [];
  let release = null as (() => void) | null;
  let wake = null as (() => void) | null;
  let end: SouthboundError | null | undefined = vconn.error;
  vconn.onMessage = (_type, c, p, e) => {
    queue.push({ bytes: c.u8.slice(p, e), nth: vconn.received });
    if (queue.length >= LIMIT) release ??= vconn.hold();
    wake?.();
  };
  vconn.onClose = (error) => {
    end = error;
    wake?.();
  };
  return (async function* () {
    try {
      for (;;) {
        const next = queue.shift();
        if (next !== undefined) {
          const message = read(vconn, next.bytes, next.nth);
          if (message !== undefined) yield message;
          continue;
        }
        release?.();
        release = null;
        if (end === null) return;
        if (end !== undefined) throw end;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        wake = null;
      }
    } finally {
      vconn.onMessage = null;
      vconn.onClose = null;
      queue.length = 0;
      release?.();
    }
  })();
}

/** The message in the bytes; undefined for one that cannot be read. */
function read(vconn: Vconn, bytes: Uint8Array, nth: number): Message | undefined {
  const c = new Chunk(bytes);
  try {
    return vconn.decode(c, 0, bytes.length);
  } catch (e) {
    vconn.failed(e, c, 0, bytes.length, nth);
    return undefined;
  }
}
