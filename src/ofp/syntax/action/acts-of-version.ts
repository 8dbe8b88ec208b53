import type { Version } from "../../../schema/mod.js";
import { actionOfField, asSetField, fieldAction } from "../../action/field-actions.js";
import { RegLoad } from "../../action/fields.js";
import { WITH_MASKS } from "../../action/last-oxm.js";
import { PopQueue, Resubmit, WriteMetadataAction } from "../../action/nicira.js";
import { SetNwEcn, SetVlanPcp, SetVlanVid } from "../../action/set.js";
import { MeterAction, Output, PopVlan, PushVlan, SetField, SetQueue } from "../../action/standard.js";
import { MOST_BITS } from "../../action/subfield-kinds.js";
import { type Action, Clone, Ct } from "../../action/table.js";
import { ApplyActions, type Instruction, WriteActions } from "../../instruction/table.js";
import { isLong, OXM, type OxmForm, type OxmName } from "../../oxm/fields.js";
import { TAGGED } from "../../oxm/flow-places.js";
import { MatchEntry } from "../../oxm/match-entry.js";
import { numberOfBytes, optionOf } from "../../oxm/option.js";
import { givenNumber, toldHeader } from "../match/form.js";
import { WITH_SET_FIELD } from "../notes/action-heads.js";
import { partOf } from "../parse/part.js";
import { refuse } from "../parse/syntax-fault.js";
import { type Act, Rank } from "./act.js";
import { resentActions } from "./resent.js";
import { byOldWord } from "./shapes.js";
import { bitsIn } from "./subfield.js";

/*
 * How Open vSwitch writes the actions of a text in each version: what a version lacks is said with what it has.
 */

type ActionOf<N extends Action["type"]> = Extract<Action, { readonly type: N }>;

const WHOLE_PACKET = 0xffff;

const formOf = (name: OxmName): OxmForm => OXM[name].forms[0]!;

/** Loads of at most 64 bits each for all bits from one on. */
function loadsOfRun(form: OxmForm, start: number, bits: number, value: bigint): Action[] {
  const found: Action[] = [];
  for (let at = 0; at < bits; at += MOST_BITS) {
    const length = Math.min(MOST_BITS, bits - at);
    const made = new RegLoad();
    made.dst = partOf(form, start + at, length);
    made.value = bits <= MOST_BITS ? value : BigInt.asUintN(length, value >> BigInt(at));
    found.push(made);
  }
  return found;
}

/** Loads of at most 64 bits each of which there are as many as the mask has runs of bits. */
function loads(form: OxmForm, value: bigint, mask: bigint): Action[] {
  const found: Action[] = [];
  const bits = bitsIn(form);
  const counts = (at: number): boolean => ((mask >> BigInt(at)) & 1n) === 1n;
  for (let start = 0; start < bits; ) {
    while (start < bits && !counts(start)) start++;
    if (start === bits) break;
    let end = start + 1;
    while (end < bits && end - start < MOST_BITS && counts(end)) end++;
    found.push(RegLoad.of({ dst: partOf(form, start, end - start), value: BigInt.asUintN(end - start, value >> BigInt(start)) }));
    start = end;
  }
  return found;
}

const numberOf = (v: unknown): bigint => (v instanceof Uint8Array ? numberOfBytes(v) : BigInt(v as number | bigint));

/** The value as the form of the field has it. */
const inForm = ({ narrow }: OxmForm, v: unknown): bigint => numberOf(typeof v === "number" ? (narrow?.write(v) ?? v) : v);

/** A set-field where a version has none that suits: loads, or where these cannot name the field, Nicira's with a mask. */
function asLoads(a: ActionOf<"set-field">, form: OxmForm): Action[] {
  const e = a.field;
  if (form.size === 0 || isLong(form.field)) {
    const mask = e.mask ?? (form.size === 0 ? undefined : e.field!.exact);
    return [
      SetField.of({ format: "reg-load2", field: new MatchEntry(e.field, e.header, e.value, e.mask === undefined ? undefined : mask) }),
    ];
  }
  const all = (1n << BigInt(bitsIn(form))) - 1n;
  return loads(form, inForm(form, e.value), e.mask === undefined ? all : numberOf(e.mask));
}

/** What OpenFlow 1.0 and 1.1 have for a set-field. */
function asOld(a: ActionOf<"set-field">, form: OxmForm, tagged: boolean, version: Version): Action[] {
  const value = a.field.value as number;
  switch (form.field.name as OxmName) {
    case "vlanTci": {
      if ((value & TAGGED) === 0) return [PopVlan.of({})];
      const both = [SetVlanVid.of({ vlanVid: value & 0xfff }), SetVlanPcp.of({ vlanPcp: value >>> 13 })];
      return version === 1 || tagged ? both : [PushVlan.of({ ethertype: 0x8100 }), ...both];
    }
    case "ipEcn":
      return version === 1 ? loads(formOf("ipEcn"), BigInt(value), 3n) : [SetNwEcn.of({ ecn: value })];
    case "mplsLabel":
    case "mplsTc":
    case "sctpSrc":
    case "sctpDst":
      return asLoads(a, form);
    default: {
      const old = actionOfField(form.field);
      return old === undefined ? asLoads(a, form) : [old.of(value)];
    }
  }
}

function setField(a: ActionOf<"set-field">, act: Act, version: Version): Action[] {
  const form = act.form!;
  if (version >= WITH_MASKS) return [a];
  if (version < WITH_SET_FIELD) return asOld(a, form, act.tagged, version);
  return a.field.mask === undefined ? [a] : asLoads(a, form);
}

/** A load, which OpenFlow 1.5 has as set-field with a mask. */
function load(a: ActionOf<"reg-load">, form: OxmForm, version: Version): Action[] {
  const { offset, bits } = a.dst;
  const odd = form.size === 0 || isLong(form.field);
  if (version < WITH_MASKS && !odd) return loadsOfRun(form, offset, bits, a.value);
  const value = a.value << BigInt(offset);
  const mask = ((1n << BigInt(bits)) - 1n) << BigInt(offset);
  const entry = entryOf(form, value, mask);
  return [SetField.of({ format: version < WITH_MASKS ? "reg-load2" : "", field: entry })];
}

function entryOf(form: OxmForm, value: bigint, mask: bigint): MatchEntry {
  const { field } = form;
  if (form.size === 0) return new MatchEntry(field, 0, optionOf(value), optionOf(mask));
  const given = (v: bigint): number | bigint => givenNumber(form, v);
  const whole = mask === (1n << BigInt(8 * form.size)) - 1n;
  const { narrow } = form;
  const own =
    narrow === undefined
      ? given(value)
      : (narrow.read(Number(value)) ??
        refuse(`${form.name}: OpenFlow 1.5 cannot load ${value}, of which the two lowest bits have to be 0`));
  return new MatchEntry(field, toldHeader(form, !whole), own, whole ? undefined : given(mask));
}

/** A port by the field of the protocol that the packets have, where one is known. */
function portAction(a: ActionOf<"set-tp-src" | "set-tp-dst">, proto: number, version: Version): Action[] {
  const row = fieldAction(a.type)!;
  const field = row.fields.find(({ requires }) => requires.ipProto?.includes(proto));
  return version < WITH_SET_FIELD || field === undefined ? [a] : [asSetField(row, a, field)];
}

/** Refuses a part of a field whose header has 64 bits, for which there is no room: Open vSwitch sends what no switch reads. */
function refuseLongParts({ specs }: ActionOf<"learn">): void {
  for (const { source, dst } of specs) {
    for (const part of [source, dst]) {
      const field = typeof part === "object" ? part.field : undefined;
      if (field !== undefined && isLong(field))
        refuse(`learn: ${field.words.names[0]} has a header of 64 bits, for which there is no room`);
    }
  }
}

function one(act: Act, version: Version): Action[] {
  const a = act.action as Action;
  switch (a.type) {
    case "set-field":
      return setField(a, act, version);
    case "reg-load":
      return load(a, act.form!, version);
    case "set-vlan-vid":
    case "set-vlan-pcp":
      return act.pushes && version > 1 && !act.tagged ? [PushVlan.of({ ethertype: 0x8100 }), a] : [a];
    case "push-vlan":
      // in OpenFlow 1.0 a tag is put in front by the action that sets it
      return version === 1 ? [] : [a];
    case "set-tp-src":
    case "set-tp-dst":
      return portAction(a, act.proto, version);
    case "set-nw-ecn":
      return version === 1 ? loads(formOf("ipEcn"), BigInt(a.ecn), 3n) : [a];
    case "set-nw-ttl":
      return version === 1 ? loads(formOf("ipTtl"), BigInt(a.ttl), 255n) : [a];
    case "enqueue":
      if (version === 1) return [a];
      return [SetQueue.of({ queueId: a.queueId }), Output.of({ port: a.port, maxLen: WHOLE_PACKET }), PopQueue.of({})];
    case "output-reg":
      // Open vSwitch sends another part
      if (a.src.bits > MOST_BITS) refuse(`output: ${a.src.bits} bits of a field where at most ${MOST_BITS} can be sent`);
      return [a];
    case "learn":
      refuseLongParts(a);
      return [a];
    case "ct":
      return [Ct.of({ flags: a.flags, zone: a.zone, recircTable: a.recircTable, alg: a.alg, actions: list(act.inner, version) })];
    case "clone":
      return [Clone.of({ actions: list(act.inner, version) })];
    default:
      return [a];
  }
}

function list(acts: readonly Act[], version: Version): Action[] {
  const found: Action[] = [];
  for (let i = 0; i < acts.length; i++) {
    const act = acts[i]!;
    if (act.rank === Rank.apply) for (const a of one(act, version)) found.push(a);
    else if (act.action.type === "meter" && version === WITH_MASKS) found.push(MeterAction.of({ meterId: act.action.meterId }));
    else if (act.action.type === "write-metadata" && version === 1) {
      const { metadata, mask } = act.action;
      found.push(WriteMetadataAction.of({ metadata, mask }));
    } else if (act.action.type === "goto-table" && version === 1) found.push(Resubmit.of({ tableId: act.action.tableId }));
  }
  return found;
}

/** Actions of a text in the words of a version; what it cannot say is left out, as Open vSwitch does. */
export const actionsOfActs = (acts: readonly Act[], version: Version): readonly Action[] => resentActions(list(acts, version), version);

/** Instructions of a text in the words of a version, without those that would hold no actions. In OpenFlow 1.0 they are one list of actions, in which a table is gone to by looking up again. */
export function instructionsOfActs(acts: readonly Act[], version: Version): readonly Instruction[] {
  if (version === 1) return [ApplyActions.of({ actions: actionsOfActs(acts, version) })];
  const found: Instruction[] = [];
  const isApplied = (a: Act): boolean => a.rank === Rank.apply || (a.rank === Rank.meter && version === WITH_MASKS);
  for (let i = 0; i < acts.length; ) {
    const act = acts[i]!;
    if (isApplied(act)) {
      let end = i + 1;
      while (end < acts.length && isApplied(acts[end]!)) end++;
      const actions = actionsOfActs(end - i === acts.length ? acts : acts.slice(i, end), version);
      if (actions.length > 0) found.push(ApplyActions.of({ actions }));
      i = end;
      continue;
    }
    if (act.action.type === "write-actions") {
      const actions = actionsOfActs(act.inner, version);
      if (actions.length > 0) found.push(WriteActions.of({ actions }));
    } else if (act.action.type !== "meter" || version >= WITH_METERS) found.push(act.action as Instruction);
    i++;
  }
  return found;
}

const WITH_METERS = 4;

/** An action as it was written, with those that it holds. */
function written({ action, inner, inOldWord }: Act): Action {
  const a = action as Action;
  if (inOldWord) return byOldWord(a);
  if (a.type === "ct") return Ct.of({ flags: a.flags, zone: a.zone, recircTable: a.recircTable, alg: a.alg, actions: inner.map(written) });
  return a.type === "clone" ? Clone.of({ actions: inner.map(written) }) : a;
}

/** Acts as they were written, in no version's words: to be printed. */
export function writtenActs(acts: readonly Act[]): readonly Instruction[] {
  const found: Instruction[] = [];
  let applied: Action[] = [];
  const finish = (): void => {
    if (applied.length > 0) found.push(ApplyActions.of({ actions: applied }));
    applied = [];
  };
  for (const act of acts) {
    if (act.rank === Rank.apply) {
      applied.push(written(act));
      continue;
    }
    finish();
    if (act.action.type === "write-actions") found.push(WriteActions.of({ actions: act.inner.map(written) }));
    else found.push(act.action as Instruction);
  }
  finish();
  return found;
}
