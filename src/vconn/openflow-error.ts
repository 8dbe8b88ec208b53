import { SouthboundError } from "../errors/mod.js";
import { type ErrorMessage, errorNameOf, type KnownMessage, type Message } from "../ofp/mod.js";

/** The outcome of one request of many. */
export interface BulkResult {
  readonly request: Message;
  /**
   * "replied": `replies` has the answer; "refused": `error` has the reason; "done": it has no reply, and a barrier behind it was answered; "unknown": all was given up before that was known, or
   * before it was sent, or the answer could not be read, for the reason in `fault`.
   */
  readonly outcome: "replied" | "refused" | "done" | "unknown";
  /** What was answered; nothing for a request that has no reply and was done. Owned by the caller. */
  readonly replies: readonly KnownMessage[];
  /** Why it was refused; null where it was not. */
  readonly error: OpenFlowError | null;
  /** Why its answer could not be read: `EPROTO`, which names the field; undefined where nothing was wrong with it. */
  readonly fault?: SouthboundError | undefined;
}

/** The peer answered a request with an OpenFlow error. Code: `ERR_OPENFLOW`. */
export class OpenFlowError extends SouthboundError {
  /** The error's name in the specification, such as `OFPFMFC_TABLE_FULL`. */
  readonly reason: string;
  /** The message that came. */
  readonly error: ErrorMessage;
  /** What was asked. */
  readonly request: Message;
  /** The switch that it came from, where a controller asked. */
  datapath: bigint | undefined;
  /** What had been answered before: the parts of a multipart reply, or what came of each request of a batch. */
  result: readonly (Message | BulkResult)[] = [];

  /** @param peer - the connection's name */
  constructor(peer: string, error: ErrorMessage, request: Message) {
    const reason = errorNameOf(error);
    super("ERR_OPENFLOW", `${peer}: ${request.type} (xid=0x${error.xid.toString(16)}) was answered with ${reason}`);
    this.reason = reason;
    this.error = error;
    this.request = request;
  }

  /** The transaction id, by which the request was found: whatever the error's excerpt of it is. */
  get xid(): number {
    return this.error.xid;
  }
}
