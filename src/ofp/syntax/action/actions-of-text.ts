import { checkOptions } from "../../../errors/mod.js";
import type { Action } from "../../action/table.js";
import type { Instruction } from "../../instruction/table.js";
import { explained } from "../parse/syntax-fault.js";
import { ACTION_SYNTAX_OPTIONS, type ActionSyntaxOptions, parseActions, parseInstructions } from "./parse-actions.js";

/**
 * Actions in the words of `ovs-ofctl`, for packet-outs, buckets and `apply`: `apply(...actions("set_field:10.0.0.1->ip_dst,output:2"))`.
 * @throws SyntaxFault `ERR_SYNTAX`: the words of `ovs-ofctl`, the place, and what may have been meant
 */
export function actions(text: string, options?: ActionSyntaxOptions): readonly Action[] {
  if (options !== undefined) checkOptions("actions", options, ACTION_SYNTAX_OPTIONS);
  try {
    return parseActions(text, options);
  } catch (e) {
    throw explained("actions", text, e);
  }
}

/**
 * Instructions in the words of `ovs-ofctl`, for flow-mods: `FlowMod.of({ instructions: instructions("output:1,goto_table:2") })`.
 * @throws SyntaxFault as {@link actions} does
 */
export function instructions(text: string, options?: ActionSyntaxOptions): readonly Instruction[] {
  if (options !== undefined) checkOptions("instructions", options, ACTION_SYNTAX_OPTIONS);
  try {
    return parseInstructions(text, options);
  } catch (e) {
    throw explained("instructions", text, e);
  }
}
