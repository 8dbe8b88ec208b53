import type { Chunk } from "../bytes/mod.js";
import { compile, identifier } from "./compile.js";
import type { Json, Mode } from "./kind.js";

/** What every object of a struct class has. */
export interface Instance {
  /** The value as JSON, without loss; the class's `fromJSON` is the way back. */
  toJSON(): Json;
  /** The class and the fields that do not have their initial value, in one line for people; `console.log` of Node prints the same. */
  toString(): string;
  /**
   * Makes the object the user's: decodes what is still undecoded and copies what is borrowed, in what it holds as well. Call it inside the handler to keep
   * a received object. Returns the object.
   * @throws SouthboundError `ERR_BORROWED` after the handler has returned
   */
  own(): this;
}

/** What objects with a lazily decoded field have as well. */
export interface Borrowing {
  /** The received bytes that lazy fields lie in; undefined for an object that was not received, or after {@link Instance.own}. */
  readonly chunk: Chunk | undefined;
}

/** The constructor that stores each value under its name, in one order, so that all objects share one hidden class. */
export function makeInstance(
  storage: readonly string[],
  initial: Readonly<Record<string, unknown>>,
  prototype: object,
  lazyNames: readonly string[],
  mode: Mode,
): unknown {
  const key = (n: string): string => (lazyNames.includes(n) ? `$${n}` : n);
  const zero = (n: string): unknown => initial[n];
  let made: { prototype: object };
  if (mode === "specialised") {
    const body = storage.map((n, i) => `this.${identifier(key(n))}=a${i};`).join("");
    // No default values: they would keep the engine from inlining the constructor.
    const params = storage.map((_, i) => `a${i}`);
    made = compile(`return function(${params}){${body}}`, {});
  } else {
    made = function (this: Record<string, unknown>, ...values: unknown[]) {
      for (let i = 0; i < storage.length; i++) {
        const n = storage[i]!;
        this[key(n)] = values[i] === undefined && !lazyNames.includes(n) ? zero(n) : values[i];
      }
    } as unknown as { prototype: object };
  }
  made.prototype = prototype;
  return made;
}

/** Makes what an object holds the user's; see {@link Instance.own}. */
export function ownWithin(value: unknown): void {
  if (Array.isArray(value)) for (const x of value) ownWithin(x);
  else if (typeof (value as { own?: unknown } | null | undefined)?.own === "function") (value as Instance).own();
}
