import { SouthboundError } from "../errors/mod.js";
import type { Message } from "../ofp/mod.js";
import type { BundleOptions, BundleResult, OpenFlowError, Vconn } from "../vconn/mod.js";

/** How a controller's bundle is done. */
export interface RaisingBundleOptions extends BundleOptions {
  /** Whether a bundle that was not applied rejects; default true. */
  readonly raiseOnError?: boolean | undefined;
}

/** A bundle was not applied, for another reason than an error of the switch. Its code and message are those of its cause. */
export class BundleError extends SouthboundError {
  /** The outcome of the bundle. */
  readonly result: BundleResult;

  constructor(cause: SouthboundError, result: BundleResult) {
    super(
      cause.code,
      `the bundle ${result.outcome === "unknown" ? "may or may not have been applied" : "was not applied"}: ${cause.message}`,
      { cause },
    );
    this.result = result;
  }
}

/** See `Channel.bundle`. @param told - called with the error of each message that has one */
export async function runRaisingBundle(
  vconn: Vconn,
  messages: readonly Message[],
  options: RaisingBundleOptions,
  told: (error: OpenFlowError) => void,
): Promise<BundleResult> {
  const { raiseOnError = true, ...rest } = options;
  const result = await vconn.bundle(messages, rest);
  for (const { error } of result.errors) told(error);
  if (!raiseOnError || result.outcome === "applied") return result;
  const first = result.errors[0]?.error;
  if (first !== undefined) {
    first.bundle = result;
    throw first;
  }
  throw new BundleError(result.cause ?? new SouthboundError("EPROTO", `${vconn.name}: the bundle was ${result.outcome}`), result);
}
