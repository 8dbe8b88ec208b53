import type { Member, UnknownElement } from "../../schema/mod.js";
import type { ACTIONS } from "../action/table.js";
import type { INSTRUCTIONS } from "../instruction/table.js";
import type { MESSAGES } from "../messages.js";

/** A message of the table, whose `type` determines the fields. */
export type AnyMessage = Member<typeof MESSAGES>;

/** A message of one type. */
export type MessageOf<N extends AnyMessage["type"]> = Extract<AnyMessage, { readonly type: N }>;

/** An action, whose `type` determines the fields. */
export type AnyAction = Member<typeof ACTIONS> | UnknownElement;

/** An instruction, whose `type` determines the fields. */
export type AnyInstruction = Member<typeof INSTRUCTIONS> | UnknownElement;
