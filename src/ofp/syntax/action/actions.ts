import { checkOptions } from "../../../errors/mod.js";
import type { Version } from "../../../schema/mod.js";
import type { Action } from "../../action/table.js";
import { withOldMeters } from "../../check/mod.js";
import type { Instruction } from "../../instruction/table.js";
import { noteDeprecated, WITH_SET_FIELD } from "../notes/action-heads.js";
import type { NoteSink } from "../notes/note.js";
import type { TextOptions } from "../options.js";
import { TEXT_OPTIONS } from "../options.js";
import type { AnyAction, AnyInstruction } from "../types.js";
import { ACTION_WORDS } from "./action-words.js";
import { INSTRUCTION_WORDS } from "./instruction-words.js";
import type { PrintList, Words } from "./shapes.js";

/** The order in which instructions are executed, in which they are printed. */
const ORDER = Object.keys(INSTRUCTION_WORDS) as AnyInstruction["type"][];

const one = (a: AnyAction, o: TextOptions): string => (ACTION_WORDS[a.type] as Words<AnyAction>).print(a, o, list);

const list: PrintList = (actions, o) => {
  let text = "";
  for (let i = 0; i < actions.length; i++) text += i === 0 ? one(actions[i]!, o) : `,${one(actions[i]!, o)}`;
  return text;
};

/** What takes the lines that Open vSwitch logs of what it prints. */
interface Noting {
  readonly log?: NoteSink | undefined;
}

/** Actions that Set-Field replaces since OpenFlow 1.2. */
const OLD: { readonly [N in AnyAction["type"]]?: string } = {
  "set-vlan-vid": "OFPAT_SET_VLAN_VID",
  "set-vlan-pcp": "OFPAT_SET_VLAN_PCP",
  "set-eth-src": "OFPAT_SET_DL_SRC",
  "set-eth-dst": "OFPAT_SET_DL_DST",
  "set-ipv4-src": "OFPAT_SET_NW_SRC",
  "set-ipv4-dst": "OFPAT_SET_NW_DST",
  "set-nw-tos": "OFPAT_SET_NW_TOS",
  "set-nw-ecn": "OFPAT_SET_NW_ECN",
  "set-tp-src": "OFPAT_SET_TP_SRC",
  "set-tp-dst": "OFPAT_SET_TP_DST",
  "set-mpls-label": "OFPAT_SET_MPLS_LABEL",
  "set-mpls-tc": "OFPAT_SET_MPLS_TC",
  "set-mpls-ttl": "OFPAT_SET_MPLS_TTL",
};

function noteOld(log: NoteSink, actions: readonly AnyAction[], version: Version = 4): void {
  if (version < WITH_SET_FIELD) return;
  for (const a of actions) {
    if (a.type === "ct" || a.type === "clone") noteOld(log, a.actions, version);
    const name = OLD[a.type];
    if (name !== undefined) noteDeprecated(log, name, version);
  }
}

/** The text of actions, such as `output:1,CONTROLLER:128`; `drop` where there are none. */
export function formatActions(actions: readonly Action[], o: TextOptions & Noting = {}): string {
  checkOptions("formatActions", o, TEXT_OPTIONS);
  if (o.log !== undefined) noteOld(o.log, actions, o.version);
  return actions.length === 0 ? "drop" : list(actions, o);
}

const instruction = (i: AnyInstruction, o: TextOptions): string => (INSTRUCTION_WORDS[i.type] as Words<AnyInstruction>).print(i, o, list);

/** The text of instructions, such as `write_metadata:0x1,goto_table:2`: the actions that are applied stand for themselves, and `drop` where nothing is done. */
export function formatInstructions(instructions: readonly Instruction[], o: TextOptions & Noting = {}): string {
  checkOptions("formatInstructions", o, TEXT_OPTIONS);
  if (o.log !== undefined) for (const i of instructions) if ("actions" in i) noteOld(o.log, i.actions, o.version);
  const all = withOldMeters(instructions, o.version);
  if (all.length === 0) return "drop";
  if (all.length === 1) return instruction(all[0]!, o) || "drop";
  let text = "";
  for (let n = 0; n < ORDER.length; n++) {
    for (let i = 0; i < all.length; i++) {
      const found = all[i]!;
      if (found.type !== ORDER[n]) continue;
      const told = instruction(found, o);
      if (told !== "") text += text === "" ? told : `,${told}`;
    }
  }
  return text === "" ? "drop" : text;
}

const formsOf = (rows: Readonly<Record<string, Words<never>>>): Readonly<Record<string, readonly string[]>> =>
  Object.fromEntries(Object.entries(rows).map(([type, { forms }]) => [type, forms]));

/** How the text of each action is written, by its `type`: capitals stand for values, brackets for what may be left out; empty for an action that Open vSwitch does not read. */
export const actionForms = (): Readonly<Record<string, readonly string[]>> => formsOf(ACTION_WORDS);

/** How the text of each instruction is written; see {@link actionForms}. */
export const instructionForms = (): Readonly<Record<string, readonly string[]>> => formsOf(INSTRUCTION_WORDS);
