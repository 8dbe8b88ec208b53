import type { Message } from "../ofp/mod.js";
import { BulkError, type BulkOptions, type BulkResult, type OpenFlowError, type Vconn } from "../vconn/mod.js";

/** The options of a batch. */
export interface BatchOptions extends BulkOptions {
  /** How many requests are in flight at most; default 200, and with `stopAtFirst` 1. */
  readonly window?: number | undefined;
  /** Whether the first error of the switch, or answer that could not be read, rejects when all is done; default true. */
  readonly raiseOnError?: boolean | undefined;
}

/** The outcome of one request in a batch. */
export type BatchResult = BulkResult;

const WINDOW = 200;

/** See `Channel.batch`. @param told - called with the error of each request that has one, or null */
export async function runBatch(
  vconn: Vconn,
  requests: readonly Message[],
  options: BatchOptions,
  told: (error: OpenFlowError | null) => void,
): Promise<BatchResult[]> {
  const { raiseOnError = true, ...rest } = options;
  const { window = rest.stopAtFirst === true ? undefined : WINDOW } = rest;
  const results = await vconn.transactMultiple(requests, { ...rest, window });
  for (const { error } of results) told(error);
  const bad = raiseOnError ? results.find(({ error, fault }) => error !== null || fault !== undefined) : undefined;
  if (bad?.error != null) {
    bad.error.result = results;
    throw bad.error;
  }
  if (bad?.fault !== undefined) throw new BulkError(bad.fault, results);
  return results;
}
