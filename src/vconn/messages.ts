import { Chunk } from "../bytes/mod.js";
import type { SouthboundError } from "../errors/mod.js";
import type { Message } from "../ofp/mod.js";
import type { Vconn } from "./vconn.js";

/** How many messages wait at most before the peer is not read any more. */
const LIMIT = 64;

/**
 * The messages of a connection one after the other, each owned by the caller, up to its end: for those who would rather ask for a message than be called with it. It takes the slots
 * `onMessage` and `onClose` over at once, so that nothing is missed from then on. When more than 64 messages wait, nothing is read until they are taken. Leaving the loop drops what follows.
 * @throws in the loop the error that the connection ended with; DecodeError for a message that is none, behind which the loop cannot go on
 */
export function messages(vconn: Vconn): AsyncGenerator<Message, void, undefined> {
  const queue: Uint8Array[] = [];
  let release = null as (() => void) | null;
  let wake = null as (() => void) | null;
  let end: SouthboundError | null | undefined = vconn.error;
  vconn.onMessage = (_type, c, p, e) => {
    queue.push(c.u8.slice(p, e));
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
        const bytes = queue.shift();
        if (bytes !== undefined) {
          yield vconn.decode(new Chunk(bytes), 0, bytes.length);
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
