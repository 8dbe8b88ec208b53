import type { Message } from "../ofp/mod.js";
import type { BulkOptions, BulkResult, OpenFlowError, Vconn } from "../vconn/mod.js";

/** How a batch is done. */
export interface BatchOptions extends BulkOptions {
  /** How many requests are in flight at most; default 200. */
  readonly window?: number | undefined;
  /** Whether the first error of the switch rejects when all is done; default true. */
  readonly raiseOnError?: boolean | undefined;
}

/** What came of one request of a batch. */
export type BatchResult = BulkResult;

const WINDOW = 200;

/** See `Channel.batch`. @param told - called with the error of each request that has one, or null */
export async function runBatch(
  vconn: Vconn,
  requests: readonly Message[],
  options: BatchOptions,
  told: (error: OpenFlowError | null) => void,
): Promise<BatchResult[]> {
  const { window = WINDOW, raiseOnError = true, ...rest } = options;
  const results = await vconn.transactMultiple(requests, { ...rest, window });
  for (const { error } of results) told(error);
  const refused = raiseOnError ? results.find(({ error }) => error !== null)?.error : undefined;
  if (refused === undefined || refused === null) return results;
  refused.result = results;
  throw refused;
}
