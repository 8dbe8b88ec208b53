import { knownForm } from "../../ofp/check/mod.js";
import {
  type Action,
  FinTimeout,
  FlowModFlags,
  LearnFlags,
  type LearnSpec,
  Match,
  MatchEntry,
  Output,
  type OxmField,
  RegLoad,
  type Subfield,
} from "../../ofp/mod.js";
import type { Packet } from "../packet/packet.js";
import { partWithin } from "./compile-part.js";
import type { ActionRows, CompileList } from "./compile-place.js";
import { type Clause, type Learned, usesOf } from "./program.js";
import { reader, writer } from "./subfields.js";

const NO_CLAUSES: readonly Clause[] = [];
const PORTS16 = 0xffff;

/** What gives a value of a packet. */
type Source = (packet: Packet) => bigint;

const sourceOf = ({ source }: LearnSpec): Source => (typeof source === "bigint" ? () => source : reader(partWithin(source)));

/** One field of the match of a learned flow, of which parts are matched on: how each is put together. */
interface LearnedField {
  readonly field: OxmField;
  readonly parts: readonly { readonly shift: bigint; readonly value: Source }[];
  readonly mask: bigint;
}

/** The fields that the parts of a learned flow match on. A value counts in the bits of the form that is named. */
function fieldsOf(specs: readonly LearnSpec[]): LearnedField[] {
  const found = new Map<OxmField, { field: OxmField; parts: { shift: bigint; value: Source }[]; mask: bigint }>();
  for (const spec of specs) {
    if (spec.target !== "match" || spec.dst === undefined) continue;
    const { field, narrow } = knownForm(partWithin(spec.dst))!;
    const entry = found.get(field) ?? { field, parts: [], mask: 0n };
    found.set(field, entry);
    const value = sourceOf(spec);
    const read = narrow === undefined ? value : (packet: Packet) => BigInt(narrow.read(Number(value(packet))) ?? 0);
    entry.parts.push({ shift: BigInt(narrow === undefined ? spec.dst.offset : 0), value: read });
    entry.mask |= narrow === undefined ? ((1n << BigInt(spec.bits)) - 1n) << BigInt(spec.dst.offset) : BigInt(field.exact);
  }
  return [...found.values()];
}

const natural = (field: OxmField, v: bigint): number | bigint => (field.kind.size >= 8 ? v : Number(v));

function entryOf({ field, parts, mask }: LearnedField, packet: Packet): MatchEntry {
  let value = 0n;
  for (const { shift, value: part } of parts) value |= part(packet) << shift;
  const all = mask === BigInt(field.exact);
  return new MatchEntry(field, 0, natural(field, value & mask), all ? undefined : natural(field, mask));
}

/** An action of a learned flow, of a packet. */
function actionOf(spec: LearnSpec): ((packet: Packet) => Action) | undefined {
  const value = sourceOf(spec);
  if (spec.target === "output")
    return (packet) => {
      const port = Number(value(packet));
      return Output.of({ port: port > 0xfeff && port <= PORTS16 ? port + 0xffff_0000 : port, maxLen: PORTS16 });
    };
  const { dst } = spec;
  return spec.target === "load" ? (packet) => RegLoad.of({ dst: dst as Subfield, value: value(packet) }) : undefined;
}

/** What makes a flow of a packet. Nicira's learn action */
export const LEARN_ROWS: ActionRows = {
  learn(a, _place, compile: CompileList) {
    const fields = fieldsOf(a.specs);
    const made = a.specs.flatMap((spec) => actionOf(spec) ?? []);
    for (const { target, dst } of a.specs) if (target === "load" && dst !== undefined) partWithin(dst);
    const { finIdleTimeout, finHardTimeout, tableId, limit, resultDst } = a;
    const fin =
      finIdleTimeout !== 0 || finHardTimeout !== 0 ? [FinTimeout.of({ idleTimeout: finIdleTimeout, hardTimeout: finHardTimeout })] : [];
    const flags = (a.flags & LearnFlags.SendFlowRem) !== 0 ? FlowModFlags.SendFlowRem : 0;
    const tell = resultDst === undefined ? undefined : writer(partWithin(resultDst));
    return (x) => {
      const { packet } = x;
      const actions: Action[] = [...fin, ...made.map((make) => make(packet))];
      const learned: Learned = {
        tableId,
        limit,
        flags,
        match: new Match(fields.map((f) => entryOf(f, packet))),
        priority: a.priority,
        cookie: a.cookie,
        idleTimeout: a.idleTimeout,
        hardTimeout: a.hardTimeout,
        actions,
        program: {
          meter: 0,
          apply: compile(actions),
          clear: false,
          write: [],
          metadata: undefined,
          goto: -1,
          clauses: NO_CLAUSES,
          uses: usesOf(actions),
        },
      };
      const done = x.learn(learned);
      tell?.(packet, done ? 1n : 0n);
      return true;
    };
  },
};
