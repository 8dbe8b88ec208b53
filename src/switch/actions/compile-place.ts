import type { Action } from "../../ofp/mod.js";
import type { Version } from "../../schema/mod.js";
import type { Step } from "./program.js";

/** Where actions stand, and what they may refer to. */
export interface CompilePlace {
  readonly version: Version;
  /** In a packet-out, where an output may go through the tables; default false. */
  readonly packetOut?: boolean | undefined;
  /** The table of the flow; default 0. */
  readonly tableId?: number | undefined;
  /** How many tables there are. */
  readonly tables: number;
  /** The groups and meters that there are; none by default. */
  readonly groups?: { has(groupId: number): boolean } | undefined;
  readonly meters?: { has(meterId: number): boolean } | undefined;
}

/** An action of one type. */
export type ActionOf<N extends Action["type"]> = Extract<Action, { readonly type: N }>;

/** Makes actions of one type ready. @throws Refusal */
export type Compile<N extends Action["type"]> = (action: ActionOf<N>, place: CompilePlace, compile: CompileList) => Step;

/** Makes a list of actions within another ready. */
export type CompileList = (actions: readonly Action[]) => readonly Step[];

/** How each action of this switch is made ready. A type that is not here is refused; the fields that actions of OpenFlow 1.0 and 1.1 set have their rows in `fieldAction`. */
export type ActionRows = { readonly [N in Action["type"]]?: Compile<N> };
