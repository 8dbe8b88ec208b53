import { formatIpv4, formatIpv6 } from "../../../bytes/mod.js";
import { Nat, NatFlags, type NatRange } from "../../action/nat.js";

import type { Subfield } from "../../action/subfield.js";
import { type Action, Ct, CtFlags } from "../../action/table.js";
import { CtAlg } from "../../ids.js";
import { readU16 } from "../parse/c-number.js";
import { ANY_PROTOCOL } from "../parse/protocols.js";
import { refuse, SyntaxFault } from "../parse/syntax-fault.js";
import { readNatRange } from "./parse-nat-range.js";
import { type ActionOf, call, flag, type Key, key, sizeOfActs, type Words } from "./shapes.js";
import { choice, PART, table, type ValueKind } from "./value-kinds.js";

/*
 * Connection tracking, and the translation of addresses in it.
 */

type NatAction = ActionOf<"nat">;

/** An IPv6 address in brackets, where a port stands behind it. */
const bracketed = (v: bigint, port: number): string => (port === 0 ? formatIpv6(v) : `[${formatIpv6(v)}]`);

const addressText = (v: number | bigint, port: number): string => (typeof v === "bigint" ? bracketed(v, port) : formatIpv4(v));

function rangeText(range: NatRange | undefined): string {
  if (range === undefined) return "";
  const { min, max, portMin, portMax } = range;
  let text = `=${addressText(min, portMin)}`;
  if (max !== undefined && max !== min) text += `-${addressText(max, portMin)}`;
  if (portMin !== 0) text += `:${portMin}${portMax === 0 || portMax === portMin ? "" : `-${portMax}`}`;
  return text;
}

const SIDES = NatFlags.Src | NatFlags.Dst;
const both = (flags: number, bits: number): boolean => (flags & bits) === bits;
/** Flags count only beside a range. */
const hasRange = (a: NatAction): boolean => (a.flags & SIDES) !== 0 && a.range !== undefined;

/** Irregular: an address range, of which there is one at most. */
const side = (word: string, bit: number, prints: (flags: number) => boolean): Key<NatAction> => ({
  ...flag<NatAction>(word, bit),
  shown: `[${word}[=ADDRESS[-ADDRESS][:PORT[-PORT]]]]`,
  clear(a) {
    a.range = undefined;
  },
  print: (a) => (prints(a.flags) ? word + rangeText(a.range) : ""),
  take({ action }, value) {
    action.flags |= bit;
    action.range = readNatRange(value);
  },
});

export const NAT: Words<NatAction> = call(
  Nat,
  "nat",
  [
    side("src", NatFlags.Src, (flags) => (flags & NatFlags.Src) !== 0),
    side("dst", NatFlags.Dst, (flags) => (flags & SIDES) === NatFlags.Dst),
    flag("persistent", NatFlags.Persistent, hasRange),
    flag("hash", NatFlags.ProtoHash, hasRange),
    flag("random", NatFlags.ProtoRandom, hasRange),
  ],
  {
    size: 48,
    empty: "nat",
    unknown: (k) => `invalid key "${k}" in "nat" argument`,
    finish({ flags }) {
      if (both(flags, SIDES)) refuse('May only specify one of "src" or "dst".');
      if ((flags & SIDES) === 0 && flags !== 0) refuse('Flags allowed only with "src" or "dst".');
      if (both(flags, NatFlags.ProtoHash | NatFlags.ProtoRandom)) refuse('Both "hash" and "random" are not allowed.');
    },
  },
);

type CtAction = ActionOf<"ct">;

const NO_TABLE = 255;
const ANY_NAMED = table((text) => `unknown table ${text}`);

const CT_TABLE: ValueKind<number> = {
  ...ANY_NAMED,
  read(text, r) {
    const v = ANY_NAMED.read(text, r);
    return v === NO_TABLE ? refuse("invalid table 0xff", 0) : v;
  },
};

/** A number, or else part of a field that has it. */
const ZONE: ValueKind<number | Subfield> = {
  shown: "ZONE",
  print: (v, o) => (typeof v === "number" ? String(v) : PART.print(v, o)),
  read(text, r) {
    try {
      return readU16(text, "zone");
    } catch (e) {
      if (!(e instanceof SyntaxFault)) throw e;
      return PART.read(text, r);
    }
  },
};

const zoneKey = key<CtAction, "zone">("zone", "zone", ZONE, 0);
const ALG = choice("ALG", { [CtAlg.Ftp]: "ftp", [CtAlg.Tftp]: "tftp" }, String, { fault: (text) => `invalid conntrack helper "${text}"` });

/** What the connection's actions are behind the translation in front of them. */
function executed({ actions }: CtAction): readonly Action[] {
  return actions[0]?.type === "nat" ? actions.slice(1) : actions;
}

/** Irregular: the actions that it holds are a translation in front and a list behind, under a key each. */
const TRANSLATION: Key<CtAction> = {
  key: "nat",
  shown: "[nat[(...)]]",
  clear() {},
  print({ actions: [first] }, o, list) {
    return first?.type === "nat" ? NAT.print(first, o, list) : "";
  },
  take({ inner }, value, r) {
    inner.push(NAT.read.nat!(value, r));
  },
};

const EXECUTION: Key<CtAction> = {
  key: "exec",
  shown: "[exec(ACTIONS)]",
  clear() {},
  print(a, o, list) {
    const actions = executed(a);
    return actions.length === 0 ? "" : `exec(${list(actions, o)})`;
  },
  take({ inner }, value, r) {
    const before = r.protocols;
    r.protocols = ANY_PROTOCOL;
    inner.push(...r.list(value, "ct"));
    r.protocols &= before;
  },
};

export const CT: Words<CtAction> = call(
  Ct,
  "ct",
  [
    flag("commit", CtFlags.Commit),
    flag("force", CtFlags.Force),
    key("table", "recircTable", CT_TABLE, NO_TABLE),
    {
      ...zoneKey,
      take(found, value, r) {
        const { zone } = found.action;
        zoneKey.take(found, value, r);
        // Open vSwitch keeps both, and the part of a field counts
        if (typeof zone !== "number" && typeof found.action.zone === "number") found.action.zone = zone;
      },
    },
    TRANSLATION,
    EXECUTION,
    key("alg", "alg", ALG, 0),
  ],
  {
    size: ({ inner }) => 48 + sizeOfActs(inner),
    unknown: (k) => `invalid argument to "ct" action: \`${k}'`,
    finish({ flags }) {
      if ((flags & CtFlags.Force) !== 0 && (flags & CtFlags.Commit) === 0) refuse('"force" flag requires "commit" flag.');
    },
  },
);
