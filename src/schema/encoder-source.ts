import { Chunk } from "../bytes/mod.js";
import { constant, identifier } from "./compile.js";
import { ConstantBytes } from "./constant-bytes.js";
import { plus } from "./fixed-kinds.js";
import type { Step } from "./layout.js";
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
  /** Where the length slot of a field stands that is written before the field. */
  const patch: Record<string, string> = {};
  let put = "const dv=c.dv;let v,x;";
  let base = "p";
  let at = head.start;
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
    put += `v=m.${identifier(name)};if(${kind.inline!.bad("v")})${misfit(name)}${kind.inline!.put(plus("p", offset), "v")}`;
  }
  for (const name of absentFields(plan))
    if (has(name)) put += `if(m.${identifier(name)}!==${initial(name)})absent(plan,${JSON.stringify(name)},m.${name});`;

  const rebase = (q: string): void => {
    put += constants.source(base);
    base = q;
    at = 0;
  };
  plan.steps.forEach((step, i) => {
    const here = plus(base, at);
    const [k, q] = [`k${i}`, `q${i}`];
    switch (step.op) {
      case "pad":
        constants.put(at, step.size, 0);
        at += step.size;
        break;
      case "length":
        ownLength = here;
        at += 2;
        break;
      case "lengthOf":
        patch[step.name] = here;
        at += 2;
        break;
      case "countOf":
        if (has(step.name)) put += `v=m.${identifier(step.name)}.length;if(v>>>0!==v||v>65535)${misfit(step.name)}dv.setUint16(${here},v);`;
        else constants.put(at, 2, (plan.type.initial[step.name] as readonly unknown[]).length);
        at += 2;
        break;
      case "align":
        put += `const ${q}=padTo(c,${here},p,${step.size});`;
        rebase(q);
        break;
      case "rest":
        break;
      case "parts":
      case "field": {
        if (!fieldsOf(step).some(has)) {
          const bytes = initialBytes(plan, step);
          constants.putAll(at, bytes);
          at += bytes.length;
          if (step.op === "field" && patch[step.name] !== undefined) put += `dv.setUint16(${patch[step.name]},${bytes.length});`;
          break;
        }
        if (step.op === "parts") {
          env[k] = step.parts.codec(plan.version, plan.mode);
          put += `const ${q}=${k}.encode(c,${here},m);`;
          rebase(q);
          break;
        }
        const name = identifier(step.name);
        const { kind } = step;
        if (kind.size > 0 && plan.fields[name]!.lazy !== true) {
          const inline = kind.inline!;
          Object.assign(env, inline.env);
          put += `v=m.${name};if(${inline.bad("v")})${misfit(name)}${inline.put(here, "v")}`;
          at += kind.size;
          break;
        }
        env[k] = kind.codec(plan.version, plan.mode);
        if (kind.size > 0) {
          put += `${k}.encode(c,${here},m.${name});`;
          at += kind.size;
          break;
        }
        put += `const ${q}=${k}.encode(c,${here},m.${name});`;
        if (patch[name] !== undefined) put += `v=${q}-(${here});if(v>65535)${misfit(name)}dv.setUint16(${patch[name]},v);`;
        rebase(q);
        break;
      }
    }
  });

  const fixed = base === "p";
  const align = (): void => {
    if (head.align === 1) return;
    if (!fixed) {
      put += `if((q-p)%${head.align}!==0)q=padTo(c,q,p,${head.align});`;
      return;
    }
    const padding = (head.align - (at % head.align)) % head.align;
    constants.put(at, padding, 0);
    at += padding;
  };
  if (!fixed) put += `${constants.source(base)}let q=${plus(base, at)};`;
  if (head.counted) align();
  if (!fixed && (head.lengthAt !== undefined || ownLength !== undefined)) put += `if(q-p>65535)${misfit("length")}`;
  const length = fixed ? String(at) : "q-p";
  if (head.lengthAt !== undefined) {
    put +=
      beforeLength === undefined
        ? `dv.setUint16(${plus("p", head.lengthAt)},${length});`
        : `dv.setUint32(${plus("p", head.lengthAt - 2)},${beforeLength << 16}|${length});`;
  }
  if (ownLength !== undefined) put += `dv.setUint16(${ownLength},${length});`;
  if (!head.counted) align();
  if (fixed) put += constants.source(base);
  return `${put}return ${fixed ? plus("p", at) : "q"}`;
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
