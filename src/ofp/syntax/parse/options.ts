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
