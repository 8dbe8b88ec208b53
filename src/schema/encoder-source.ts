import { Chunk } from "../bytes/mod.js";
import { constant, identifier } from "./compile.js";
import { ConstantBytes } from "./constant-bytes.js";
import { plus } from "./fixed-kinds.js";
import type { Step } from "./layout.js";
import { offsets, sizeOfStep } from "./offsets.js";
import { absentFields, fieldsOf, type Plan } from "./plan.js";

/** Room for a value that nobody gave. */
const ROOM = 4096;

/**
 * The writing half of a struct's codec in one version as straight-line source: the body of `encode(c,p,m)`. Constants are written together. A value that does not fit throws
 * RangeError("field"), which the door turns into an error that names the field, by asking the interpreter.
 * @param env - is given what the source calls
 * @param given - the fields that objects have; the others have their initial values, whose bytes are constants. All, unless given
 * @throws where an initial value cannot be written
 */
export function encoderSource(plan: Plan, env: Record<string, unknown>, given?: ReadonlySet<string>): string {
  const { head } = plan;
  const initial = (name: string): string => constant(plan.type.initial[name], `zero$${name}`, env);
  const has = (name: string): boolean => given === undefined || given.has(name);
  const misfit = (name: string): string => `misfit(${JSON.stringify(name)});`;
  const constants = new ConstantBytes();
  /** The bytes of slots none of whose fields an object gives. */
  const fixedBytes = new Map<Step, Uint8Array>();
  for (const step of plan.steps)
    if ((step.op === "field" || step.op === "parts") && !fieldsOf(step).some(has)) fixedBytes.set(step, initialBytes(plan, step));
  // zeros up to the end are those of the alignment
  const { slots, tail } = offsets(plan.steps, head.start, (step) =>
    step.op === "zero" && step.toEnd ? 0 : (fixedBytes.get(step)?.length ?? sizeOfStep(step)),
  );
  /** Where the length slot of a field stands that is written before the field. */
  const patch: Record<string, string> = {};
  let put = "const dv=c.dv;\nlet v,x;\n";
  let base = "p";
  let ownLength: string | undefined;

  for (const [offset, size, value] of head.constants) constants.put(offset, size, value);
  // the type or version that stands before the length is written with it
  const beforeLength = head.lengthAt === undefined || head.lengthAt < 2 ? undefined : constants.take16(head.lengthAt - 2);
  for (const { name, at: offset, kind } of head.fields ?? []) {
    if (!has(name)) {
      constants.put(offset, kind.size, plan.type.initial[name] as number);
      continue;
    }
    Object.assign(env, kind.inline!.env);
    put += `v=m.${identifier(name)};\nif(${kind.inline!.bad("v")})${misfit(name)}\n${kind.inline!.put(plus("p", offset), "v")}\n`;
  }
  for (const name of absentFields(plan))
    if (has(name)) put += `if(m.${identifier(name)}!==${initial(name)})absent(plan,${JSON.stringify(name)},m.${name});\n`;

  const rebase = (q: string): void => {
    put += constants.source(base);
    base = q;
  };
  for (const [i, { step, at, size }] of slots.entries()) {
    const here = plus(base, at);
    const [k, q] = [`k${i}`, `q${i}`];
    switch (step.op) {
      case "pad":
        constants.put(at, size, 0);
        break;
      case "zero":
        if (size > 0) constants.put(at, size, 0);
        break;
      case "length":
        ownLength = here;
        break;
      case "lengthOf":
        patch[step.name] = here;
        break;
      case "countOf":
        if (has(step.name))
          put += `v=m.${identifier(step.name)}.length;\nif(v>>>0!==v||v>65535)${misfit(step.name)}\ndv.setUint16(${here},v);\n`;
        else constants.put(at, 2, (plan.type.initial[step.name] as readonly unknown[]).length);
        break;
      case "align":
        put += `const ${q}=padTo(c,${here},p,${step.size});\n`;
        rebase(q);
        break;
      case "end":
      case "rest":
        break;
      case "parts":
      case "field": {
        const bytes = fixedBytes.get(step);
        if (bytes !== undefined) {
          constants.putAll(at, bytes);
          if (step.op === "field" && patch[step.name] !== undefined) put += `dv.setUint16(${patch[step.name]},${bytes.length});\n`;
          break;
        }
        if (step.op === "parts") {
          env[k] = step.parts.codec(plan.version, plan.mode);
          put += `const ${q}=${k}.encode(c,${here},m);\n`;
          rebase(q);
          break;
        }
        const name = identifier(step.name);
        const { kind } = step;
        if (size > 0 && plan.fields[name]!.lazy !== true) {
          const inline = kind.inline!;
          Object.assign(env, inline.env);
          put += `v=m.${name};\nif(${inline.bad("v")})${misfit(name)}\n${inline.put(here, "v")}\n`;
          break;
        }
        env[k] = kind.codec(plan.version, plan.mode);
        if (size > 0) {
          put += `${k}.encode(c,${here},m.${name});\n`;
          break;
        }
        put += `const ${q}=${k}.encode(c,${here},m.${name});\n`;
        if (patch[name] !== undefined) put += `v=${q}-(${here});\nif(v>65535)${misfit(name)}\ndv.setUint16(${patch[name]},v);\n`;
        rebase(q);
        break;
      }
    }
  }

  const fixed = base === "p";
  let at = tail;
  const align = (): void => {
    if (head.align === 1) return;
    if (!fixed) {
      put += `if((q-p)%${head.align}!==0)q=padTo(c,q,p,${head.align});\n`;
      return;
    }
    const padding = (head.align - (at % head.align)) % head.align;
    constants.put(at, padding, 0);
    at += padding;
  };
  if (!fixed) put += `${constants.source(base)}let q=${plus(base, at)};\n`;
  if (head.counted) align();
  if (!fixed && (head.lengthAt !== undefined || ownLength !== undefined)) put += `if(q-p>65535)${misfit("length")}\n`;
  const length = fixed ? String(at) : "q-p";
  if (head.lengthAt !== undefined) {
    put +=
      beforeLength === undefined
        ? `dv.setUint16(${plus("p", head.lengthAt)},${length});\n`
        : `dv.setUint32(${plus("p", head.lengthAt - 2)},${beforeLength << 16}|${length});\n`;
  }
  if (ownLength !== undefined) put += `dv.setUint16(${ownLength},${length});\n`;
  if (!head.counted) align();
  if (fixed) put += constants.source(base);
  return `${put}return ${fixed ? plus("p", at) : "q"};`;
}

/** The bytes of a slot whose fields have their initial values. */
function initialBytes(plan: Plan, step: Extract<Step, { op: "field" | "parts" }>): Uint8Array {
  const chunk = new Chunk(ROOM);
  const { initial } = plan.type;
  const end =
    step.op === "parts"
      ? step.parts.codec(plan.version, "interpreted").encode(chunk, 0, initial)
      : step.kind.codec(plan.version, "interpreted").encode(chunk, 0, initial[step.name]);
  return chunk.u8.slice(0, end);
}
