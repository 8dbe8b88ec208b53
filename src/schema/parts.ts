import type { Chunk } from "../bytes/mod.js";
import type { Kind, Mode } from "./kind.js";
import type { Version } from "./version.js";

/** The values of some fields of a struct; those left out have their initial value. */
export type PartValues = Readonly<Record<string, unknown>>;

/** Reads and writes several fields of a struct at once. */
export interface PartsCodec {
  /** Reads [p, end). Throws DecodeError. */
  decode(c: Chunk, p: number, end: number): PartValues;
  /** Writes the fields that `values`, the whole object, has, and returns where they end. */
  encode(c: Chunk, p: number, values: PartValues): number;
  /** Where the bytes that start at `p` end, from what they say of themselves. */
  extent(c: Chunk, p: number, end: number): number;
}

/**
 * A slot whose bytes hold several fields of the struct in a way that slots one behind the other cannot say: a list of properties of which some are fields of
 * their own, or a list of statistics.
 */
export class Parts<N extends string = string> {
  /** For documentation. */
  readonly name: string;
  /** The fields. */
  readonly names: readonly N[];
  /** Whether the bytes reach to the end of what holds them. */
  readonly greedy: boolean;
  readonly codec: (version: Version, mode: Mode) => PartsCodec;
  /** For tests and documentation: the kind that a field has in these bytes, where it is another one than the field's own. */
  readonly kindOf: (name: string, version: Version) => Kind<unknown> | undefined;

  constructor(
    name: string,
    names: readonly N[],
    codec: (version: Version, mode: Mode) => PartsCodec,
    greedy = false,
    kindOf: Parts["kindOf"] = () => undefined,
  ) {
    this.name = name;
    this.names = names;
    this.codec = codec;
    this.greedy = greedy;
    this.kindOf = kindOf;
  }
}
