import type { Chunk } from "../../../bytes/mod.js";
import { HashFields } from "../../action/hash.js";
import type { Subfield } from "../../action/subfield.js";
import { bitsIn, type Fault, knownForm, MOST_MEMBERS, OPEN_VSWITCH } from "../../check/mod.js";
import type { Instruction } from "../../instruction/table.js";
import { OXM, type OxmField } from "../../oxm/fields.js";
import { PortNo } from "../../port/port-no.js";
import { Rank } from "../action/act.js";
import { ACTION_WORDS } from "../action/action-words.js";
import type { ActionOf } from "../action/shapes.js";
import type { Verifiable } from "../action/verify.js";
import { setFieldValue } from "../match/field-text.js";
import type { AnyAction } from "../types.js";
import { isPort } from "../words.js";
import { noteLack, notePart } from "./field-notes.js";
import { type NoteSink, notePort, warn, warnOwn } from "./note.js";

const MODULE = "ofp_actions";

/** Parts of fields that an action reads or writes, in the order in which Open vSwitch looks at them. */
type Use = readonly [part: Subfield, use: "source" | "destination"];

function usesOf(a: AnyAction): readonly Use[] {
  switch (a.type) {
    case "copy-field":
      return [
        [a.src, "source"],
        [a.dst, "destination"],
      ];
    case "reg-load":
    case "stack-pop":
    case "multipath":
    case "bundle-load":
    case "check-pkt-larger":
      return [[a.dst, "destination"]];
    case "stack-push":
    case "output-reg":
      return [[a.src, "source"]];
    case "ct":
      return typeof a.zone === "number" ? [] : [[a.zone, "source"]];
    case "learn":
      return a.specs.flatMap(({ source, target, dst }): Use[] => [
        ...(typeof source === "bigint" ? [] : [[source, "source"] as const]),
        ...(dst === undefined ? [] : [[dst, target === "match" ? "source" : "destination"] as const]),
      ]);
    default:
      return [];
  }
}

const HASHES: readonly number[] = Object.values(HashFields);

function noteBundle(log: NoteSink, a: ActionOf<"bundle"> | ActionOf<"bundle-load">): void {
  const own = (text: string): void => warnOwn(log, MODULE, "bundle", text);
  if (!HASHES.includes(a.hashFields)) own(`unsupported fields ${a.hashFields}`);
  else if (a.members.length > MOST_MEMBERS) own("too many members");
  else if (a.algorithm > 1) own(`unsupported algorithm ${a.algorithm}`);
  else if (a.memberType !== 2) own(`unsupported member type ${a.memberType}`);
  else if (a.type === "bundle") noteMembers(log, a.members);
  if (a.type === "bundle" || knownForm(a.dst) === undefined) return;
  if (a.dst.bits < 16) own("bundle_load action requires at least 16 bit destination.");
  else noteMembers(log, a.members);
}

function noteMembers(log: NoteSink, members: readonly number[]): void {
  const bad = members.find((port) => (port !== PortNo.Any && !OPEN_VSWITCH.sendsTo(port)) || port === PortNo.Controller);
  if (bad === undefined) return;
  warnOwn(log, "bundle", "check", bad === PortNo.Controller ? "unsupported controller member" : `invalid member ${bad & 0xffff}`);
}

function noteMultipath(log: NoteSink, a: ActionOf<"multipath">): void {
  const needed = 32 - Math.clz32(a.maxLink);
  if (!HASHES.includes(a.hashFields)) warn(log, MODULE, `unsupported fields ${a.hashFields}`);
  else if (a.algorithm > 3) warn(log, MODULE, `unsupported algorithm ${a.algorithm}`);
  else if (a.dst.bits < needed) warn(log, MODULE, `multipath action requires at least ${needed} bits for ${a.maxLink + 1} links`);
  else notePart(log, a.dst, "destination");
}

function noteSetField(log: NoteSink, { field: e, format }: ActionOf<"set-field">, error: string, version: number): void {
  const field = e.field;
  if (error !== "OFPBAC_BAD_SET_ARGUMENT" || field === undefined) return;
  const { name } = field.forms[0]!;
  if (!OPEN_VSWITCH.writes(field)) warn(log, MODULE, `destination field ${name} is not writable`);
  else if (format === "" && version >= 3 && field !== (OXM.inPort as OxmField))
    warn(log, MODULE, `Invalid value for set field ${name}: ${setFieldValue(field, e.value, undefined, {})}`);
}

/** Notes why one action is refused by itself, whatever the packets are: the lines that Open vSwitch logs before it names the error. */
export function noteAction(log: NoteSink, a: AnyAction, error: string, version: number): void {
  switch (a.type) {
    case "output":
      if (version > 1 && !isPort(a.port)) notePort(log, a.port);
      return;
    case "bundle":
    case "bundle-load":
      noteBundle(log, a);
      return;
    case "multipath":
      noteMultipath(log, a);
      return;
    case "set-field":
      noteSetField(log, a, error, version);
      return;
    case "sample":
      if (a.direction > 2) warn(log, MODULE, `invalid sample direction ${a.direction}`);
      return;
    case "learn":
      return;
    case "ct":
      if (typeof a.zone !== "number" && a.zone.bits !== 16 && a.zone.bits > 0 && a.zone.offset + a.zone.bits <= bitsOf(a.zone))
        warn(log, MODULE, `zone n_bits ${a.zone.bits} not within valid range [16..16]`);
      else for (const [part] of usesOf(a)) notePart(log, part, "source");
      return;
    default:
      if (error.startsWith("OFPBAC_BAD_SET")) for (const [part, use] of usesOf(a)) notePart(log, part, use);
  }
}

const bitsOf = (v: Subfield): number => (v.field?.ovs === undefined ? 0 : bitsIn({ ...v.field.forms[0]!, field: v.field }));

/** Notes that a ct action without `commit` has other actions than a plain nat. */
export const noteCommit = (log: NoteSink): void =>
  warn(log, MODULE, "CT action requires commit flag if actions other than NAT without arguments are specified.");

/** Notes why an action does not suit the packets that it is for, where Open vSwitch logs it. */
export function noteUnsuited(log: NoteSink, a: AnyAction, { error, field }: Fault): void {
  if (a.type === "set-field" || a.type === "reg-load") {
    const form = a.type === "set-field" ? a.field.field?.forms[0] : a.dst.field?.forms[0];
    if (error === "OFPBAC_MATCH_INCONSISTENT") warn(log, MODULE, `set_field ${form?.name ?? ""} lacks correct prerequisites`);
    return;
  }
  if (error === "OFPBAC_BAD_OUT_PORT" && (a.type === "bundle" || a.type === "bundle-load")) {
    noteMembers(log, a.members);
    return;
  }
  const use = usesOf(a).find(([part]) => part.field === field && field !== undefined);
  if (use === undefined) return;
  if (error === "OFPBAC_MATCH_INCONSISTENT") noteLack(log, use[0], use[1]);
  else if (error.startsWith("OFPBAC_BAD_SET")) notePart(log, use[0], use[1]);
}

function* allActions(actions: readonly AnyAction[]): Generator<AnyAction> {
  for (const a of actions) {
    if (a.type === "ct" || a.type === "clone") yield* allActions(a.actions);
    yield a;
  }
}

/** Notes which of the instructions' actions does not suit the packets. */
export function noteInstructions(log: NoteSink, instructions: readonly Instruction[], fault: Fault): void {
  const fieldOf = (a: AnyAction): OxmField | undefined =>
    a.type === "set-field" ? a.field.field : usesOf(a).find(([part]) => part.field === fault.field)?.[0].field;
  for (const i of instructions) {
    if (i.type !== "apply-actions" && i.type !== "write-actions") continue;
    for (const a of allActions(i.actions)) {
      if (a.type !== fault.action || fieldOf(a) !== fault.field) continue;
      noteUnsuited(log, a, fault);
      return;
    }
  }
}

/** What Open vSwitch calls an action in errors, where that is not the first word of its text. */
const NAMES: { readonly [N in AnyAction["type"]]?: string } = {
  "bundle-load": "bundle",
  "reg-load": "set_field",
  "pop-vlan": "strip_vlan",
};

function formOfAction(a: AnyAction): Verifiable["form"] {
  if (a.type === "set-field") return a.field.field?.forms[0];
  return a.type === "reg-load" || a.type === "copy-field" ? a.dst.field?.forms[0] : undefined;
}

/** Decoded actions as the rules for lists of them see them. */
export const verifiable = (actions: readonly AnyAction[]): readonly Verifiable[] =>
  actions.map((a) => ({
    name: NAMES[a.type] ?? Object.keys(ACTION_WORDS[a.type].read)[0] ?? a.type,
    rank: a.type === "meter" ? Rank.meter : a.type === "write-metadata" ? Rank.metadata : Rank.apply,
    form: formOfAction(a),
  }));

const IDS = 16;

/** Notes that the action at `q` has fewer bytes than what it lists needs. */
export function noteListed(log: NoteSink, c: Chunk, q: number, length: number, type: string): void {
  if (type === "dec-nw-ttl") {
    const count = c.dv.getUint16(q + 10);
    const text = `Nicira action dec_ttl_cnt_ids only has ${length - IDS} bytes allocated for controller ids.  ${2 * count} bytes are required for ${count} controllers.`;
    if (2 * count > length - IDS) warn(log, MODULE, text);
  } else if (type === "bundle" || type === "bundle-load") {
    const count = c.dv.getUint16(q + 20);
    const text = `Nicira action ${type.replace("-", "_")} only has ${length - 32} bytes allocated for members.  ${2 * count} bytes are required for ${count} members.`;
    if (2 * count > length - 32) warnOwn(log, MODULE, "bundle", text);
  }
}
