import { copyBytes } from "../../../bytes/mod.js";
import type { Version } from "../../../schema/mod.js";
import { ControllerAction } from "../../action/controller.js";
import { asSetField, fieldAction } from "../../action/field-actions.js";
import { CheckPktLarger, CopyField, copyList, DeleteField, OutputReg, RegLoad, StackPop, StackPush } from "../../action/fields.js";
import { BundleLoad, Multipath } from "../../action/hash.js";
import { Learn } from "../../action/learn.js";
import { LearnSpec } from "../../action/learn-spec.js";
import { SetField } from "../../action/standard.js";
import { FieldRef, Subfield } from "../../action/subfield.js";
import { type Action, Clone, Ct } from "../../action/table.js";
import { ApplyActions, type Instruction, WriteActions, WriteMetadata } from "../../instruction/table.js";
import { oxmOf } from "../../oxm/entry.js";
import type { MatchInit } from "../../oxm/match.js";
import { MatchEntry } from "../../oxm/match-entry.js";
import { OPTION_BYTES, optionOf } from "../../oxm/option.js";
import { WITH_SET_FIELD } from "../notes/action-heads.js";

/*
 * What Open vSwitch writes in place of actions that it has read: fields by the headers that it prefers, set-field in place of what older versions have for it.
 */

type ActionOf<N extends Action["type"]> = Extract<Action, { readonly type: N }>;

/** The first version that has set-field. */
export /** A field by the header that Open vSwitch writes in a list of headers. The port and the type of service, which are two fields to it by their headers, keep theirs. */
function header(v: FieldRef, list: Version | 0): number {
  const { field } = v;
  if (field === undefined || v.header === 0) return v.header;
  const own = field.forms.find((f) => f.header === v.header || f.size === 0);
  const written = field.written[list] ?? field.forms[0];
  return own !== undefined && own.narrow !== written?.narrow ? v.header : 0;
}

function usual(v: Subfield, list: Version | 0 = 0): Subfield {
  const kept = header(v, list);
  return new Subfield(v.field, v.offset, v.bits, kept, kept === 0 ? 0 : v.experimenter);
}

const set = (init: MatchInit): Action => SetField.of({ field: oxmOf(init) });

const isAllOnes = (mask: unknown, size: number): boolean =>
  mask instanceof Uint8Array
    ? mask.every((b) => b === 0xff)
    : typeof mask === "bigint"
      ? mask === (1n << BigInt(8 * size)) - 1n
      : mask === 2 ** (8 * size) - 1;

/** A value as Open vSwitch writes it: without a mask of all bits, an option of a tunnel without zeros in front. */
function entry(e: MatchEntry, list: Version | 0): MatchEntry {
  const { field } = e;
  if (field === undefined) return e;
  const inList = field.written[list];
  // the list's own form, without a mask, is written as it is
  if (inList !== undefined && inList.size !== 0 && e.header === 0 && e.mask === undefined) return e;
  const own = field.forms.find((f) => f.header === e.header || f.maskedHeader === e.header);
  const written = inList ?? field.forms[0]!;
  const size = (own ?? written).size;
  const mask = e.mask !== undefined && isAllOnes(e.mask, field.kind.size) ? undefined : e.mask;
  if (size === 0) return option(field, e.value as Uint8Array, mask as Uint8Array | undefined);
  // a field that a version does not have goes out by the header of another version
  const kept = inList === undefined ? (own ?? written) : own !== undefined && own.narrow !== written.narrow ? own : undefined;
  const header = kept === undefined ? 0 : mask === undefined ? kept.header : kept.maskedHeader;
  return new MatchEntry(field, header, e.value, mask);
}

/** The bytes of an option without zeros in front. */
function trimmed(bytes: Uint8Array, length: number): Uint8Array {
  return copyBytes(bytes, bytes.length - length);
}

/** The length of an option without zeros in front. */
const significant = (bytes: Uint8Array): number => {
  const first = bytes.findIndex((b) => b !== 0);
  return first < 0 ? 0 : bytes.length - first;
};

/** An option of a tunnel, of which a mask of all bits has all bytes. */
function option(field: MatchEntry["field"], value: Uint8Array, mask: Uint8Array | undefined): MatchEntry {
  const length = Math.max(significant(value), mask === undefined ? 0 : significant(mask));
  const all = mask === undefined || (mask.length === OPTION_BYTES && isAllOnes(mask, 0));
  return new MatchEntry(field, 0, trimmed(value, length), all ? undefined : trimmed(mask, length));
}

/** A load into an option of a tunnel, which goes out with its value and mask in full. */
function optionLoad(a: ActionOf<"reg-load">): Action {
  const shift = BigInt(a.dst.offset);
  const value = optionOf(a.value << shift);
  const mask = optionOf(((1n << BigInt(a.dst.bits)) - 1n) << shift);
  const length = Math.max(significant(value), significant(mask));
  return SetField.of({
    format: "reg-load2",
    field: new MatchEntry(a.dst.field, 0, trimmed(value, length), trimmed(mask, length)),
  });
}

/** The fields alone, without the properties as they were received. */
const controller = (a: ActionOf<"controller">): Action => ControllerAction.of({ ...a, properties: [] });

function spec(s: LearnSpec): LearnSpec {
  const source = typeof s.source === "bigint" ? BigInt.asUintN(8 * Math.ceil(s.bits / 8), s.source) : usual(s.source);
  return new LearnSpec(source, s.target, s.dst === undefined ? undefined : usual(s.dst), s.bits);
}

/** One action as Open vSwitch writes it. */
function resent(a: Action, version: Version): Action {
  const fields = version >= WITH_SET_FIELD;
  const row = fields ? fieldAction(a.type) : undefined;
  // the field of a port is known only with the packets
  if (row?.fields.length === 1) return asSetField(row, a);
  switch (a.type) {
    case "set-tunnel":
      return fields ? set({ tunnelId: a.tunnelId }) : a;
    case "set-field":
      return SetField.of({ format: a.format, field: entry(a.field, a.format === "" && version >= WITH_SET_FIELD ? version : 0) });
    case "reg-load":
      return a.dst.field?.kind.size === 0 ? optionLoad(a) : RegLoad.of({ dst: usual(a.dst), value: a.value });
    case "copy-field": {
      const format = version === 4 ? a.format : "";
      const list = copyList(format, version);
      return CopyField.of({ format, src: usual(a.src, list), dst: usual(a.dst, list) });
    }
    case "stack-push":
      return StackPush.of({ src: usual(a.src) });
    case "stack-pop":
      return StackPop.of({ dst: usual(a.dst) });
    case "check-pkt-larger":
      return CheckPktLarger.of({ pktLen: a.pktLen, dst: usual(a.dst) });
    case "output-reg":
      return OutputReg.of({ format: a.format, src: usual(a.src), maxLen: a.maxLen });
    case "delete-field":
      return DeleteField.of({ field: new FieldRef(a.field.field, header(a.field, 0), a.field.experimenter) });
    case "multipath":
      return Multipath.of({ ...a, dst: usual(a.dst) });
    case "bundle-load":
      return BundleLoad.of({ ...a, memberType: 2, dst: usual(a.dst) });
    case "controller":
      return controller(a);
    case "learn":
      return Learn.of({ ...a, resultDst: a.resultDst === undefined ? undefined : usual(a.resultDst), specs: a.specs.map(spec) });
    case "ct":
      return Ct.of({
        flags: a.flags,
        zone: typeof a.zone === "number" ? a.zone : usual(a.zone),
        recircTable: a.recircTable,
        alg: a.alg,
        actions: resentActions(a.actions, version),
      });
    case "clone":
      return Clone.of({ actions: resentActions(a.actions, version) });
    default:
      return a;
  }
}

/** Actions as Open vSwitch writes them. */
export const resentActions = (actions: readonly Action[], version: Version): readonly Action[] => actions.map((a) => resent(a, version));

const ORDER = ["meter", "apply-actions", "clear-actions", "write-actions", "write-metadata", "goto-table"] as const;

/** Instructions as Open vSwitch writes them: in their order, without empty lists, and with an instruction for metadata that an action writes. */
export function resentInstructions(instructions: readonly Instruction[], version: Version): readonly Instruction[] {
  const found: Instruction[] = [];
  for (const type of ORDER) {
    const i = instructions.find((x) => x.type === type);
    if (i === undefined || (i.type === "meter" && version < 4)) continue;
    if (i.type === "apply-actions") found.push(...applied(i.actions, version));
    else if (i.type !== "write-actions") found.push(i);
    else if (i.actions.length > 0) found.push(WriteActions.of({ actions: resentActions(i.actions, version) }));
  }
  return found;
}

function applied(actions: readonly Action[], version: Version): Instruction[] {
  if (version === 1) return [ApplyActions.of({ actions: resentActions(actions, version) })];
  const found: Instruction[] = [];
  const plain = actions.filter((a) => a.type !== "write-metadata");
  if (plain.length > 0) found.push(ApplyActions.of({ actions: resentActions(plain, version) }));
  for (const a of actions) if (a.type === "write-metadata") found.push(WriteMetadata.of({ metadata: a.metadata, mask: a.mask }));
  return found;
}
