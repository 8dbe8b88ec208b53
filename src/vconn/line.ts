import type { Clock } from "../clock/mod.js";
import type { Message } from "../ofp/mod.js";
import type { Version } from "../schema/mod.js";
import type { Transactions, WaitOptions } from "./transactions.js";

/** What a connection offers to senders of many requests. */
export interface Line {
  readonly name: string;
  readonly clock: Clock;
  readonly version: Version;
  readonly transactions: Transactions;
  /**
   * Sends a message under a transaction id.
   * @param inner - where in it another header stands that is to have the id too; 0 for none
   * @returns its length in bytes
   */
  send(message: Message, xid: number, inner: number): number;
  /** Waits for one reply. */
  transact(request: Message, options?: WaitOptions): Promise<Message>;
  /** Reads nothing until the function that comes back is called. */
  hold(): () => void;
}
