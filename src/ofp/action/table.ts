import { named } from "../../errors/mod.js";
import {
  type Element,
  type EntryClass,
  type Field,
  field,
  flags,
  type Instance,
  list,
  type Member,
  U16,
  type UnknownElement,
  u8,
  u16,
  union,
} from "../../schema/mod.js";
import { ControllerAction } from "./controller.js";
import { Decap, Encap } from "./encap.js";
import { CheckPktLarger, CopyField, DeleteField, OutputReg, RegLoad, StackPop, StackPush } from "./fields.js";
import { Bundle, BundleLoad, Multipath } from "./hash.js";
import { ACTION_HEADER, action, nicira } from "./header.js";
import { Learn } from "./learn.js";
import { Nat } from "./nat.js";
import {
  Conjunction,
  CtClear,
  DebugRecirc,
  DebugSlow,
  DecNshTtl,
  Exit,
  FinTimeout,
  Note,
  OutputTrunc,
  PopQueue,
  Resubmit,
  Sample,
  SetTunnel,
  WriteMetadataAction,
} from "./nicira.js";
import {
  SetEthDst,
  SetEthSrc,
  SetIpv4Dst,
  SetIpv4Src,
  SetMplsLabel,
  SetMplsTc,
  SetNwEcn,
  SetNwTos,
  SetTpDst,
  SetTpSrc,
  SetVlanPcp,
  SetVlanVid,
} from "./set.js";
import {
  CopyTtlIn,
  CopyTtlOut,
  DecMplsTtl,
  DecNwTtl,
  Enqueue,
  Group,
  MeterAction,
  Output,
  PopMpls,
  PopPbb,
  PopVlan,
  PushMpls,
  PushPbb,
  PushVlan,
  SetField,
  SetMplsTtl,
  SetNwTtl,
  SetQueue,
} from "./standard.js";
import { CT_ZONE, type ZoneOrField } from "./subfield-kinds.js";

/*
 * The actions that hold actions stand here, beside the table that they hold actions of. Their types are written out, since the type of an action is made from the table.
 */

/** A field that holds a list of actions within an action, 256 levels deep at most. */
const nestedActions = (): Field<readonly Action[]> => list<Action>(() => ACTIONS as Element<Action>);

/** What tracking does with a connection. (NX_CT_F_*) */
export const CtFlags = named("CtFlags", {
  /** The connection is remembered. */
  Commit: 1,
  /** A connection that is known in the other direction is forgotten first; with `Commit` only. */
  Force: 2,
});

/** The fields of {@link Ct}. */
export interface CtFields {
  readonly [name: string]: Field<never> | Field<number> | Field<ZoneOrField> | Field<readonly Action[]>;
  /** See {@link CtFlags}. */
  readonly flags: Field<number>;
  /** The zone in which connections are distinct. */
  readonly zone: Field<ZoneOrField>;
  /** The table that the packet goes on in once its connection is known; 255 is none. */
  readonly recircTable: Field<number>;
  /** The port of a protocol whose data announces further connections: 21 for FTP, 69 for TFTP; 0 is none. */
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
  actions: nestedActions(),
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

const CLONE_FIELDS: CloneFields = { actions: nestedActions() };

/** Does things to a copy of the packet. Nicira's action 42 (NXAST_CLONE) */
export const Clone: EntryClass<CloneFields, Clone> = action("Clone", "clone", CLONE_FIELDS, {
  "1.0+": { key: nicira(42), slots: ["pad:6", "actions"] },
}) as unknown as EntryClass<CloneFields, Clone>;

/** Every action. A new one is a class in this folder and a line here. */
export const ACTIONS = union("action", ACTION_HEADER, "OFPBAC_BAD_TYPE", [
  Output,
  Group,
  SetField,
  PushVlan,
  PopVlan,
  SetQueue,
  Enqueue,
  PushMpls,
  PopMpls,
  PushPbb,
  PopPbb,
  SetMplsTtl,
  DecMplsTtl,
  SetNwTtl,
  DecNwTtl,
  CopyTtlOut,
  CopyTtlIn,
  MeterAction,
  SetVlanVid,
  SetVlanPcp,
  SetEthSrc,
  SetEthDst,
  SetIpv4Src,
  SetIpv4Dst,
  SetNwTos,
  SetNwEcn,
  SetTpSrc,
  SetTpDst,
  SetMplsLabel,
  SetMplsTc,
  CopyField,
  RegLoad,
  StackPush,
  StackPop,
  CheckPktLarger,
  OutputReg,
  DeleteField,
  Resubmit,
  SetTunnel,
  PopQueue,
  Note,
  Exit,
  FinTimeout,
  WriteMetadataAction,
  Sample,
  Conjunction,
  OutputTrunc,
  DecNshTtl,
  DebugSlow,
  DebugRecirc,
  Multipath,
  Bundle,
  BundleLoad,
  ControllerAction,
  Learn,
  Nat,
  Ct,
  Clone,
  CtClear,
  Encap,
  Decap,
]);

/** One action; its `type` identifies it. */
export type Action = Member<typeof ACTIONS> | UnknownElement;

/** A field that holds a list of actions. */
export const actions = (): Field<readonly Action[]> => list(ACTIONS as Element<Action>);
