import type { OptionTable } from "../../../errors/mod.js";
import type { Version } from "../../../schema/mod.js";
import type { NoteSink } from "../notes/note.js";

/** What the names in a text stand for. */
export interface SyntaxOptions {
  /** The numbers of ports by their names. */
  readonly ports?: ReadonlyMap<string, number> | undefined;
  /** The numbers of tables by their names. */
  readonly tables?: ReadonlyMap<string, number> | undefined;
  /** Takes what `ovs-ofctl` logs while it reads such a text; what it refuses is thrown whether it is given or not. */
  readonly log?: NoteSink | undefined;
}

/** What parsers hand to one another beside the options that each has. */
const INNER = {
  command: "inner",
  version: "inner",
  file: "inner",
  list: "inner",
  monitorId: "inner",
  allowed: "inner",
  current: "inner",
  guess: "inner",
  onFlow: "inner",
} as const;

/** What {@link SyntaxOptions} has, for its check. */
export const SYNTAX_OPTIONS: OptionTable<SyntaxOptions> = { ...INNER, ports: "object", tables: "object", log: "function" };

/** The one option of functions that have no other, for their check. */
export const VERSION_OPTION: OptionTable<{ readonly version?: Version }> = { version: "number" };
