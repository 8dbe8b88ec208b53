import { SouthboundError } from "../errors/mod.js";
import { compile, constant, identifier } from "./compile.js";
import { plus } from "./fixed-kinds.js";
import type { Codec } from "./kind.js";
import { absentFields, checkOf, elementSize, fixedRun, isAbsent, type Plan, unsupportedField } from "./plan.js";
import { fail, padTo } from "./walk.js";

/** Bytes that are the same in every struct, by their offset from one place. */
class ConstantBytes {
  readonly #bytes = new Map<number, number>();

  put(at: number, size: number, value: number): void {
    for (let i = 0; i < size; i++) this.#bytes.set(at + i, Math.floor(value / 256 ** (size - 1 - i)) % 256);
  }

  /** Takes the 16 bits at `at` out; undefined where they are not constant. */
  take16(at: number): number | undefined {
    const [high, low] = [this.#bytes.get(at), this.#bytes.get(at + 1)];
    if (high === undefined || low === undefined) return undefined;
    this.#bytes.delete(at);
    this.#bytes.delete(at + 1);
    return high * 256 + low;
  }

  /** Writes them, and forgets them: neighbours together. */
  source(base: string): string {
    const found = [...this.#bytes].sort(([a], [b]) => a - b);
    this.#bytes.clear();
    let source = "";
    for (let i = 0; i < found.length; ) {
      const at = found[i]![0];
      const run = (n: number): boolean => found[i + n - 1]?.[0] === at + n - 1;
      const size = run(4) ? 4 : run(2) ? 2 : 1;
      const value = found.slice(i, i + size).reduce((v, [, byte]) => v * 256 + byte, 0);
      source += `dv.setUint${8 * size}(${plus(base, at)},${value});`;
      i += size;
    }
    return source;
  }
}

/** The zeros that fill [at, at + n) of a base, as source. */
export function zeroSource(base: string, at: number, n: number): string {
  const bytes = new ConstantBytes();
  bytes.put(at, n, 0);
  return bytes.source(base);
}

/**
 * The codec of one struct in one version as straight-line source: offsets are folded into constants, fixed fields are read and written in
 * place, and parts of varying size call the codec of their kind. A value that does not fit throws RangeError("field"), which the door
 * turns into an error that names the field, by asking the interpreter.
 * @param slow - the interpreter of the same plan, which answers where a struct of varying size without a length ends
 */
export function specialised<T>(plan: Plan, slow: () => Codec<T>): Codec<T> {
  const env: Record<string, unknown> = { fail, padTo, misfit, absent, plan, slow, G: plan.type.instance() };
  const initial = (name: string): string => constant(plan.type.initial[name], `zero$${name}`, env);
  const reason = JSON.stringify(plan.reason);
  const what = JSON.stringify(`${plan.name} is cut short`);
  const values: Record<string, string> = {};
  let get = "";
  let put = "";
  let base = "p";
  let at = plan.head.start;
  let serial = 0;
  /** Sources of the length slots to patch once the field is written, by field; and of the bounds to read it with. */
  const patch: Record<string, string> = {};
  const bound: Record<string, string> = {};
  let ownLength: string | undefined;
  let open = false;
  const { head } = plan;
  const constants = new ConstantBytes();

  for (const [offset, size, value] of head.constants) constants.put(offset, size, value);
  // the type or version that stands before the length is written with it
  const beforeLength = head.lengthAt === undefined || head.lengthAt < 2 ? undefined : constants.take16(head.lengthAt - 2);
  for (const { name, at: offset, kind } of head.fields ?? []) {
    Object.assign(env, kind.inline!.env);
    values[name] = kind.inline!.get(plus("p", offset));
    put += `v=m.${identifier(name)};if(${kind.inline!.bad("v")})misfit(${JSON.stringify(name)});${kind.inline!.put(plus("p", offset), "v")}`;
  }
  for (const name of absentFields(plan))
    put += `if(m.${identifier(name)}!==${initial(name)})absent(plan,${JSON.stringify(name)},m.${name});`;
  const need = (from: number): void => {
    const n = fixedRun(plan.steps, from);
    if (at + n > 0) get += `if(end-${base}<${at + n})fail(${reason},${what},${base});`;
  };
  need(0);

  const rebase = (q: string): void => {
    put += constants.source(base);
    base = q;
    at = 0;
  };
  plan.steps.forEach((step, i) => {
    const here = plus(base, at);
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
        get += `const n${++serial}=dv.getUint16(${here});`;
        bound[step.name] = `n${serial}`;
        at += 2;
        break;
      case "countOf": {
        const list = plan.steps.find((s) => s.op === "field" && s.name === step.name)!;
        const size = elementSize(plan, step.name, (list as Extract<typeof list, { op: "field" }>).kind);
        get += `const n${++serial}=dv.getUint16(${here})*${size};`;
        put += `v=m.${identifier(step.name)}.length;if(v>>>0!==v||v>65535)misfit(${JSON.stringify(step.name)});dv.setUint16(${here},v);`;
        bound[step.name] = `n${serial}`;
        at += 2;
        break;
      }
      case "align": {
        const q = `q${++serial}`;
        get += `const ${q}=${here}+(${step.size}-(${here}-p)%${step.size})%${step.size};if(${q}>end)fail(${reason},${what},${here});`;
        put += `const ${q}=padTo(c,${here},p,${step.size});`;
        rebase(q);
        need(i + 1);
        break;
      }
      case "rest":
        open = true;
        break;
      case "parts": {
        const k = `k${++serial}`;
        const q = `q${serial}`;
        const start = `s${serial}`;
        env[k] = step.parts.codec(plan.version, plan.mode);
        get += `const ${start}=${here};const ${q}=${k}.extent(c,${start},end);if(${q}>end)fail(${reason},${JSON.stringify(`length of ${step.parts.names[0] ?? step.parts.name}`)},${start});`;
        get += `const v${serial}=${k}.decode(c,${start},${q});`;
        for (const name of step.parts.names)
          values[name] = `(v${serial}.${identifier(name)}===undefined?${initial(name)}:v${serial}.${name})`;
        put += `const ${q}=${k}.encode(c,${here},m);`;
        rebase(q);
        need(i + 1);
        break;
      }
      case "field": {
        const name = identifier(step.name);
        const { kind } = step;
        if (kind.size > 0 && plan.fields[name]!.lazy === true) {
          const k = `k${++serial}`;
          env[k] = kind.codec(plan.version, plan.mode);
          values[name] = "undefined";
          values[`${name}At`] = here;
          values[`${name}End`] = plus(base, at + kind.size);
          put += `${k}.encode(c,${here},m.${name});`;
          at += kind.size;
          break;
        }
        if (kind.size > 0) {
          const inline = kind.inline!;
          Object.assign(env, inline.env);
          values[name] = inline.get(here);
          put += `v=m.${name};if(${inline.bad("v")})misfit(${JSON.stringify(name)});${inline.put(here, "v")}`;
          at += kind.size;
          break;
        }
        const k = `k${++serial}`;
        const q = `q${serial}`;
        const start = `s${serial}`;
        const codec = kind.codec(plan.version, plan.mode);
        env[k] = codec;
        const length = bound[name];
        get += `const ${start}=${here};`;
        get += `const ${q}=${length === undefined ? `${k}.extent(c,${start},end)` : `${start}+${length}`};`;
        get += `if(${q}>end)fail(${reason},"length of ${name}",${start});`;
        if (plan.fields[name]!.lazy === true) {
          const check = checkOf(codec);
          if (check !== undefined) {
            env[`check${k}`] = check;
            get += `check${k}(c,${start},${q});`;
          }
          values[name] = "undefined";
          values[`${name}At`] = start;
          values[`${name}End`] = q;
        } else {
          get += `const v${serial}=${k}.decode(c,${start},${q});`;
          values[name] = `v${serial}`;
        }
        put += `const ${q}=${k}.encode(c,${here},m.${name});`;
        if (patch[name] !== undefined) put += `v=${q}-(${here});if(v>65535)misfit(${JSON.stringify(name)});dv.setUint16(${patch[name]},v);`;
        rebase(q);
        need(i + 1);
        break;
      }
    }
  });

  const stop = plus(base, at);
  if (!open) get += `if(${stop}!==end)fail(${reason},${JSON.stringify(`bytes behind ${plan.name}`)},${stop});`;
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
  if (!fixed) put += `${constants.source(base)}let q=${stop};`;
  if (head.counted) align();
  if (!fixed && (head.lengthAt !== undefined || ownLength !== undefined)) put += 'if(q-p>65535)misfit("length");';
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

  const args = plan.type.storage.map((name) => {
    if (values[name] !== undefined) return values[name];
    if (name === "version") return String(plan.version);
    if (name === "format" && !Object.hasOwn(plan.fields, name)) return JSON.stringify(plan.variant);
    if (name === "chunk") return "c";
    if (name === "epoch") return "c.epoch";
    return /(At|End)$/.test(name) && !Object.hasOwn(plan.fields, name) ? "-1" : initial(identifier(name));
  });
  const run = plan.head.start + fixedRun(plan.steps, 0);
  const short = `if(end-p<${run})fail(${reason},${what},p);`;
  const extent =
    ownLength !== undefined
      ? `${short}const n=c.dv.getUint16(${ownLength});if(n<${run}||n>end-p)fail(${reason},"length",p);return p+n`
      : open || base !== "p" || plan.head.lengthAt !== undefined
        ? "return slow().extent(c,p,end)"
        : `${short}return ${plus("p", at)}`;
  return compile(
    `return{decode(c,p,end){const dv=c.dv;${get}return new G(${args})},encode(c,p,m){const dv=c.dv;let v,x;${put}return ${fixed ? plus("p", at) : "q"}},extent(c,p,end){${extent}}}`,
    env,
  );
}

function misfit(name: string): never {
  throw new RangeError(name);
}

function absent(plan: Plan, name: string, value: unknown): void {
  if (!isAbsent(plan, name, value)) throw unsupportedField(plan, name);
}

/** Whether `e` is what a specialised encoder throws for the interpreter to explain; a value out of range is explained again at each level, so that its path is whole. */
export function wantsExplanation(e: unknown): boolean {
  return e instanceof Error && (!SouthboundError.is(e) || e.code === "ERR_RANGE");
}

/** A bare codec whose encoder, where it fails, asks the interpreter of the same, whose error says what is wrong and where. */
export function explained<T>(bare: Codec<T>, interpreted: () => Codec<T>): Codec<T> {
  const explain: (e: unknown, ...given: Parameters<Codec<T>["encode"]>) => never = (e, c, p, value) => {
    if (wantsExplanation(e)) interpreted().encode(c, p, value);
    throw e;
  };
  const encode = compile<Codec<T>["encode"]>("return function(c,p,v){try{return encode(c,p,v)}catch(e){return explain(e,c,p,v)}}", {
    encode: bare.encode,
    explain,
  });
  return { ...bare, encode };
}
