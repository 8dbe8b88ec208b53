import { SouthboundError } from "../errors/mod.js";
import { type ErrorMessage, errorMeaning, errorNameOf, type KnownMessage, type Message } from "../ofp/mod.js";
import type { Version } from "../schema/mod.js";
import { messageWords } from "./message-words.js";

/** The outcome of one request of many. */
export interface BulkResult {
  readonly request: Message;
  /**
   * "replied": `replies` has the answer; "refused": `error` has the reason; "done": it has no reply, and a barrier behind it was answered; "unknown": all was given up before that was known, or
   * before it was sent, or the answer could not be read, for the reason in `fault`; "unsent": it was not sent, since one before it was refused (`stopAtFirst`).
   */
  readonly outcome: "replied" | "refused" | "done" | "unknown" | "unsent";
  /** What was answered; nothing for a request that has no reply and was done. Owned by the caller. */
  readonly replies: readonly KnownMessage[];
  /** Why it was refused; null where it was not. */
  readonly error: OpenFlowError | null;
  /** Why its answer could not be read: `EPROTO`, which names the field; undefined where nothing was wrong with it. */
  readonly fault?: SouthboundError | undefined;
}

/** One error that came while a bundle was made or committed. */
export interface BundleFault {
  /** Which of the messages, from 0; undefined for the bundle as such. */
  readonly index: number | undefined;
  /** The message, or what was asked of the bundle. */
  readonly request: Message;
  readonly error: OpenFlowError;
}

/** The outcome of a bundle. */
export interface BundleResult {
  /**
   * "applied": the switch has done all of it. "rejected": it has done nothing. "unknown": the commit was sent and its reply was lost, so that it is one of the two: read back
   * what the switch has.
   */
  readonly outcome: "applied" | "rejected" | "unknown";
  /** Every error, in the order in which they came. */
  readonly errors: readonly BundleFault[];
  /** What went wrong besides: `ERR_TIMEOUT`, `ERR_ABORTED`, `ERR_CLOSED`, or `EPROTO` for an answer that does not fit or could not be read. */
  readonly cause: SouthboundError | undefined;
}

/** The peer answered a request with an OpenFlow error. Code: `ERR_OPENFLOW`. */
export class OpenFlowError extends SouthboundError {
  /** The error's name in the specification, such as `OFPFMFC_TABLE_FULL`. */
  readonly reason: string;
  /** The message that came. */
  readonly error: ErrorMessage;
  /** What was asked. */
  readonly request: Message;
  /** The request's place among those that were sent together, from 0: in a batch or a bundle. Undefined for one that was sent alone. */
  readonly place: number | undefined;
  /** The switch that it came from, where a controller asked. */
  datapath: bigint | undefined;
  /** What had been answered before: the parts of a multipart reply, or what came of each request of a batch. */
  result: readonly (Message | BulkResult)[] = [];
  /** The outcome of the bundle that the request was part of, where a controller's bundle rejects with this error. */
  bundle: BundleResult | undefined;

  /** @param peer - the connection's name @param place - the request's place among those that were sent together, from 0 */
  constructor(peer: string, error: ErrorMessage, request: Message, place?: number) {
    const reason = errorNameOf(error);
    const which = place === undefined ? "" : `request ${place}, `;
    super(
      "ERR_OPENFLOW",
      `${peer}: ${reason} (${errorMeaning(reason)}) answers ${which}${messageWords(request, error.version as Version, error.xid)}`,
    );
    this.reason = reason;
    this.place = place;
    this.error = error;
    this.request = request;
  }

  /** The transaction id, by which the request was found: whatever the error's excerpt of it is. */
  get xid(): number {
    return this.error.xid;
  }
}
