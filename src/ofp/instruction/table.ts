import { SouthboundError } from "../../errors/mod.js";
import {
  type Codec,
  type Element,
  type Field,
  type Kind,
  list,
  listKind,
  type Member,
  type UnknownElement,
  u8,
  u32,
  u64,
  union,
} from "../../schema/mod.js";
import { ACTIONS, type Action, actions } from "../action/table.js";
import { INSTRUCTION_HEADER, instruction } from "./header.js";
import { StatTrigger } from "./stat-trigger.js";

/** Goes on in another table. OpenFlow 1.3 §7.2.4 (OFPIT_GOTO_TABLE) */
export const GotoTable = instruction("GotoTable", "goto-table", { tableId: u8() }, { "1.1+": { key: [1], slots: ["tableId", "pad:3"] } });
/** See the class. */
export type GotoTable = InstanceType<typeof GotoTable>;

/** Sets bits of the metadata that goes along with the packet. OpenFlow 1.3 §7.2.4 (OFPIT_WRITE_METADATA) */
export const WriteMetadata = instruction(
  "WriteMetadata",
  "write-metadata",
  { metadata: u64(), mask: u64(0xffffffffffffffffn) },
  { "1.1+": { key: [2], slots: ["pad:4", "metadata", "mask"] } },
);
/** See the class. */
export type WriteMetadata = InstanceType<typeof WriteMetadata>;

/** Puts actions into the packet's action set, which is executed when the pipeline ends. OpenFlow 1.3 §7.2.4 (OFPIT_WRITE_ACTIONS) */
export const WriteActions = instruction(
  "WriteActions",
  "write-actions",
  { actions: actions() },
  { "1.1+": { key: [3], slots: ["pad:4", "actions"] } },
);
/** See the class. */
export type WriteActions = InstanceType<typeof WriteActions>;

/** Executes actions at once. OpenFlow 1.3 §7.2.4 (OFPIT_APPLY_ACTIONS) */
export const ApplyActions = instruction(
  "ApplyActions",
  "apply-actions",
  { actions: actions() },
  { "1.1+": { key: [4], slots: ["pad:4", "actions"] } },
);
/** See the class. */
export type ApplyActions = InstanceType<typeof ApplyActions>;

/** Empties the packet's action set. OpenFlow 1.3 §7.2.4 (OFPIT_CLEAR_ACTIONS) */
export const ClearActions = instruction("ClearActions", "clear-actions", {}, { "1.1+": { key: [5], slots: ["pad:4"] } });
/** See the class. */
export type ClearActions = InstanceType<typeof ClearActions>;

/** Puts the packet through a meter. OpenFlow 1.3 §7.2.4 (OFPIT_METER); 1.5 has an action instead */
export const Meter = instruction("Meter", "meter", { meterId: u32() }, { "1.3-1.4": { key: [6], slots: ["meterId"] } });
/** See the class. */
export type Meter = InstanceType<typeof Meter>;

/** Every instruction. */
export const INSTRUCTIONS = union("instruction", INSTRUCTION_HEADER, "OFPBIC_UNKNOWN_INST", [
  ApplyActions,
  GotoTable,
  WriteActions,
  ClearActions,
  WriteMetadata,
  Meter,
  StatTrigger,
]);

/** One instruction; its `type` identifies it. */
export type Instruction = Member<typeof INSTRUCTIONS> | UnknownElement;

/** A field that holds a list of instructions. */
export const instructions = (): Field<readonly Instruction[]> => {
  const made = list(INSTRUCTIONS as Element<Instruction>);
  return { ...made, kind: { ...made.kind, meant } };
};

/** Actions stand within an instruction. */
const meant = (name: string): string | undefined =>
  name === "actions" || ACTIONS.entries.some((e) => e.name === name) ? "[apply(…)]" : undefined;

/** The instruction that executes these actions at once: what OpenFlow 1.0 calls a flow's actions. */
export function apply(...list: Action[]): ApplyActions {
  return ApplyActions.of({ actions: list });
}

const ACTION_LIST = listKind(ACTIONS as Element<Action>);
const NONE: readonly Instruction[] = Object.freeze([]);

/**
 * Instructions as OpenFlow 1.0 has them: a list of actions, which is one apply-actions instruction, or none for a flow that drops.
 */
export const INSTRUCTIONS10: Kind<readonly Instruction[]> = {
  ...listKind(INSTRUCTIONS as Element<Instruction>),
  name: "actions10",
  codec(version, mode): Codec<readonly Instruction[]> {
    const inner = ACTION_LIST.codec(version, mode);
    const of = ApplyActions.maker();
    return {
      decode(c, p, end) {
        return p === end ? NONE : [of({ actions: inner.decode(c, p, end) })];
      },
      encode(c, p, value) {
        const only = value[0];
        if (only === undefined) return p;
        if (only.type !== "apply-actions" || value.length > 1) {
          throw new SouthboundError(
            "ERR_UNSUPPORTED",
            "OpenFlow 1.0 has actions instead of instructions: give one apply-actions instruction, or use OpenFlow 1.1 or later",
          );
        }
        return inner.encode(c, p, only.actions);
      },
      extent: inner.extent,
    };
  },
};
