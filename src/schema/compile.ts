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
 * passed {@link identifier} and numbers may be in the source; values come by `env`.
 */
export function compile<T>(source: string, env: Readonly<Record<string, unknown>>): T {
  serial += 1;
  return new Function(...Object.keys(env), `"use strict";/*${serial}*/${source}`)(...Object.values(env)) as T;
}

/** `name`, if it is safe to stand in source. */
export function identifier(name: string): string {
  if (!/^[A-Za-z_$][\w$]*$/.test(name)) throw new TypeError(`${JSON.stringify(name)} is not an identifier`);
  return name;
}
