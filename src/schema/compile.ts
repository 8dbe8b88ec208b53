import type { Mode } from "./kind.js";

let allowed: boolean | undefined;

/**
 * The mode that codecs are made in when nobody says otherwise: `specialised`, or `interpreted` where code generation is
 * forbidden (a content security policy, `--disallow-code-generation-from-strings`).
 */
export function defaultMode(): Mode {
  if (allowed === undefined) {
    try {
      allowed = new Function("return true")() === true;
    } catch {
      allowed = false;
    }
  }
  return allowed ? "specialised" : "interpreted";
}

let serial = 0;

/**
 * Makes a function from source that the tables wrote. Each call makes a fresh function, with type feedback of its own. Only identifiers that
 * passed {@link identifier} and numbers may be in the source; other values come by `env`, see {@link constant}.
 * @param name - what stack traces, profilers and debuggers show as `southbound:` and the name
 */
export function compile<T>(source: string, env: Readonly<Record<string, unknown>>, name?: string): T {
  serial += 1;
  if (name !== undefined && !/^[\w$./(),-]+$/.test(name)) throw new TypeError(`${JSON.stringify(name)} is no name for source`);
  const url = name === undefined ? "" : `\n//# sourceURL=southbound:${name}`;
  return new Function(...Object.keys(env), `"use strict";/*${serial}*/\n${source}${url}`)(...Object.values(env)) as T;
}

/**
 * A value as source: itself where it is a number, a bigint or a boolean, which the engine then takes for a constant; else `name`, under which it is put into `env`.
 */
export function constant(value: unknown, name: string, env: Record<string, unknown>): string {
  if (value === undefined || typeof value === "boolean" || (Number.isSafeInteger(value) && !Object.is(value, -0))) return String(value);
  if (typeof value === "bigint") return `${value}n`;
  env[identifier(name)] = value;
  return name;
}

/** `name`, if it is safe to stand in source. */
export function identifier(name: string): string {
  if (!/^[A-Za-z_$][\w$]*$/.test(name)) throw new TypeError(`${JSON.stringify(name)} is not an identifier`);
  return name;
}
