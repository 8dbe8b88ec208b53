import type { Act } from "../action/act.js";
import type { SyntaxOptions } from "./options.js";

/** What is known while actions are read: what names stand for, and the protocols that can have what was read so far. */
export interface ActionReading extends SyntaxOptions {
  protocols: number;
}

/** What holds a list of actions; empty for a flow, a bucket or a packet-out. */
export type Outer = "" | "ct" | "clone" | "write_actions";

/** Reads actions, and the lists that actions hold. */
export interface ListReading extends ActionReading {
  /** Reads a list of actions within another action. Throws {@link SyntaxFault}. */
  list(text: string, outer: Outer): readonly Act[];
}

/** Reads what stands behind the name of an action. Throws {@link SyntaxFault}. */
export type ReadAction = (text: string, r: ListReading) => Act;

/** The next multiple of 8. */
export const round8 = (n: number): number => (n + 7) & ~7;
