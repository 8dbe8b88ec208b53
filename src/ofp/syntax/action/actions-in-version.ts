import type { Version } from "../../../schema/mod.js";
import { SetField } from "../../action/standard.js";
import { type FieldRef, formOf } from "../../action/subfield.js";
import type { Action } from "../../action/table.js";
import { type Instruction, Meter, WriteMetadata } from "../../instruction/table.js";
import type { OxmForm } from "../../oxm/fields.js";
import { withImage } from "../../oxm/flow-image.js";
import type { Match } from "../../oxm/match.js";
import type { MatchEntry } from "../../oxm/match-entry.js";
import { Act, act, NO_ACTS, Rank, SMALL } from "./act.js";
import { actionsOfActs, instructionsOfActs } from "./acts-of-version.js";
import { checkActs } from "./check-acts.js";

/*
 * Actions of one version in the words of another, as Open vSwitch has them when a flow of one connection is shown to another one: by way of acts, which belong to no version.
 */

/** The form of the field that an entry has in the lists of a version. */
function formOfEntry({ field, header }: MatchEntry, version: Version): OxmForm | undefined {
  if (field === undefined) return undefined;
  return field.forms.find((f) => f.header === header || f.maskedHeader === header) ?? field.written[version] ?? field.forms[0];
}

const formOfPart = (part: FieldRef): OxmForm | undefined => (part.field === undefined ? undefined : formOf(part, 0));

const holding = (name: string, action: Action, inner: readonly Act[]): Act =>
  new Act(name, Rank.apply, action, SMALL, undefined, inner, false);

function actOf(a: Action, version: Version): Act {
  switch (a.type) {
    case "set-field":
      return act("set_field", SetField.of({ field: a.field }), SMALL, formOfEntry(a.field, a.format === "" ? version : 1));
    case "reg-load":
      return act("load", a, SMALL, formOfPart(a.dst));
    case "set-vlan-vid":
    case "set-vlan-pcp":
      return new Act(a.type, Rank.apply, a, SMALL, undefined, NO_ACTS, version === 1);
    case "write-metadata":
      return new Act(
        "write_metadata",
        Rank.metadata,
        WriteMetadata.of({ metadata: a.metadata, mask: a.mask }),
        SMALL,
        undefined,
        NO_ACTS,
        false,
      );
    case "meter":
      return new Act("meter", Rank.meter, Meter.of({ meterId: a.meterId }), SMALL, undefined, NO_ACTS, false);
    case "ct":
    case "clone":
      return holding(a.type, a, actsOf(a.actions, version));
    default:
      return act(a.type, a);
  }
}

const actsOf = (actions: readonly Action[], version: Version): Act[] => actions.map((a) => actOf(a, version));

const RANKS: Readonly<Record<string, number>> = {
  meter: Rank.meter,
  "clear-actions": Rank.clear,
  "write-actions": Rank.write,
  "write-metadata": Rank.metadata,
  "goto-table": Rank.goto,
};

function actsOfInstructions(instructions: readonly Instruction[], version: Version): Act[] {
  const found = instructions.flatMap((i): Act[] => {
    if (i.type === "apply-actions") return actsOf(i.actions, version);
    const rank = RANKS[i.type];
    if (rank === undefined) return [];
    return [new Act(i.type, rank, i, SMALL, undefined, i.type === "write-actions" ? actsOf(i.actions, version) : NO_ACTS, false)];
  });
  return found.sort((a, b) => a.rank - b.rank);
}

/** Notes in acts what is known of the packets when it is their turn. */
function note(acts: readonly Act[], match: Match | undefined): void {
  withImage((image) => {
    if (match === undefined) image.clear();
    else image.fill(match);
    checkActs(acts, image, 0);
  });
}

/** What every version since OpenFlow 1.1 has in the same words. */
const ALIKE: ReadonlySet<string> = new Set<Action["type"]>([
  "output",
  "group",
  "set-queue",
  "pop-vlan",
  "push-vlan",
  "dec-nw-ttl",
  "note",
  "exit",
]);

const isAlike = (actions: readonly Action[]): boolean => actions.every((a) => ALIKE.has(a.type));

/**
 * Actions in the words of another version. What it cannot say is left out, as Open vSwitch does.
 * @param from - the version that they are of
 * @param match - of the packets that they are for, where that is known
 */
export function actionsIn(actions: readonly Action[], from: Version, to: Version, match?: Match): readonly Action[] {
  if (from > 1 && to > 1 && isAlike(actions)) return actions;
  const acts = actsOf(actions, from);
  note(acts, match);
  return actionsOfActs(acts, to);
}

/** Instructions in the words of another version: see {@link actionsIn}. OpenFlow 1.0 has one list of actions, in which a table is gone to by looking up again. */
export function instructionsIn(instructions: readonly Instruction[], from: Version, to: Version, match: Match): readonly Instruction[] {
  if (from > 1 && to > 1 && instructions.every((i) => i.type === "goto-table" || (i.type === "apply-actions" && isAlike(i.actions))))
    return instructions;
  const acts = actsOfInstructions(instructions, from);
  note(acts, match);
  return instructionsOfActs(acts, to);
}
