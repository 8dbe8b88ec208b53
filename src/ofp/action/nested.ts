import { type Element, type EntryClass, type Field, field, flags, type Instance, nestedList, U16, u8, u16 } from "../../schema/mod.js";
import { action, nicira } from "./header.js";
import { CT_ZONE, type ZoneOrField } from "./subfield-kinds.js";
import type { Action } from "./table.js";

/*
 * The actions that hold actions. Their types are written out, since the type of an action is made from the table that they stand in.
 */

let table: Element<Action> | undefined;

/** Tells the table of actions, once it is there; the classes of this file stand in it. */
export function nestActions(actions: Element<Action>): void {
  table = actions;
}

/** A field that holds a list of actions within an action, 32 levels deep at most. */
const actions = (): Field<readonly Action[]> => nestedList<Action>(() => table!);

/** What tracking does with a connection. (NX_CT_F_*) */
export const CtFlags = {
  /** The connection is remembered. */
  Commit: 1,
  /** A connection that is known in the other direction is forgotten first; with `Commit` only. */
  Force: 2,
} as const;

/** The fields of {@link Ct}. */
export interface CtFields {
  readonly [name: string]: Field<never> | Field<number> | Field<ZoneOrField> | Field<readonly Action[]>;
  /** See {@link CtFlags}. */
  readonly flags: Field<number>;
  /** The zone that connections are told apart in. */
  readonly zone: Field<ZoneOrField>;
  /** The table that the packet goes on in once its connection is known; 255 is none. */
  readonly recircTable: Field<number>;
  /** The port of a protocol whose data tells of further connections: 21 for FTP, 69 for TFTP; 0 is none. */
  readonly alg: Field<number>;
  /** What is done to the connection: {@link Nat}, and set-field of `ct_mark` and `ct_label`. */
  readonly actions: Field<readonly Action[]>;
}

/** Finds the connection of the packet. Nicira's action 35 (NXAST_CT) */
export interface Ct extends Instance {
  readonly type: "ct";
  flags: number;
  zone: ZoneOrField;
  recircTable: number;
  alg: number;
  actions: readonly Action[];
}

const CT_FIELDS: CtFields = {
  flags: flags(U16, CtFlags),
  zone: field<ZoneOrField>(CT_ZONE, 0),
  recircTable: u8(255),
  alg: u16(),
  actions: actions(),
};

/** Finds the connection of the packet. Nicira's action 35 (NXAST_CT) */
export const Ct: EntryClass<CtFields, Ct> = action("Ct", "ct", CT_FIELDS, {
  "1.0+": { key: nicira(35), slots: ["flags", "zone", "recircTable", "pad:3", "alg", "actions"] },
}) as unknown as EntryClass<CtFields, Ct>;

/** The fields of {@link Clone}. */
export interface CloneFields {
  readonly [name: string]: Field<readonly Action[]>;
  /** What is done to the copy. */
  readonly actions: Field<readonly Action[]>;
}

/** Does things to a copy of the packet. Nicira's action 42 (NXAST_CLONE) */
export interface Clone extends Instance {
  readonly type: "clone";
  actions: readonly Action[];
}

const CLONE_FIELDS: CloneFields = { actions: actions() };

/** Does things to a copy of the packet. Nicira's action 42 (NXAST_CLONE) */
export const Clone: EntryClass<CloneFields, Clone> = action("Clone", "clone", CLONE_FIELDS, {
  "1.0+": { key: nicira(42), slots: ["pad:6", "actions"] },
}) as unknown as EntryClass<CloneFields, Clone>;

/** Forgets what is known of the connection of the packet. Nicira's action 43 (NXAST_CT_CLEAR) */
export const CtClear = action("CtClear", "ct-clear", {}, { "1.0+": { key: nicira(43), slots: ["pad:6"] } });
/** See the class. */
export type CtClear = InstanceType<typeof CtClear>;
