import { constant, identifier } from "./compile.js";
import { plus } from "./fixed-kinds.js";
import { checkOf, elementSize, offsetsOf, type Plan } from "./plan.js";

/**
 * The reading half of a struct's codec in one version as straight-line source: the bodies of `decode(c,p,end)` and `extent(c,p,end)`. Offsets are folded into constants, fixed fields are read in
 * place, and parts of varying size call the codec of their kind.
 * @param env - is given what the source calls; `G` is the class's constructor
 */
export function decoderSource(plan: Plan, env: Record<string, unknown>): { readonly decode: string; readonly extent: string } {
  const { head } = plan;
  const { slots, first, tail } = offsetsOf(plan);
  const initial = (name: string): string => constant(plan.type.initial[name], `zero$${name}`, env);
  const reason = JSON.stringify(plan.reason);
  const what = JSON.stringify(`${plan.name} is cut short`);
  /** The source of each stored value. */
  const values: Record<string, string> = {};
  /** What holds the length of a field that another slot states. */
  const bound: Record<string, string> = {};
  let get = "const dv=c.dv;\n";
  let base = "p";
  let ownLength: string | undefined;
  let open = false;

  for (const { name, at: offset, kind } of head.fields ?? []) {
    Object.assign(env, kind.inline!.env);
    values[name] = kind.inline!.get(plus("p", offset));
  }
  /** Goes on behind a slot of varying size, with `run` fixed bytes to come. */
  const rebase = (q: string, run: number): void => {
    base = q;
    if (run > 0) get += `if(end-${base}<${run})fail(${reason},${what},${base});\n`;
  };
  rebase("p", first);

  for (const [i, { step, at, size, run }] of slots.entries()) {
    const here = plus(base, at);
    const [k, q, start, v, n] = [`k${i}`, `q${i}`, `s${i}`, `v${i}`, `n${i}`];
    switch (step.op) {
      case "pad":
        break;
      case "zero":
        if (step.toEnd) {
          get += `zerosToEnd(c,${here},end,${JSON.stringify(step.reason)},${step.size},${reason});\n`;
          rebase("end", run);
        } else get += `mustBeZero(c,${here},${plus(base, at + size)},${JSON.stringify(step.reason)});\n`;
        break;
      case "length":
        ownLength = here;
        break;
      case "lengthOf":
        get += `const ${n}=dv.getUint16(${here});\n`;
        bound[step.name] = n;
        break;
      case "countOf": {
        const list = plan.steps.find((s) => s.op === "field" && s.name === step.name)!;
        const each = elementSize(plan, step.name, (list as Extract<typeof list, { op: "field" }>).kind);
        get += `const ${n}=dv.getUint16(${here})*${each};\n`;
        bound[step.name] = n;
        break;
      }
      case "align":
        get += `const ${q}=${here}+(${step.size}-(${here}-p)%${step.size})%${step.size};\nif(${q}>end)fail(${reason},${what},${here});\n`;
        rebase(q, run);
        break;
      case "end":
        get += `if(${here}!==end)fail(${JSON.stringify(step.reason)},${JSON.stringify(`bytes behind ${plan.name}`)},${here});\n`;
        break;
      case "rest":
        open = true;
        break;
      case "parts":
        env[k] = step.parts.codec(plan.version, plan.mode);
        get += `const ${start}=${here};\nconst ${q}=${k}.extent(c,${start},end);\n`;
        get += `if(${q}>end)fail(${reason},${JSON.stringify(`length of ${step.parts.names[0] ?? step.parts.name}`)},${start});\n`;
        get += `const ${v}=${k}.decode(c,${start},${q});\n`;
        for (const name of step.parts.names) values[name] = `(${v}.${identifier(name)}===undefined?${initial(name)}:${v}.${name})`;
        rebase(q, run);
        break;
      case "field": {
        const name = identifier(step.name);
        const { kind } = step;
        const lazy = plan.fields[name]!.lazy === true;
        if (size > 0) {
          if (lazy) {
            values[name] = "undefined";
            values[`${name}At`] = here;
            values[`${name}End`] = plus(base, at + size);
          } else {
            Object.assign(env, kind.inline!.env);
            values[name] = kind.inline!.get(here);
          }
          break;
        }
        const codec = kind.codec(plan.version, plan.mode);
        env[k] = codec;
        const length = bound[name];
        get += `const ${start}=${here};\n`;
        get += `const ${q}=${length === undefined ? `${k}.extent(c,${start},end)` : `${start}+${length}`};\n`;
        get += `if(${q}>end)fail(${reason},"length of ${name}",${start});\n`;
        if (lazy) {
          const check = checkOf(codec);
          if (check !== undefined) {
            env[`check${i}`] = check;
            get += `check${i}(c,${start},${q});\n`;
          }
          values[name] = "undefined";
          values[`${name}At`] = start;
          values[`${name}End`] = q;
        } else {
          get += `const ${v}=${k}.decode(c,${start},${q});\n`;
          values[name] = v;
        }
        rebase(q, run);
        break;
      }
    }
  }

  const stop = plus(base, tail);
  if (!open) get += `if(${stop}!==end)fail(${reason},${JSON.stringify(`bytes behind ${plan.name}`)},${stop});\n`;
  const args = plan.type.storage.map((name) => {
    if (values[name] !== undefined) return values[name];
    if (name === "version") return String(plan.version);
    if (name === "format" && !Object.hasOwn(plan.fields, name)) return JSON.stringify(plan.form);
    if (name === "chunk") return "c";
    if (name === "epoch") return "c.epoch";
    return /(At|End)$/.test(name) && !Object.hasOwn(plan.fields, name) ? "-1" : initial(identifier(name));
  });
  const short = `if(end-p<${first})fail(${reason},${what},p);\n`;
  const extent =
    ownLength !== undefined
      ? `${short}const n=c.dv.getUint16(${ownLength});\nif(n<${first}||n>end-p)fail(${reason},"length",p);\nreturn p+n;`
      : open || base !== "p" || head.lengthAt !== undefined
        ? "return slow().extent(c,p,end);"
        : `${short}return ${stop};`;
  return { decode: `${get}return new G(\n${args.join(",\n")});`, extent };
}
