import type { Datapath } from "./datapath.js";
import { Owner } from "./owner.js";
import type { WideListener } from "./subscription.js";

/** An {@link Owner} as the registry knows it: with its datapaths, and what it listens to across all of them. */
export class Member extends Owner {
  /** Its views of the main connections, by datapath id. */
  readonly datapaths = new Map<bigint, Datapath>();
  /** Its listeners of states, by event. */
  readonly states = new Map<string, ((...args: never) => unknown)[]>();
  /** Its listeners of messages across all datapaths. */
  readonly wide = new Set<WideListener>();
}
