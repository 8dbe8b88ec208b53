import { SouthboundError } from "../errors/mod.js";
import { type ErrorMessage, errorNameOf, type Message } from "../ofp/mod.js";

/** The peer answered a request with an OpenFlow error. Code: `ERR_OPENFLOW`. */
export class OpenFlowError extends SouthboundError {
  /** The error's name in the specification, such as `OFPFMFC_TABLE_FULL`. */
  readonly reason: string;
  /** The message that came. */
  readonly error: ErrorMessage;
  /** What was asked. */
  readonly request: Message;

  /** @param peer - the connection's name */
  constructor(peer: string, error: ErrorMessage, request: Message) {
    const reason = errorNameOf(error);
    super("ERR_OPENFLOW", `${peer}: ${request.type} (xid=0x${error.xid.toString(16)}) was answered with ${reason}`);
    this.reason = reason;
    this.error = error;
    this.request = request;
  }
}
