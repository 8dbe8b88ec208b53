import { isAbsolute, join } from "node:path";
import { errnoError } from "../errors/mod.js";
import { runDirectory } from "../stream/mod.js";

/** What options may stand behind a file, each with a check of its text that throws. */
export type NameOptions = Readonly<Record<string, (text: string) => void>>;

/** A name of a socket with options, read. */
export interface SocketName {
  /** The path, absolute, or `@` and an abstract name. */
  readonly socket: string;
  /** The options that were given, by their names. */
  readonly options: ReadonlyMap<string, string>;
}

/**
 * Reads `FILE[?OPTION=VALUE[&OPTION=VALUE]...]`. A relative FILE is in the run directory, as for `unix:`; one that begins with `@` is an abstract name.
 * @param name - the whole name, for messages
 * @param argument - what stands behind the colon
 * @throws SouthboundError `EAFNOSUPPORT` for a name without a file, and for options that are not known, given twice, or wrong; `EINVAL` for a NUL
 */
export function readSocketName(name: string, argument: string, known: NameOptions): SocketName {
  const refuse = (what: string) => errnoError("EAFNOSUPPORT", `${name}: ${what}`);
  const cut = argument.indexOf("?");
  const file = cut < 0 ? argument : argument.slice(0, cut);
  if (file === "" || file === "@") throw refuse("a file must be specified");
  if (argument.includes("\0")) throw errnoError("EINVAL", `${JSON.stringify(name)}: a file name has no NUL`);
  const options = new Map<string, string>();
  for (const word of cut < 0 ? [] : argument.slice(cut + 1).split("&")) {
    const equals = word.indexOf("=");
    const option = equals < 0 ? word : word.slice(0, equals);
    if (equals < 0 || !Object.hasOwn(known, option)) throw refuse(`"${word}" is no option: ${Object.keys(known).join("=, ")}= are`);
    if (options.has(option)) throw refuse(`${option} is given twice`);
    const text = word.slice(equals + 1);
    try {
      known[option]!(text);
    } catch (e) {
      throw refuse(e instanceof Error ? e.message : String(e));
    }
    options.set(option, text);
  }
  return { socket: file.startsWith("@") || isAbsolute(file) ? file : join(runDirectory(), file), options };
}

/** The number of a text: decimal digits alone. Throws where it is none, or not within the bounds. */
export function numberIn(option: string, text: string, least: number, most: number): number {
  const n = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (n >= least && n <= most) return n;
  throw new Error(`${option}=${text}: a number from ${least} to ${most} is expected`);
}
