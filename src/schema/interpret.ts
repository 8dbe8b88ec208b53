import { DecodeError, SouthboundError } from "../errors/mod.js";
import type { Codec } from "./kind.js";
import { absentFields, checkOf, elementSize, fixedRun, isAbsent, minimum, type Plan, unsupportedField } from "./plan.js";
import { elementEnd, fail, padTo } from "./walk.js";

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

/** The codec of one struct in one version, walking its slots each time. Its errors name the field. */
export function interpreted<T>(plan: Plan): Codec<T> {
  const { steps, head, fields, reason, type } = plan;
  const codecs = steps.map((s) => (s.op === "field" ? s.kind.codec(plan.version, "interpreted") : undefined));
  const parts = steps.map((s) => (s.op === "parts" ? s.parts.codec(plan.version, "interpreted") : undefined));
  const absent = absentFields(plan);
  const headFields = head.fields ?? [];
  const short = `${plan.name} is cut short`;
  const counted: Record<string, number> = {};
  for (const step of steps) {
    if (step.op !== "countOf") continue;
    for (const s of steps) if (s.op === "field" && s.name === step.name) counted[s.name] = elementSize(plan, s.name, s.kind);
  }

  return {
    decode(c, p, end) {
      const got: Record<string, unknown> = { version: plan.version, format: plan.variant, chunk: c, epoch: c.epoch };
      const bounds: Record<string, number> = {};
      let q = p + head.start;
      let open = false;
      const need = (from: number, base: number): void => {
        if (end - base < q - base + fixedRun(steps, from)) fail(reason, short, base);
      };
      need(0, p);
      for (const { name, at, kind } of headFields)
        got[name] = kind.codec(plan.version, "interpreted").decode(c, p + at, p + at + kind.size);
      steps.forEach((step, i) => {
        switch (step.op) {
          case "pad":
            q += step.size;
            break;
          case "length":
            q += 2;
            break;
          case "lengthOf":
            bounds[step.name] = c.dv.getUint16(q);
            q += 2;
            break;
          case "countOf":
            bounds[step.name] = c.dv.getUint16(q) * counted[step.name]!;
            q += 2;
            break;
          case "align": {
            const next = q + ((step.size - ((q - p) % step.size)) % step.size);
            if (next > end) fail(reason, short, q);
            q = next;
            need(i + 1, q);
            break;
          }
          case "rest":
            open = true;
            break;
          case "parts": {
            const name = step.parts.names[0] ?? step.parts.name;
            try {
              const stop = parts[i]!.extent(c, q, end);
              if (stop > end) fail(reason, `length of ${name}`, q);
              for (const [n, value] of Object.entries(parts[i]!.decode(c, q, stop))) if (value !== undefined) got[n] = value;
              q = stop;
            } catch (e) {
              throw within(e, name);
            }
            need(i + 1, q);
            break;
          }
          case "field": {
            const { name, kind } = step;
            const codec = codecs[i]!;
            try {
              if (kind.size > 0 && fields[name]!.lazy !== true) {
                got[name] = codec.decode(c, q, q + kind.size);
                q += kind.size;
                break;
              }
              const length = bounds[name];
              const stop = kind.size > 0 ? q + kind.size : length === undefined ? codec.extent(c, q, end) : q + length;
              if (stop > end) fail(reason, `length of ${name}`, q);
              if (fields[name]!.lazy === true) {
                checkOf(codec)?.(c, q, stop);
                got[`${name}At`] = q;
                got[`${name}End`] = stop;
              } else got[name] = codec.decode(c, q, stop);
              q = stop;
            } catch (e) {
              throw within(e, name);
            }
            need(i + 1, q);
            break;
          }
        }
      });
      if (!open && q !== end) fail(reason, `bytes behind ${plan.name}`, q);
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
      let ownLength: number | undefined;
      let q = p + head.start;
      steps.forEach((step, i) => {
        switch (step.op) {
          case "pad":
            for (let k = 0; k < step.size; k++) c.dv.setUint8(q + k, 0);
            q += step.size;
            break;
          case "length":
            ownLength = q;
            q += 2;
            break;
          case "lengthOf":
            patch[step.name] = q;
            q += 2;
            break;
          case "countOf": {
            const count = (values[step.name] as { length?: unknown } | undefined)?.length;
            if (typeof count !== "number" || count > 65535)
              throw new SouthboundError("ERR_RANGE", `${plan.name}.${step.name}: at most 65535 elements can be counted`);
            c.dv.setUint16(q, count);
            q += 2;
            break;
          }
          case "align":
            q = padTo(c, q, p, step.size);
            break;
          case "rest":
            break;
          case "parts":
            try {
              q = parts[i]!.encode(c, q, values);
            } catch (e) {
              throw withinValue(e, `${plan.name}.${step.parts.names[0] ?? step.parts.name}`);
            }
            break;
          case "field": {
            const start = q;
            try {
              q = codecs[i]!.encode(c, q, values[step.name]);
              const lengthAt = patch[step.name];
              if (lengthAt !== undefined) {
                if (q - start > 65535) throw new SouthboundError("ERR_TOO_LONG", `${step.name} takes ${q - start} bytes, more than 65535`);
                c.dv.setUint16(lengthAt, q - start);
              }
            } catch (e) {
              throw withinValue(e, `${plan.name}.${step.name}`);
            }
            break;
          }
        }
      });
      if (head.align > 1 && head.counted) q = padTo(c, q, p, head.align);
      for (const at of [head.lengthAt === undefined ? undefined : p + head.lengthAt, ownLength]) {
        if (at === undefined) continue;
        if (q - p > 65535)
          throw new SouthboundError("ERR_TOO_LONG", `${plan.name} takes ${q - p} bytes, more than the 65535 that its length can say`);
        c.dv.setUint16(at, q - p);
      }
      if (head.align > 1 && !head.counted) q = padTo(c, q, p, head.align);
      return q;
    },

    extent(c, p, end) {
      if (head.lengthAt !== undefined) {
        const { lengthAt, align, counted } = head;
        return elementEnd(c, p, end, { lengthAt, min: minimum(plan), align, counted, reason });
      }
      let q = p + head.start;
      const need = (from: number, base: number): void => {
        if (end - base < q - base + fixedRun(steps, from)) fail(reason, short, base);
      };
      need(0, p);
      const bounds: Record<string, number> = {};
      for (const [i, step] of steps.entries()) {
        switch (step.op) {
          case "length": {
            const n = c.dv.getUint16(q);
            if (n < fixedRun(steps, 0) || n > end - p) fail(reason, "length", p);
            return p + n;
          }
          case "pad":
            q += step.size;
            break;
          case "lengthOf":
          case "countOf":
            bounds[step.name] = c.dv.getUint16(q) * (step.op === "lengthOf" ? 1 : counted[step.name]!);
            q += 2;
            break;
          case "align":
            q += (step.size - ((q - p) % step.size)) % step.size;
            if (q > end) fail(reason, short, q);
            need(i + 1, q);
            break;
          case "rest":
            return end;
          case "parts":
            q = parts[i]!.extent(c, q, end);
            need(i + 1, q);
            break;
          case "field": {
            const length = bounds[step.name];
            const start = q;
            q = step.kind.size > 0 ? q + step.kind.size : length === undefined ? codecs[i]!.extent(c, q, end) : q + length;
            if (q > end) fail(reason, `length of ${step.name}`, start);
            if (step.kind.size === 0) need(i + 1, q);
            break;
          }
        }
      }
      return q;
    },
  };
}
