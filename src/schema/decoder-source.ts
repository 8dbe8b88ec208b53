import { constant, identifier } from "./compile.js";
import { plus } from "./fixed-kinds.js";
import { checkOf, elementSize, fixedRun, type Plan } from "./plan.js";

/**
 * The reading half of a struct's codec in one version as straight-line source: the bodies of `decode(c,p,end)` and `extent(c,p,end)`. Offsets are folded into constants, fixed fields are read in
 * place, and parts of varying size call the codec of their kind.
 * @param env - is given what the source calls; `G` is the class's constructor
 */
export function decoderSource(plan: Plan, env: Record<string, unknown>): { readonly decode: string; readonly extent: string } {
  const { head } = plan;
  const initial = (name: string): string => constant(plan.type.initial[name], `zero$${name}`, env);
  const reason = JSON.stringify(plan.reason);
  const what = JSON.stringify(`${plan.name} is cut short`);
  /** The source of each stored value. */
  const values: Record<string, string> = {};
  /** What holds the length of a field that another slot tells. */
  const bound: Record<string, string> = {};
  let get = "const dv=c.dv;";
  let base = "p";
  let at = head.start;
  let ownLength: string | undefined;
  let open = false;

  for (const { name, at: offset, kind } of head.fields ?? []) {
    Object.assign(env, kind.inline!.env);
    values[name] = kind.inline!.get(plus("p", offset));
  }
  const need = (from: number): void => {
    const n = fixedRun(plan.steps, from);
    if (at + n > 0) get += `if(end-${base}<${at + n})fail(${reason},${what},${base});`;
  };
  const rebase = (q: string, next: number): void => {
    base = q;
    at = 0;
    need(next);
  };
  need(0);

  plan.steps.forEach((step, i) => {
    const here = plus(base, at);
    const [k, q, start, v, n] = [`k${i}`, `q${i}`, `s${i}`, `v${i}`, `n${i}`];
    switch (step.op) {
      case "pad":
        at += step.size;
        break;
      case "length":
        ownLength = here;
        at += 2;
        break;
      case "lengthOf":
        get += `const ${n}=dv.getUint16(${here});`;
        bound[step.name] = n;
        at += 2;
        break;
      case "countOf": {
        const list = plan.steps.find((s) => s.op === "field" && s.name === step.name)!;
        const size = elementSize(plan, step.name, (list as Extract<typeof list, { op: "field" }>).kind);
        get += `const ${n}=dv.getUint16(${here})*${size};`;
        bound[step.name] = n;
        at += 2;
        break;
      }
      case "align":
        get += `const ${q}=${here}+(${step.size}-(${here}-p)%${step.size})%${step.size};if(${q}>end)fail(${reason},${what},${here});`;
        rebase(q, i + 1);
        break;
      case "rest":
        open = true;
        break;
      case "parts":
        env[k] = step.parts.codec(plan.version, plan.mode);
        get += `const ${start}=${here};const ${q}=${k}.extent(c,${start},end);if(${q}>end)fail(${reason},${JSON.stringify(`length of ${step.parts.names[0] ?? step.parts.name}`)},${start});`;
        get += `const ${v}=${k}.decode(c,${start},${q});`;
        for (const name of step.parts.names) values[name] = `(${v}.${identifier(name)}===undefined?${initial(name)}:${v}.${name})`;
        rebase(q, i + 1);
        break;
      case "field": {
        const name = identifier(step.name);
        const { kind } = step;
        const lazy = plan.fields[name]!.lazy === true;
        if (kind.size > 0) {
          if (lazy) {
            values[name] = "undefined";
            values[`${name}At`] = here;
            values[`${name}End`] = plus(base, at + kind.size);
          } else {
            Object.assign(env, kind.inline!.env);
            values[name] = kind.inline!.get(here);
          }
          at += kind.size;
          break;
        }
        const codec = kind.codec(plan.version, plan.mode);
        env[k] = codec;
        const length = bound[name];
        get += `const ${start}=${here};`;
        get += `const ${q}=${length === undefined ? `${k}.extent(c,${start},end)` : `${start}+${length}`};`;
        get += `if(${q}>end)fail(${reason},"length of ${name}",${start});`;
        if (lazy) {
          const check = checkOf(codec);
          if (check !== undefined) {
            env[`check${i}`] = check;
            get += `check${i}(c,${start},${q});`;
          }
          values[name] = "undefined";
          values[`${name}At`] = start;
          values[`${name}End`] = q;
        } else {
          get += `const ${v}=${k}.decode(c,${start},${q});`;
          values[name] = v;
        }
        rebase(q, i + 1);
        break;
      }
    }
  });

  const stop = plus(base, at);
  if (!open) get += `if(${stop}!==end)fail(${reason},${JSON.stringify(`bytes behind ${plan.name}`)},${stop});`;
  const args = plan.type.storage.map((name) => {
    if (values[name] !== undefined) return values[name];
    if (name === "version") return String(plan.version);
    if (name === "format" && !Object.hasOwn(plan.fields, name)) return JSON.stringify(plan.variant);
    if (name === "chunk") return "c";
    if (name === "epoch") return "c.epoch";
    return /(At|End)$/.test(name) && !Object.hasOwn(plan.fields, name) ? "-1" : initial(identifier(name));
  });
  const run = head.start + fixedRun(plan.steps, 0);
  const short = `if(end-p<${run})fail(${reason},${what},p);`;
  const extent =
    ownLength !== undefined
      ? `${short}const n=c.dv.getUint16(${ownLength});if(n<${run}||n>end-p)fail(${reason},"length",p);return p+n`
      : open || base !== "p" || head.lengthAt !== undefined
        ? "return slow().extent(c,p,end)"
        : `${short}return ${plus("p", at)}`;
  return { decode: `${get}return new G(${args})`, extent };
}
