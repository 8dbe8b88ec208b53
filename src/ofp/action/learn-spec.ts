import type { Chunk } from "../../bytes/mod.js";
import { SouthboundError } from "../../errors/mod.js";
import { type Codec, fail, type Json, type Kind, type Mode } from "../../schema/mod.js";
import { knownForm } from "./known-field.js";
import { type FieldRef, header32, put16, refOf32, Subfield } from "./subfield.js";

/** What a learned flow does with a value: it matches on it, puts it into a field, or sends the packet to the port of that number. */
export type LearnTarget = "match" | "load" | "output";

const TARGETS: readonly LearnTarget[] = ["match", "load", "output"];

const MOST_BITS = 0x3ff;
const IMMEDIATE = 1 << 13;
const TARGET_SHIFT = 11;

const BAD = "OFPBAC_BAD_ARGUMENT";
const SHORT = "OFPBAC_BAD_LEN";
const NO_BITS = "OFPBAC_BAD_SET_LEN";

/** One part of the flow that a learn action makes: a value, and what is done with it. Nicira's nx_learn_spec */
export class LearnSpec {
  /** Where the value is from: a field of the packet, or the number itself. */
  readonly source: Subfield | bigint;
  readonly target: LearnTarget;
  /** The field that is matched on or loaded; undefined for an output. */
  readonly dst: Subfield | undefined;
  /** How many bits the value has, 1 to 1023. */
  readonly bits: number;

  constructor(source: Subfield | bigint, target: LearnTarget, dst: Subfield | undefined, bits: number) {
    this.source = source;
    this.target = target;
    this.dst = dst;
    this.bits = bits;
  }

  /** Matches on a field: on what the packet has in `source`, or on a number. */
  static match(dst: Subfield, source: Subfield | bigint = dst): LearnSpec {
    return new LearnSpec(source, "match", dst, dst.bits);
  }

  /** Puts a number, or what the packet has in `source`, into a field. */
  static load(dst: Subfield, source: Subfield | bigint): LearnSpec {
    return new LearnSpec(source, "load", dst, dst.bits);
  }

  /** Sends packets to the port whose number the packet has in `source`. */
  static output(source: Subfield): LearnSpec {
    return new LearnSpec(source, "output", undefined, source.bits);
  }

  /** The parts as JSON; the width stands beside them where it is not theirs. */
  toJSON(): Json {
    return {
      target: this.target,
      source: typeof this.source === "bigint" ? `0x${this.source.toString(16)}` : this.source.toJSON(),
      ...(this.dst === undefined ? {} : { dst: this.dst.toJSON() }),
      bits: this.bits,
    };
  }

  /** From the form of {@link toJSON}. Throws `ERR_USAGE`. */
  static fromJSON(json: Json): LearnSpec {
    const wrong = (): never => {
      throw new SouthboundError("ERR_USAGE", `${JSON.stringify(json)} is no part of a learned flow: give {target, source, dst, bits}`);
    };
    if (typeof json !== "object" || json === null || Array.isArray(json)) return wrong();
    const { target, source, dst, bits } = json;
    if (!TARGETS.includes(target as LearnTarget) || typeof bits !== "number" || source === undefined) return wrong();
    if (typeof source === "string" && !/^0x[0-9a-f]+$/i.test(source)) return wrong();
    return new LearnSpec(
      typeof source === "string" ? BigInt(source) : Subfield.fromJSON(source),
      target as LearnTarget,
      dst === undefined ? undefined : Subfield.fromJSON(dst),
      bits,
    );
  }
}

/** The bytes of a number of so many bits; it stands at their end. */
const immediateSize = (bits: number): number => 2 * Math.ceil(bits / 16);

const PART = 6;

function readNumber(c: Chunk, p: number, size: number): bigint {
  let v = 0n;
  for (let i = 0; i < size; i++) v = (v << 8n) | BigInt(c.u8[p + i]!);
  return v;
}

function readPart(c: Chunk, p: number, bits: number): Subfield {
  const [field, header, experimenter] = refOf32(c.dv.getUint32(p));
  return new Subfield(field, c.dv.getUint16(p + 4), bits, header, experimenter);
}

function writePart(c: Chunk, p: number, v: Subfield, bits: number, what: string): number {
  const header = header32(v);
  if (v.bits !== bits || header === undefined)
    throw new SouthboundError("ERR_RANGE", `${what}: ${v.bits} bits of a field where ${bits} of one with a header of 32 bits are wanted`);
  c.dv.setUint32(p, header);
  put16(c, p + 4, v.offset, what);
  return p + PART;
}

/** The two bytes in front of a part, and how many it takes with them. */
function headAt(c: Chunk, p: number, end: number): { readonly head: number; readonly size: number } {
  const head = c.dv.getUint16(p);
  const target = TARGETS[(head >>> TARGET_SHIFT) & 3];
  const immediate = (head & IMMEDIATE) !== 0;
  if (target === undefined || (target === "output" && immediate)) return fail(BAD, `part 0x${head.toString(16)} of a learned flow`, p);
  const size = 2 + (immediate ? immediateSize(head & MOST_BITS) : PART) + (target === "output" ? 0 : PART);
  return size > end - p ? fail(SHORT, "a part of a learned flow is cut short", p) : { head, size };
}

function readSpec(c: Chunk, p: number, end: number): LearnSpec {
  const { head } = headAt(c, p, end);
  const bits = head & MOST_BITS;
  const target = TARGETS[(head >>> TARGET_SHIFT) & 3]!;
  const immediate = (head & IMMEDIATE) !== 0;
  const size = immediate ? immediateSize(bits) : PART;
  const source = immediate ? readNumber(c, p + 2, size) : readPart(c, p + 2, bits);
  return new LearnSpec(source, target, target === "output" ? undefined : readPart(c, p + 2 + size, bits), bits);
}

function writeSpec(c: Chunk, p: number, v: LearnSpec): number {
  const { source, target, dst, bits } = v;
  const immediate = typeof source === "bigint";
  const wrong = (why: string): never => {
    throw new SouthboundError("ERR_RANGE", `${why}: make it with LearnSpec.match, load or output`);
  };
  if (!(bits >>> 0 === bits && bits > 0 && bits <= MOST_BITS)) wrong(`${bits} bits, where 1 to ${MOST_BITS} are wanted`);
  if ((dst === undefined) !== (target === "output") || (immediate && dst === undefined)) wrong(`${target} with such a source and field`);
  const head = bits | (TARGETS.indexOf(target) << TARGET_SHIFT) | (immediate ? IMMEDIATE : 0);
  c.dv.setUint16(p, head);
  let q = p + 2;
  if (immediate) {
    const size = immediateSize(bits);
    let rest = source;
    for (let i = size - 1; i >= 0; i--) {
      c.dv.setUint8(q + i, Number(rest & 255n));
      rest >>= 8n;
    }
    if (rest !== 0n) wrong(`0x${source.toString(16)} does not fit ${bits} bits`);
    q += size;
  } else q = writePart(c, q, source, bits, "source");
  return dst === undefined ? q : writePart(c, q, dst, bits, "dst");
}

/** Whether the parts end at `p`: with two bytes of zero, or with the bytes that there are. */
function endsAt(c: Chunk, p: number, end: number): boolean {
  if (end - p < 2) return true;
  return c.dv.getUint16(p) === 0;
}

/** Reads the parts at `p` one after another, handing each on as it is read, and answers where they end. */
function eachLearnSpec(c: Chunk, p: number, end: number, take: (spec: LearnSpec) => void): number {
  let q = p;
  while (!endsAt(c, q, end)) {
    const { size } = headAt(c, q, end);
    take(readSpec(c, q, q + size));
    q += size;
  }
  return q;
}

const isUnknown = (ref: FieldRef | undefined): boolean => ref !== undefined && knownForm(ref) === undefined;

const codecOf = (mode: Mode): Codec<readonly LearnSpec[]> => ({
  extent: (_c, _p, end) => end,
  decode(c, p, end) {
    const found: LearnSpec[] = [];
    const q = eachLearnSpec(c, p, end, (spec) => {
      if (mode === "checked" && (isUnknown(spec.dst) || (typeof spec.source !== "bigint" && isUnknown(spec.source))))
        fail("OFPBAC_BAD_SET_TYPE", "a part of a learned flow names a field that is not known", p);
      found.push(spec);
    });
    // Open vSwitch refuses it when it has read them all, in learn_check(); a part of no bits can also be the end of the parts
    if (found.some(({ bits }) => bits === 0)) fail(NO_BITS, "a part of a learned flow has no bits", p);
    for (let i = q; i < end; i++) if (c.u8[i] !== 0) fail(BAD, "bytes behind the parts of a learned flow", i);
    return found;
  },
  encode(c, p, specs) {
    let q = p;
    for (const spec of specs) q = writeSpec(c, q, spec);
    return q;
  },
});

/** The parts of a learned flow, up to the end of the action. */
export const LEARN_SPECS: Kind<readonly LearnSpec[]> = {
  name: "learnSpecs",
  size: 0,
  greedy: true,
  codec: (_version, mode) => codecOf(mode),
  isEmpty: (v) => v.length === 0,
  toJSON: (v) => v.map((x) => x.toJSON()),
  fromJSON(json) {
    if (!Array.isArray(json)) throw new SouthboundError("ERR_USAGE", `${JSON.stringify(json)} is not a list`);
    return json.map((x) => LearnSpec.fromJSON(x));
  },
};
