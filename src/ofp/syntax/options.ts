import type { OptionTable } from "../../errors/mod.js";
import type { Version } from "../../schema/mod.js";
import type { NoteSink } from "./notes/note.js";

/** Names of ports by their number in 32 bits, or of tables by theirs. */
export type Names = ReadonlyMap<number, string>;

/** How text of any kind can be printed. */
export interface TextOptions {
  /** Names to print in place of port numbers. Reserved ports keep their own. */
  readonly portNames?: Names | undefined;
  /** Names to print in place of table numbers. */
  readonly tableNames?: Names | undefined;
  /** The wire version whose words are used where versions differ; 4 (OpenFlow 1.3) unless given. A received message says its own. */
  readonly version?: Version | undefined;
}

/** What printers hand to one another beside the options that each has. */
const INNER = {
  verbosity: "inner",
  stats: "inner",
  priority: "inner",
  wire: "inner",
  raw: "inner",
  inner: "inner",
  innerBody: "inner",
  log: "inner",
} as const;

/** What {@link TextOptions} has, for its check. */
export const TEXT_OPTIONS: OptionTable<TextOptions> = { ...INNER, portNames: "object", tableNames: "object", version: "number" };

/** How a message is printed. */
export interface PrintOptions extends TextOptions {
  /**
   * 0 unless given. From 1 on packets are summed up and ports of statistics listed, from 2 on echoed bytes shown, from 3 on packets dumped and matches of OpenFlow 1.0 shown
   * as they stand on the wire, from 5 on whole messages dumped. Open vSwitch's `ofp-print` has 2.
   */
  readonly verbosity?: number | undefined;
  /** Takes what Open vSwitch logs while it reads such a message; nothing of it stands in the text. */
  readonly log?: NoteSink | undefined;
}

/** What {@link PrintOptions} has, for its check. */
export const PRINT_OPTIONS: OptionTable<PrintOptions> = { ...TEXT_OPTIONS, verbosity: "number", log: "function" };

/** A message as its printer sees it. */
export interface Context extends TextOptions {
  /** The version on the wire; above 6 for a message of the few kinds that keep their form in versions to come. */
  readonly wire: number;
  readonly version: Version;
  readonly verbosity: number;
  /** Takes what Open vSwitch logs of the message. */
  readonly log: NoteSink | undefined;
  /** The whole message in bytes: what was received, or else what would be sent. Not to be changed. */
  raw(): Uint8Array;
  /** Prints a message that this one holds. */
  inner(bytes: Uint8Array, verbosity: number): string;
  /** What stands behind the header of a message that this one holds, and why the rest of it is refused. */
  innerBody(bytes: Uint8Array): readonly [text: string, fault: string | undefined];
}

/** The version of options, or 1.3. */
export const versionOf = (o: TextOptions): Version => o.version ?? 4;
