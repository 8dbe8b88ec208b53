import type { ReplyOf, Request } from "../ofp/mod.js";
import type { Version } from "../schema/mod.js";
import type { WaitOptions } from "../vconn/mod.js";

/** A connection to ask a switch by, as the requests of one concept use it: see `Channel`. */
export interface Asker {
  readonly peer: string;
  readonly version: Version;
  readonly nicira: boolean;
  query<R extends Request>(request: R, options: WaitOptions): Promise<ReplyOf<R>>;
}
