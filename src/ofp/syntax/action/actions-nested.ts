import { formatIpv4, formatIpv6 } from "../../../bytes/mod.js";
import type { NatRange } from "../../action/nat.js";
import type { Action } from "../../action/table.js";
import { CtAlg } from "../../ids.js";
import type { TextOptions } from "../options.js";
import type { AnyAction } from "../types.js";
import { chomp, tableText } from "../words.js";
import { subfieldText } from "./subfield.js";

type ActionOf<N extends AnyAction["type"]> = Extract<AnyAction, { readonly type: N }>;

const SRC = 1;
const DST = 2;
const PERSISTENT = 4;
const HASH = 8;
const RANDOM = 16;

/** An IPv6 address in brackets, where a port stands behind it. */
const bracketed = (v: bigint, port: number): string => (port === 0 ? formatIpv6(v) : `[${formatIpv6(v)}]`);

const addressText = (v: number | bigint, port: number): string => (typeof v === "bigint" ? bracketed(v, port) : formatIpv4(v));

function rangeText({ min, max, portMin, portMax }: NatRange): string {
  let text = `=${addressText(min, portMin)}`;
  if (max !== undefined && max !== min) text += `-${addressText(max, portMin)}`;
  if (portMin !== 0) text += `:${portMin}${portMax === 0 || portMax === portMin ? "" : `-${portMax}`}`;
  return text;
}

/** The text of a nat action. */
export function natText(a: ActionOf<"nat">): string {
  if ((a.flags & (SRC | DST)) === 0) return "nat";
  let text = `nat(${(a.flags & SRC) === 0 ? "dst" : "src"}`;
  if (a.range !== undefined) {
    text += `${rangeText(a.range)},`;
    if ((a.flags & PERSISTENT) !== 0) text += "persistent,";
    if ((a.flags & HASH) !== 0) text += "hash,";
    if ((a.flags & RANDOM) !== 0) text += "random,";
  }
  return `${chomp(text, ",")})`;
}

const COMMIT = 1;
const FORCE = 2;
export const NO_TABLE = 255;

/**
 * The text of a ct action.
 * @param list - the text of actions
 */
export function ctText(a: ActionOf<"ct">, o: TextOptions, list: (actions: readonly Action[], o: TextOptions) => string): string {
  let text = "ct(";
  if ((a.flags & COMMIT) !== 0) text += "commit,";
  if ((a.flags & FORCE) !== 0) text += "force,";
  if (a.recircTable !== NO_TABLE) text += `table=${tableText(a.recircTable, o)},`;
  if (typeof a.zone !== "number") text += `zone=${subfieldText(a.zone)},`;
  else if (a.zone !== 0) text += `zone=${a.zone},`;
  let { actions } = a;
  const [first] = actions;
  if (first?.type === "nat") {
    text += `${natText(first)},`;
    actions = actions.slice(1);
  }
  if (actions.length > 0) text += `exec(${list(actions, o)}),`;
  if (a.alg !== 0) text += `alg=${a.alg === CtAlg.Ftp ? "ftp" : a.alg === CtAlg.Tftp ? "tftp" : a.alg},`;
  return `${chomp(text, ",")})`;
}
