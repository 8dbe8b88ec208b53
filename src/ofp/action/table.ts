import { type Element, type Field, list, type Member, type UnknownElement, union } from "../../schema/mod.js";
import { ControllerAction } from "./controller.js";
import { Decap, Encap } from "./encap.js";
import { CheckPktLarger, CopyField, DeleteField, OutputReg, RegLoad, StackPop, StackPush } from "./fields.js";
import { Bundle, BundleLoad, Multipath } from "./hash.js";
import { ACTION_HEADER } from "./header.js";
import { Learn } from "./learn.js";
import { Nat } from "./nat.js";
import { Clone, Ct, CtClear, nestActions } from "./nested.js";
import {
  Conjunction,
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

/** One action; its `type` tells which. */
export type Action = Member<typeof ACTIONS> | UnknownElement;

nestActions(ACTIONS as Element<Action>);

/** A field that holds a list of actions. */
export const actions = (): Field<readonly Action[]> => list(ACTIONS as Element<Action>);
