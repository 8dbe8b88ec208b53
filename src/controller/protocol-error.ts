import { SouthboundError } from "../errors/mod.js";

/**
 * A switch broke the protocol: bytes that are not OpenFlow, a set-up that does not go as it has to, a datapath id or an auxiliary connection that is refused. Its connection has ended
 * by it. As the rejection of a request it says that the reply is not what was asked for; then the connection goes on. Code: `EPROTO`.
 */
export class ProtocolError extends SouthboundError {
  constructor(message: string, options?: ErrorOptions) {
    super("EPROTO", message, options);
  }

  /** The same error as one of this class, where its code is `EPROTO`; any other as it is. */
  static from(error: SouthboundError | null): SouthboundError | null {
    if (error === null || error.code !== "EPROTO" || error instanceof ProtocolError) return error;
    return new ProtocolError(error.message, { cause: error });
  }
}
