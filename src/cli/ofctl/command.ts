import type { Run } from "./settings.js";

/** A command. */
export interface Command {
  /** Its arguments as `list-commands` of ovs-ofctl prints them: empty for those that are for tests alone. Undefined for a command that ovs-ofctl does not have. */
  readonly takes?: string;
  /** Its arguments in the manual. */
  readonly usage: string;
  readonly summary: string;
  /** How many arguments it takes. */
  readonly args: readonly [min: number, max: number];
  /** Whether `--read-only` refuses it, which goes by ovs-ofctl. */
  readonly changes?: true;
  readonly load: () => Promise<Run>;
}
