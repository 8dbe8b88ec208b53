import { SouthboundError } from "../errors/mod.js";
import { compile } from "./compile.js";
import { decoderSource } from "./decoder-source.js";
import { encoderSource } from "./encoder-source.js";
import type { Codec } from "./kind.js";
import { isAbsent, type Plan, unsupportedField } from "./plan.js";
import { versionName } from "./version.js";
import { fail, mustBeZero, padTo, zerosToEnd } from "./walk.js";

/** What a plan is named by in stack traces and profiles, such as `FlowMod/1.3`; an extension's form as `FlowMod.nxt/1.0`. */
const nameOf = ({ name, form, version }: Plan): string => `${name}${form === "" ? "" : `.${form}`}/${versionName(version)}`;

/** The source of both halves of a codec. `env` is given what it calls. */
function sources(plan: Plan, env: Record<string, unknown>): Readonly<Record<"decode" | "encode", string>> {
  const { decode, extent } = decoderSource(plan, env);
  return {
    decode: `return{\ndecode(c,p,end){\n${decode}\n},\nextent(c,p,end){\n${extent}\n}\n};`,
    encode: `return function encode(c,p,m){\n${encoderSource(plan, env)}\n};`,
  };
}

/** The source of the codec of one struct in one version, as {@link specialised} compiles it. */
export const specialisedSource = (plan: Plan): Readonly<Record<"decode" | "encode", string>> => sources(plan, {});

/**
 * The codec of one struct in one version, compiled from straight-line source.
 * @param slow - the interpreter of the same plan, which answers where a struct of varying size without a length ends
 */
export function specialised<T>(plan: Plan, slow: () => Codec<T>): Codec<T> {
  const env: Record<string, unknown> = { fail, mustBeZero, zerosToEnd, padTo, misfit, absent, plan, slow, G: plan.type.instance() };
  const { decode, encode } = sources(plan, env);
  return {
    ...compile<Pick<Codec<T>, "decode" | "extent">>(decode, env, `${nameOf(plan)}/decode`),
    encode: compile<Codec<T>["encode"]>(encode, env, `${nameOf(plan)}/encode`),
  };
}

/** What writes objects of a struct in one version that have the `given` fields and of the others the initial values. Throws where such a value cannot be written. */
export function specialisedEncoder<T>(plan: Plan, given: ReadonlySet<string>): Codec<T>["encode"] {
  const env: Record<string, unknown> = { padTo, misfit, absent, plan };
  return compile(
    `return function encode(c,p,m){\n${encoderSource(plan, env, given)}\n};`,
    env,
    `${nameOf(plan)}/encode(${[...given].join(",")})`,
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

/**
 * A bare codec whose encoder, where it fails, asks the interpreter of the same, whose error says what is wrong and where.
 * @param first - source that may encode `v` before the bare encoder is asked, and return
 * @param env - what that source uses
 */
export function explained<T>(
  bare: Codec<T>,
  interpreted: () => Codec<T>,
  first = "",
  env: Readonly<Record<string, unknown>> = {},
): Codec<T> {
  const explain: (e: unknown, ...given: Parameters<Codec<T>["encode"]>) => never = (e, c, p, value) => {
    if (wantsExplanation(e)) interpreted().encode(c, p, value);
    throw e;
  };
  const encode = compile<Codec<T>["encode"]>(`return function(c,p,v){try{${first}return encode(c,p,v)}catch(e){return explain(e,c,p,v)}}`, {
    ...env,
    encode: bare.encode,
    explain,
  });
  return { ...bare, encode };
}
