import { checkOptions, type OptionTable } from "../../../errors/mod.js";
import type { Version } from "../../../schema/mod.js";
import type { Action } from "../../action/table.js";
import type { Instruction } from "../../instruction/table.js";
import type { SyntaxOptions } from "../parse/options.js";
import { SYNTAX_OPTIONS } from "../parse/options.js";
import { readActs } from "./action-list.js";
import { actionsOfActs, instructionsOfActs } from "./acts-of-version.js";

/** What actions are read for. */
export interface ActionSyntaxOptions extends SyntaxOptions {
  /** 4 (OpenFlow 1.3) unless given. */
  readonly version?: Version | undefined;
}

/** What {@link ActionSyntaxOptions} has, for its check. */
export const ACTION_SYNTAX_OPTIONS: OptionTable<ActionSyntaxOptions> = { ...SYNTAX_OPTIONS, version: "number" };

/**
 * The actions that a text such as `set_field:10.0.0.1->ip_dst,output:2` stands for, in the words of `ovs-ofctl` (ovs-actions(7)), as Open vSwitch sends them in a version.
 * @throws SyntaxFault `ERR_SYNTAX` with the words of `ovs-ofctl`
 */
export function parseActions(text: string, o: ActionSyntaxOptions = {}): readonly Action[] {
  checkOptions("parseActions", o, ACTION_SYNTAX_OPTIONS);
  return actionsOfActs(readActs(text, { ports: o.ports, tables: o.tables, log: o.log, protocols: 0 }, false), o.version ?? 4);
}

/**
 * The instructions that a text such as `output:1,write_metadata:5,goto_table:2` stands for: actions are applied. In OpenFlow 1.0 they are one list of actions.
 * @throws SyntaxFault `ERR_SYNTAX` with the words of `ovs-ofctl`
 */
export function parseInstructions(text: string, o: ActionSyntaxOptions = {}): readonly Instruction[] {
  checkOptions("parseInstructions", o, ACTION_SYNTAX_OPTIONS);
  return instructionsOfActs(readActs(text, { ports: o.ports, tables: o.tables, log: o.log, protocols: 0 }, true), o.version ?? 4);
}
