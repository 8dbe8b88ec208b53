import type { Chunk } from "../bytes/mod.js";
import { SouthboundError } from "../errors/mod.js";
import { compile, identifier } from "./compile.js";
import type { Codec, Mode } from "./kind.js";

/** An object with lazy fields, as its accessors see it: the value of field `f` in `$f` once it is known, and where its bytes lie in `fAt` and `fEnd`. */
export interface Held {
  [key: string]: unknown;
  version: number;
  format: string | undefined;
  chunk: Chunk | undefined;
  epoch: number;
  /** Decodes what is still undecoded, as copies, and lets go of the chunk. */
  settle(): void;
}

/** What the accessors of one class need. */
export interface LazyClass {
  /** The class's name. */
  readonly owner: string;
  readonly names: readonly string[];
  readonly mode: Mode;
  /** The value of a field of an object that was not received. */
  init(name: string): unknown;
  codecOf(version: number, name: string, format: string | undefined): Codec<unknown>;
}

/** Puts the accessors of lazy fields on a prototype. */
export function defineLazy(prototype: object, of: LazyClass): void {
  const stale = (name: string): never => {
    throw new SouthboundError(
      "ERR_BORROWED",
      `${of.owner}.${name} was read after its handler had returned: call own() on the message inside the handler to keep it`,
    );
  };
  for (const name of of.names) {
    Object.defineProperty(prototype, name, {
      configurable: true,
      enumerable: true,
      ...(of.mode === "specialised" ? compiled : plain)(of, name, stale),
    });
  }
  const keep = (self: Held, name: string): unknown => {
    const at = self[`${name}At`] as number;
    if (at < 0 || self.chunk === undefined) return of.init(name);
    if (self.chunk.epoch !== self.epoch) stale(name);
    return of.codecOf(self.version, name, self.format).decode(self.chunk, at, self[`${name}End`] as number);
  };
  Object.defineProperty(prototype, "settle", {
    configurable: true,
    value(this: Held) {
      if (this.chunk === undefined) return;
      for (const name of of.names) this[`$${name}`] ??= keep(this, name);
      this.chunk = undefined;
    },
  });
}

type Accessor = Pick<PropertyDescriptor, "get" | "set">;
type Stale = (name: string) => never;

/**
 * An accessor with type feedback of its own. A value that is a view is made anew for each reading, since it must not outlive the handler; one that was
 * decoded is kept.
 */
function compiled(of: LazyClass, name: string, stale: Stale): Accessor {
  const n = identifier(name);
  const cache: (Codec<unknown> | undefined)[] = [];
  const find = (m: Held): Codec<unknown> => {
    const codec = of.codecOf(m.version, name, m.format);
    if (m.format === undefined || m.format === "") cache[m.version] = codec;
    return codec;
  };
  const init = (): unknown => of.init(name);
  return compile(
    `function miss(m){const at=m.${n}At,c=m.chunk;if(at<0||c===undefined)return m.$${n}=init();if(c.epoch!==m.epoch)stale("${n}");
const f=m.format;let k=f===undefined||f===""?cache[m.version]:undefined;if(k===undefined)k=find(m);
return k.borrow===undefined?(m.$${n}=k.decode(c,at,m.${n}End)):k.borrow(c,at,m.${n}End)}
return{get(){const v=this.$${n};return v===undefined?miss(this):v},set(v){this.$${n}=v}}`,
    { cache, find, init, stale },
  );
}

/** The same where code generation is forbidden. */
function plain(of: LazyClass, name: string, stale: Stale): Accessor {
  return {
    get(this: Held) {
      const known = this[`$${name}`];
      if (known !== undefined) return known;
      const at = this[`${name}At`] as number;
      const { chunk } = this;
      if (at < 0 || chunk === undefined) {
        this[`$${name}`] = of.init(name);
        return this[`$${name}`];
      }
      if (chunk.epoch !== this.epoch) stale(name);
      const codec = of.codecOf(this.version, name, this.format);
      const end = this[`${name}End`] as number;
      if (codec.borrow !== undefined) return codec.borrow(chunk, at, end);
      this[`$${name}`] = codec.decode(chunk, at, end);
      return this[`$${name}`];
    },
    set(this: Held, value: unknown) {
      this[`$${name}`] = value;
    },
  };
}
