import type { Chunk } from "../../bytes/mod.js";
import type { Element, Version } from "../../schema/mod.js";
import type { Context } from "./options.js";
import type { AnyMessage, MessageOf } from "./types.js";

/** The list in a message that is printed element by element, as far as it can be read. */
export interface Items {
  /** The field that holds it. */
  readonly field: string;
  readonly element: Element<unknown>;
  /** Where it starts, in bytes from the start of the message. */
  at(version: Version): number;
  /** Why Open vSwitch refuses an element; those before it are printed. */
  refuse?(item: unknown, c: Context): string | undefined;
  /** Why Open vSwitch refuses the element at `p`, where it or what is in it cannot be decoded; see {@link Printer.diagnose}. */
  diagnose?(chunk: Chunk, p: number, c: Context): string | undefined;
  /** Whether Open vSwitch does not print at verbosity 0 that an element is wrong. */
  readonly quiet?: boolean;
  /** The error of Open vSwitch in place of the decoder's. */
  readonly reasons?: Readonly<Record<string, string>>;
}

/** How one kind of message is printed. */
export interface Printer<M> {
  /** What stands behind the header. */
  text(m: M, c: Context): string;
  /**
   * Whether the rows of the message hold all that Open vSwitch refuses, in its order: it is decoded in the mode `checked`, and its list of items as far as none is refused. The functions below
   * are of no use then.
   */
  readonly checked?: boolean;
  /** Why Open vSwitch refuses a message that was decoded, by the name of the error; nothing but its header is printed then. */
  refuse?(m: M, c: Context): string | undefined;
  /** The first fault that Open vSwitch meets in the bytes of a message that it refuses; undefined where the one that was found is as good. */
  diagnose?(chunk: Chunk, c: Context): string | undefined;
  /** A message that cannot be decoded without what Open vSwitch does not look at in it. */
  reduce?(chunk: Chunk, c: Context): Chunk;
  readonly items?: Items;
  /** The text of a message that cannot be decoded, where it is printed all the same. */
  broken?(c: Context): string;
  /** For messages that Open vSwitch prints otherwise than they are decoded: the text from the bytes alone, and why the rest of it is refused; undefined where it is printed as usual. */
  whole?(chunk: Chunk, c: Context): readonly [text: string, fault: string | undefined] | undefined;
}

/** Printers of message types. */
export type Printers<N extends AnyMessage["type"]> = { readonly [K in N]: Printer<MessageOf<K>> };

/** Where the body of a statistics message starts. */
export const statsBody = (version: Version): number => (version === 1 ? 12 : 16);
