import type { Chunk } from "../bytes/mod.js";
import { DecodeError, SouthboundError } from "../errors/mod.js";
import type { Codec } from "./kind.js";
import { absentFields, checkOf, elementSize, isAbsent, offsetsOf, type Plan, unsupportedField } from "./plan.js";
import { elementEnd, fail, mustBeZero, padTo, zerosToEnd } from "./walk.js";

/** The same error, with `segment` put before its path. */
export function within(e: unknown, segment: string): unknown {
  if (e instanceof DecodeError) {
    const path = e.path === "" ? segment : e.path.startsWith("[") ? segment + e.path : `${segment}.${e.path}`;
    return new DecodeError(e.reason, e.what, e.offset, path);
  }
  return e;
}

function withinValue(e: unknown, name: string): unknown {
  if (e instanceof SouthboundError && e.code === "ERR_RANGE") return new SouthboundError("ERR_RANGE", `${name}: ${e.message}`);
  if (e instanceof SouthboundError) return e;
  if (e instanceof RangeError)
    return new SouthboundError("ERR_TOO_LONG", `${name}: the message does not fit the room that it was given`, { cause: e });
  return new SouthboundError("ERR_RANGE", `${name}: ${e instanceof Error ? e.message : String(e)}`, { cause: e });
}

/**
 * The codec of one struct in one version, walking its slots each time. Its errors name the field. In the mode `checked` the size of a struct that has always the same comes first, and
 * what the class says of all values together last.
 */
export function interpreted<T>(plan: Plan): Codec<T> {
  const { steps, head, fields, reason, type } = plan;
  const { slots, first, least, exact, lengthAt } = offsetsOf(plan);
  const { mode } = plan;
  const checked = mode === "checked";
  const codecs = steps.map((s) =>
    s.op === "field" ? s.kind.codec(plan.version, mode) : s.op === "parts" ? s.parts.codec(plan.version, mode) : undefined,
  );
  const absent = absentFields(plan);
  const headFields = head.fields ?? [];
  const short = `${plan.name} is cut short`;
  const counted: Record<string, number> = {};
  for (const step of steps) {
    if (step.op !== "countOf") continue;
    for (const s of steps) if (s.op === "field" && s.name === step.name) counted[s.name] = elementSize(plan, s.name, s.kind);
  }

  const { exactly = exact, least: atLeast = least } = head.takes ?? {};
  /** The size of a struct before what is in it. */
  const checkSize = (p: number, end: number): void => {
    const size = end - p;
    if (size < atLeast || (exactly > 0 && size !== exactly)) fail(reason, `${plan.name} does not take ${size} bytes`, p);
  };

  /**
   * Goes through the slots of the struct at `p` and returns where the last one ends; `end` for a struct that has a slot `rest`.
   * @param take - is given each slot of fields, by its number, with the bytes in which they lie
   */
  const walk = (c: Chunk, p: number, end: number, take?: (i: number, q: number, stop: number) => void): number => {
    const bounds: Record<string, number> = {};
    /** What the places of slots are counted from, and where the last slot ended. */
    let base = p;
    let q = p + head.start;
    if (end - p < first) fail(reason, short, p);
    for (const [i, { step, at, size, varies, run }] of slots.entries()) {
      const here = base + at;
      q = here + size;
      switch (step.op) {
        case "zero":
          if (step.toEnd) q = end;
          if (take === undefined) break;
          if (step.toEnd) zerosToEnd(c, here, end, step.reason, step.size, reason);
          else mustBeZero(c, here, q, step.reason);
          break;
        case "lengthOf":
          bounds[step.name] = c.dv.getUint16(here);
          break;
        case "countOf":
          bounds[step.name] = c.dv.getUint16(here) * counted[step.name]!;
          break;
        case "align":
          q = here + ((step.size - ((here - p) % step.size)) % step.size);
          if (q > end) fail(reason, short, here);
          break;
        case "end":
          if (here !== end && take !== undefined) fail(step.reason, `bytes behind ${plan.name}`, here);
          break;
        case "rest":
          return end;
        case "parts":
        case "field": {
          const name = step.op === "field" ? step.name : (step.parts.names[0] ?? step.parts.name);
          try {
            const length = bounds[name];
            if (varies) q = length === undefined ? codecs[i]!.extent(c, here, end) : here + length;
            if (q > end) fail(reason, `length of ${name}`, here);
            take?.(i, here, q);
          } catch (e) {
            throw within(e, name);
          }
          break;
        }
      }
      if (!varies) continue;
      base = q;
      if (end - q < run) fail(reason, short, q);
    }
    return q;
  };

  return {
    decode(c, p, end) {
      const got: Record<string, unknown> = { version: plan.version, format: plan.form, chunk: c, epoch: c.epoch };
      if (checked) checkSize(p, end);
      if (end - p < first) fail(reason, short, p);
      for (const { name, at, kind } of headFields)
        got[name] = kind.codec(plan.version, "interpreted").decode(c, p + at, p + at + kind.size);
      const stop = walk(c, p, end, (i, q, e) => {
        const { step } = slots[i]!;
        const codec = codecs[i]!;
        if (step.op === "parts") {
          for (const [n, value] of Object.entries(codec.decode(c, q, e) as object)) if (value !== undefined) got[n] = value;
        } else if (step.op === "field" && fields[step.name]!.lazy === true) {
          checkOf(codec as Codec<unknown>)?.(c, q, e);
          got[`${step.name}At`] = q;
          got[`${step.name}End`] = e;
        } else if (step.op === "field") got[step.name] = codec.decode(c, q, e);
      });
      if (stop !== end) fail(reason, `bytes behind ${plan.name}`, stop);
      const wrong = checked ? plan.check?.(got, plan.version) : undefined;
      if (wrong !== undefined) fail(wrong, plan.name, p);
      return type.build(got) as T;
    },

    encode(c, p, m) {
      const values = m as Record<string, unknown>;
      for (const [at, size, value] of head.constants) c.dv[size === 1 ? "setUint8" : size === 2 ? "setUint16" : "setUint32"](p + at, value);
      for (const { name, at, kind } of headFields) {
        try {
          kind.codec(plan.version, "interpreted").encode(c, p + at, values[name] as number);
        } catch (e) {
          throw withinValue(e, `${plan.name}.${name}`);
        }
      }
      for (const name of absent) if (!isAbsent(plan, name, values[name])) throw unsupportedField(plan, name);
      const patch: Record<string, number> = {};
      let base = p;
      let q = p + head.start;
      for (const [i, { step, at, size, varies }] of slots.entries()) {
        const here = base + at;
        q = here + size;
        switch (step.op) {
          case "pad":
          case "zero":
            for (let k = here; k < q; k++) c.dv.setUint8(k, 0);
            break;
          case "lengthOf":
            patch[step.name] = here;
            break;
          case "countOf": {
            const count = (values[step.name] as { length?: unknown } | undefined)?.length;
            if (typeof count !== "number" || count > 65535)
              throw new SouthboundError("ERR_RANGE", `${plan.name}.${step.name}: at most 65535 elements can be counted`);
            c.dv.setUint16(here, count);
            break;
          }
          case "align":
            q = padTo(c, here, p, step.size);
            break;
          case "parts":
          case "field": {
            const name = step.op === "field" ? step.name : (step.parts.names[0] ?? step.parts.name);
            try {
              q = (codecs[i] as Codec<unknown>).encode(c, here, step.op === "field" ? values[name] : values);
              const told = patch[name];
              if (told !== undefined) {
                if (q - here > 65535) throw new SouthboundError("ERR_TOO_LONG", `${name} takes ${q - here} bytes, more than 65535`);
                c.dv.setUint16(told, q - here);
              }
            } catch (e) {
              throw withinValue(e, `${plan.name}.${name}`);
            }
            break;
          }
        }
        if (varies) base = q;
      }
      if (head.align > 1 && head.counted) q = padTo(c, q, p, head.align);
      for (const at of [head.lengthAt, lengthAt]) {
        if (at === undefined) continue;
        if (q - p > 65535)
          throw new SouthboundError("ERR_TOO_LONG", `${plan.name} takes ${q - p} bytes, more than the 65535 that its length can say`);
        c.dv.setUint16(p + at, q - p);
      }
      if (head.align > 1 && !head.counted) q = padTo(c, q, p, head.align);
      return q;
    },

    extent(c, p, end) {
      if (head.lengthAt !== undefined) {
        const { align, counted } = head;
        const e = elementEnd(c, p, end, { lengthAt: head.lengthAt, min: least, align, counted, reason });
        if (checked) checkSize(p, e);
        return e;
      }
      if (lengthAt === undefined) return walk(c, p, end);
      if (end - p < first) fail(reason, short, p);
      const n = c.dv.getUint16(p + lengthAt);
      if (n < first || n > end - p) fail(reason, "length", p);
      return p + n;
    },
  };
}
