import { SouthboundError } from "../errors/mod.js";

/** A version of TLS, in Node's words. */
export type TlsVersion = "TLSv1" | "TLSv1.1" | "TLSv1.2" | "TLSv1.3";

/** The versions from `min` to `max`, both included. */
export interface TlsVersions {
  readonly min: TlsVersion;
  readonly max: TlsVersion;
  /** What the text left out and is allowed nevertheless, since TLS negotiates ranges without holes. */
  readonly filled: readonly TlsVersion[];
}

const ORDER: readonly TlsVersion[] = ["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"];
const LAST = ORDER.length - 1;

/** What Open vSwitch 3.1 has by default. It sets no bound there, and neither does it here. */
const OLD_DEFAULT = "TLSv1,TLSv1.1,TLSv1.2";
/** What is allowed unless somebody says otherwise. */
const DEFAULT: TlsVersions = { min: "TLSv1.2", max: "TLSv1.3", filled: [] };

function place(word: string): number {
  const at = ORDER.findIndex((v) => v.toLowerCase() === word.toLowerCase());
  if (at >= 0) return at;
  throw new SouthboundError(
    "ERR_USAGE",
    `"${word}" is no version of TLS: use ${ORDER.join(", ")}, a list of them, TLSv1.2+ for that and later, or TLSv1.2-TLSv1.3`,
  );
}

/**
 * Reads which versions of TLS are allowed, in Open vSwitch's three forms: a list with commas or white space between (`TLSv1.2,TLSv1.3`), `TLSv1.2+`,
 * and `TLSv1.2-TLSv1.3`. Case does not matter. Empty text, and Open vSwitch 3.1's own default `TLSv1,TLSv1.1,TLSv1.2`, mean TLS 1.2 and 1.3.
 * @throws SouthboundError `ERR_USAGE` for another word
 */
export function parseTlsVersions(text: string): TlsVersions {
  const trimmed = text.trim();
  if (trimmed === "" || trimmed === OLD_DEFAULT) return DEFAULT;
  if (trimmed.endsWith("+")) return { min: ORDER[place(trimmed.slice(0, -1))]!, max: ORDER[LAST]!, filled: [] };
  const range = /^([^\s,-]+)-([^\s,-]+)$/.exec(trimmed);
  if (range !== null) {
    const [from, to] = [place(range[1]!), place(range[2]!)];
    if (from > to) throw new SouthboundError("ERR_USAGE", `"${trimmed}" is an empty range of TLS versions: put the older one first`);
    return { min: ORDER[from]!, max: ORDER[to]!, filled: [] };
  }
  const named = new Set(
    trimmed
      .split(/[\s,]+/)
      .filter((w) => w !== "")
      .map(place),
  );
  if (named.size === 0) throw new SouthboundError("ERR_USAGE", `"${text}" names no version of TLS`);
  const [from, to] = [Math.min(...named), Math.max(...named)];
  return { min: ORDER[from]!, max: ORDER[to]!, filled: ORDER.filter((_, i) => i > from && i < to && !named.has(i)) };
}
