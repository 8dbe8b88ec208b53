import type { OxmField, OxmForm } from "../../oxm/fields.js";
import type { AnyAction, AnyInstruction } from "../types.js";

/** The instructions that the parts of a flow's actions belong to, in the order in which they must stand. */
export const Rank = { meter: 0, apply: 1, clear: 2, write: 3, metadata: 4, goto: 5 } as const;

/** The words for {@link Rank}. */
export const RANK_NAMES: readonly string[] = ["meter", "apply_actions", "clear_actions", "write_actions", "write_metadata", "goto_table"];

/**
 * One action or instruction of a text before it is known which version it is for: what Open vSwitch calls an ofpact. The action holds no others; those stand in `inner`.
 */
export class Act {
  /** What Open vSwitch calls it in errors. */
  readonly name: string;
  readonly rank: number;
  readonly action: AnyAction | AnyInstruction;
  /** The bytes that Open vSwitch has for it, which its limits count. */
  size: number;
  /** The form of the field that it writes, where it sets or copies one. */
  readonly form: OxmForm | undefined;
  readonly inner: readonly Act[];
  /** Whether a tag is put in front where there is none: `mod_vlan_vid`, `mod_vlan_pcp`. */
  readonly pushes: boolean;
  /** Whether its text has the word that OpenFlow 1.0 has for it, where that is another one: `strip_vlan` and not `pop_vlan`. */
  inOldWord = false;
  /** Whether the packets have a tag when it is their turn, as far as is known. */
  tagged = false;
  /** The protocol of the packets then; 0 where nothing is known. */
  proto = 0;
  /** Where it starts in the text of its list. */
  at = 0;

  constructor(
    name: string,
    rank: number,
    action: AnyAction | AnyInstruction,
    size: number,
    form: OxmForm | undefined,
    inner: readonly Act[],
    pushes: boolean,
  ) {
    this.name = name;
    this.rank = rank;
    this.action = action;
    this.size = size;
    this.form = form;
    this.inner = inner;
    this.pushes = pushes;
  }

  /** The field that it sets or copies to. */
  get writes(): OxmField | undefined {
    return this.form?.field;
  }
}

/** No acts. */
export const NO_ACTS: readonly Act[] = Object.freeze([]);

/** The bytes of an action of Open vSwitch's that holds little. */
export const SMALL = 8;

/** An action that a list of actions has and that holds no others. @param form - of the field that it writes */
export const act = (name: string, action: AnyAction, size: number = SMALL, form?: OxmForm): Act =>
  new Act(name, Rank.apply, action, size, form, NO_ACTS, false);
