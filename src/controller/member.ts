import type { Datapath } from "./datapath.js";
import { Owner } from "./owner.js";
import { type Plain, plainCopy } from "./plain.js";
import type { WideListener } from "./subscription.js";

/** An {@link Owner} as the registry knows it: with its datapaths, and what it listens to across all of them. */
export class Member extends Owner {
  /** Its views of the main connections, by datapath id. */
  readonly datapaths = new Map<bigint, Datapath>();
  /** Its listeners of states, by event. */
  readonly states = new Map<string, ((...args: never) => unknown)[]>();
  /** Its listeners of messages across all datapaths. */
  readonly wide = new Set<WideListener>();
  /** When it was loaded, in milliseconds since 1970. */
  readonly since = Date.now();
  /** Makes what it shows of itself. */
  describes: (() => unknown) | null = null;

  /** What it shows of itself; null where that is nothing, or making it fails, which is reported. */
  state(): Plain {
    if (this.describes === null) return null;
    try {
      return plainCopy(`the state of app ${this.name}`, this.describes()).data;
    } catch (e) {
      this.report("describing its state failed", e);
      return null;
    }
  }
}
