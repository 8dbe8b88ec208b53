import { type Element, type Field, list, type Member, type UnknownElement, union } from "../../schema/mod.js";
import { ACTION_HEADER } from "./header.js";
import {
  CopyTtlIn,
  CopyTtlOut,
  DecMplsTtl,
  DecNwTtl,
  Enqueue,
  Group,
  Output,
  PopMpls,
  PopVlan,
  PushMpls,
  PushVlan,
  SetEthDst,
  SetEthSrc,
  SetField,
  SetIpv4Dst,
  SetIpv4Src,
  SetMplsTtl,
  SetNwTos,
  SetNwTtl,
  SetQueue,
  SetTpDst,
  SetTpSrc,
  SetVlanPcp,
  SetVlanVid,
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
  SetMplsTtl,
  DecMplsTtl,
  SetNwTtl,
  DecNwTtl,
  CopyTtlOut,
  CopyTtlIn,
  SetVlanVid,
  SetVlanPcp,
  SetEthSrc,
  SetEthDst,
  SetIpv4Src,
  SetIpv4Dst,
  SetNwTos,
  SetTpSrc,
  SetTpDst,
]);

/** One action; its `type` tells which. */
export type Action = Member<typeof ACTIONS> | UnknownElement;

/** A field that holds a list of actions. */
export const actions = (): Field<readonly Action[]> => list(ACTIONS as Element<Action>);
