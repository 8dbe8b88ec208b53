import { SouthboundError } from "../errors/mod.js";

/**
 * The peer has put something into shared memory that the protocol does not allow. The connection is to be ended; `message` says what was wrong and fits
 * into the text of a DISCONNECT message. Code: `EPROTO`.
 */
export class RingError extends SouthboundError {
  constructor(message: string) {
    super("EPROTO", message);
  }
}
