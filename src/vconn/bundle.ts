import { errnoError, type OptionTable, SouthboundError } from "../errors/mod.js";
import {
  BundleAddMessage,
  BundleControl,
  BundleControlType,
  BundleFlags,
  ErrorMessage,
  type KnownMessage,
  type Message,
} from "../ofp/mod.js";
import { atPlace, BULK_OPTIONS, type BulkOptions, sendPaced } from "./bulk.js";
import type { Line } from "./line.js";
import { type BundleFault, type BundleResult, OpenFlowError } from "./openflow-error.js";

/** How a bundle is applied. */
export interface BundleOptions extends Omit<BulkOptions, "stopAtFirst"> {
  /** Whether the messages are done in their order; default true. OpenFlow 1.4 §7.3.9.3 (OFPBF_ORDERED) */
  readonly ordered?: boolean | undefined;
  /** Whether packets see all of it or nothing; default true. OpenFlow 1.4 §7.3.9.3 (OFPBF_ATOMIC) */
  readonly atomic?: boolean | undefined;
  /** Called with the number of messages that the switch has taken, now and then. */
  readonly onProgress?: ((done: number) => void) | undefined;
}

/** What {@link BundleOptions} has, for its check. */
export const BUNDLE_OPTIONS: OptionTable<BundleOptions> = {
  ...BULK_OPTIONS,
  ordered: "boolean",
  atomic: "boolean",
  onProgress: "function",
};

/** Messages in their order: an array, or what makes each when it is asked for, such as `EncodedMessages`. */
export type MessageList = Pick<readonly Message[], "length" | "at">;

const EXPERIMENTER_HEADER = 24;
const STANDARD_HEADER = 16;
const WITH_EXPERIMENTER_BUNDLES = 4;

/** One bundle on its way. OpenFlow 1.4 §6.8, §7.3.9; in OpenFlow 1.3 ONF extension 230 */
class Bundle {
  readonly errors: BundleFault[] = [];
  /** An answer to one of the messages that could not be read. */
  unreadable: SouthboundError | undefined;
  readonly #line: Line;
  readonly #id: number;
  readonly #flags: number;
  readonly #options: BundleOptions;

  constructor(line: Line, id: number, options: BundleOptions) {
    this.#line = line;
    this.#id = id;
    this.#flags = (options.ordered === false ? 0 : BundleFlags.Ordered) | (options.atomic === false ? 0 : BundleFlags.Atomic);
    this.#options = options;
  }

  /** Asks something of the bundle. @returns what went wrong, if anything; an error of the switch is in `errors` then */
  async control(controlType: number): Promise<SouthboundError | undefined> {
    const { timeout } = this.#options;
    const signal = controlType === BundleControlType.DiscardRequest ? undefined : this.#options.signal;
    const request = BundleControl.of({ bundleId: this.#id, controlType, flags: this.#flags });
    try {
      const reply = await this.#line.transact(request, { signal, timeout });
      if (BundleControl.is(reply) && reply.controlType === controlType + 1 && reply.bundleId === this.#id) return undefined;
      const what = BundleControl.is(reply) ? `${reply.type} of type ${reply.controlType} for bundle ${reply.bundleId}` : reply.type;
      return errnoError("EPROTO", `${this.#line.name}: type ${controlType} for bundle ${this.#id} was answered by ${what}`);
    } catch (e) {
      if (e instanceof OpenFlowError) this.errors.push({ index: undefined, request, error: e });
      return bundleError(e);
    }
  }

  /** Puts the messages into it, all of them, whatever becomes of the first ones: the caller wants to know of each that is wrong. */
  async fill(messages: MessageList, first: number): Promise<void> {
    const inner = this.#line.version === WITH_EXPERIMENTER_BUNDLES ? EXPERIMENTER_HEADER : STANDARD_HEADER;
    const add = BundleAddMessage.of({ bundleId: this.#id, flags: this.#flags });
    const send = (i: number): number => {
      try {
        add.message = messages.at(i)!;
        return this.#line.send(add, first + i, inner);
      } catch (e) {
        throw atPlace(e, i);
      }
    };
    await sendPaced(this.#line, messages.length, send, this.#options, undefined, this.#options.onProgress);
  }
}

/** An error that ends a bundle without saying anything about its sender's messages; others are thrown on. */
function bundleError(e: unknown): SouthboundError {
  if (SouthboundError.is(e) && ["ERR_TIMEOUT", "ERR_ABORTED", "ERR_CLOSED", "ERR_OPENFLOW", "EPROTO"].includes(e.code)) return e;
  throw e;
}

/** See `Vconn.bundle`. */
export async function runBundle(line: Line, messages: MessageList, id: number, options: BundleOptions): Promise<BundleResult> {
  const { signal } = options;
  if (signal?.aborted === true) throw line.transactions.aborted(BundleControl.of(), signal);
  const bundle = new Bundle(line, id, options);
  const { errors } = bundle;
  const result = (outcome: BundleResult["outcome"], cause?: SouthboundError): BundleResult => ({
    outcome,
    errors,
    cause: cause?.code === "ERR_OPENFLOW" ? undefined : cause,
  });
  const discard = async (): Promise<void> => {
    const known = errors.length;
    await bundle.control(BundleControlType.DiscardRequest).catch(() => {});
    errors.length = known;
  };

  let cause = await bundle.control(BundleControlType.OpenRequest);
  if (cause !== undefined) {
    if (cause.code === "EPROTO") await discard();
    else if (cause.code === "ERR_TIMEOUT" || cause.code === "ERR_ABORTED") void discard();
    return result("rejected", cause);
  }
  const waiter = {
    reply(message: KnownMessage): void {
      const index = message.xid - first;
      const request = messages.at(index)!;
      if (ErrorMessage.is(message)) errors.push({ index, request, error: new OpenFlowError(line.name, message, request, index) });
    },
    malformed(error: SouthboundError): void {
      bundle.unreadable ??= error;
    },
    // What is asked of the bundle at that time is rejected by the same end.
    end: () => {},
  };
  const first = line.transactions.addRow(Math.max(messages.length, 1), waiter);
  try {
    try {
      await bundle.fill(messages, first);
    } catch (e) {
      try {
        cause = bundleError(e);
      } catch {
        await discard();
        throw e;
      }
      if (cause.code !== "ERR_CLOSED") void discard();
      return result("rejected", cause);
    }
    if (errors.length > 0 || bundle.unreadable !== undefined) {
      await discard();
      return result("rejected", bundle.unreadable);
    }
    cause = await bundle.control(BundleControlType.CommitRequest).catch((e: unknown) => {
      // The connection ended between the barrier and here: the commit was never sent.
      if (SouthboundError.is(e) && e.code === "ENOTCONN") return e;
      throw e;
    });
    if (cause === undefined) return result("applied");
    const nothing = cause.code === "ERR_OPENFLOW" || cause.code === "ENOTCONN";
    return result(nothing ? "rejected" : "unknown", cause);
  } finally {
    line.transactions.release(first, waiter);
  }
}
