import type { Message } from "../ofp/mod.js";
import { type BulkOptions, type BulkResult, OpenFlowError, type Vconn } from "../vconn/mod.js";

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

/** See `Channel.batch`. */
export async function runBatch(vconn: Vconn, requests: readonly Message[], options: BatchOptions): Promise<BatchResult[]> {
  const { window = WINDOW, raiseOnError = true, ...rest } = options;
  const results = await vconn.transactMultiple(requests, { ...rest, window });
  const refused = raiseOnError ? results.find(({ error }) => error !== null)?.error : undefined;
  if (!(refused instanceof OpenFlowError)) return results;
  refused.result = results;
  throw refused;
}
