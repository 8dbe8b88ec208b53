import type { Chunk } from "../bytes/mod.js";
import { SouthboundError } from "../errors/mod.js";
import { compile } from "./compile.js";
import { type Field, type FieldNote, field } from "./field.js";
import { within } from "./interpret.js";
import { type Codec, isWalking, type Kind, type Mode } from "./kind.js";
import type { Version } from "./version.js";
import { type ElementFrame, elementEnd, elementNext, fail, padTo } from "./walk.js";

/** A kind that a list can hold: its elements say how long they are, all are of one size, or their own fields determine where each ends. */
export interface Element<T> extends Kind<T> {
  /** How elements with a length of their own follow one another; undefined where all are of one size. */
  frame(version: Version): ElementFrame | undefined;
  /** The size in bytes of elements without a length of their own; 0 where they have one, or where their fields determine it. */
  exact(version: Version): number;
}

/**
 * How many levels deep lists may nest. Open vSwitch 3.1 has no bound of its own but the length of a message, which holds 4,090 clone actions in one another; its text can nest 100 (ofp-actions.h, MAX_OFPACT_PARSE_DEPTH).
 * The slowest walk here, without compiled code, takes 1.4 KiB of the stack a level, so that these are a third of the 984 KiB that a thread of Node has.
 */
export const MAX_DEPTH = 256;
let depth = 0;

/** Runs `body` one level deeper; a peer that nests lists deeper than {@link MAX_DEPTH} levels is refused before it can exhaust the stack. */
function deeper<T>(reason: string, at: number, body: () => T): T {
  if (depth >= MAX_DEPTH) fail(reason, `nested more than ${MAX_DEPTH} levels deep`, at);
  depth += 1;
  try {
    return body();
  } finally {
    depth -= 1;
  }
}

/** The same for JSON. */
function deeperJSON<T>(body: () => T): T {
  if (depth >= MAX_DEPTH) throw new SouthboundError("ERR_USAGE", `lists are nested more than ${MAX_DEPTH} levels deep`);
  depth += 1;
  try {
    return body();
  } finally {
    depth -= 1;
  }
}

/** Source of `e`, the end of the element at `q`: {@link elementEnd} with its numbers written in, which is asked where one does not hold. */
function framed({ lengthAt, min, align, counted }: ElementFrame): string {
  const odd = counted && align > 1 ? `||n%${align}!==0` : "";
  return `if(end-q<${min}||(n=c.dv.getUint16(q+${lengthAt}))<${min}||n>end-q${odd})elementEnd(c,q,end,frame);const e=q+n;`;
}

function listCodec<T>(element: Element<T>, version: Version, mode: Mode, nested: boolean): Codec<readonly T[]> {
  const frame = element.frame(version);
  const size = element.exact(version);
  const one = element.codec(version, isWalking(mode) ? mode : "bare");
  /** The end of an element without a length of its own; each takes a byte at least, so that the walk ends. */
  const stop = (c: Chunk, q: number, end: number): number => {
    if (size > 0) return q + size > end ? fail(reason, "an element is cut short", q) : q + size;
    const e = one.extent(c, q, end);
    return e <= q || e > end ? fail(reason, "an element has no end of its own", q) : e;
  };
  const reason = frame?.reason ?? "OFPBRC_BAD_LEN";
  const encode = (c: Parameters<Codec<T>["encode"]>[0], p: number, value: readonly T[]): number => {
    let q = p;
    for (let i = 0; i < value.length; i++) {
      const start = q;
      try {
        q = one.encode(c, q, value[i]!);
      } catch (e) {
        if (e instanceof SouthboundError && isWalking(mode)) throw new SouthboundError(e.code, `[${i}] ${e.message}`, { cause: e.cause });
        throw e;
      }
      if (frame !== undefined && !frame.counted) q = padTo(c, q, start, frame.align);
    }
    return q;
  };
  const extent: Codec<readonly T[]>["extent"] = (_c, _p, end) => end;
  const guard = (decode: Codec<readonly T[]>["decode"]): Codec<readonly T[]>["decode"] =>
    nested ? (c, p, end) => deeper(reason, p, () => decode(c, p, end)) : decode;

  if (!isWalking(mode)) {
    const env = { one: one.decode, frame, elementEnd, elementNext, fail, stop };
    const step = (add: string): string =>
      frame === undefined && size === 0
        ? `const e=stop(c,q,end);${add};q=e`
        : frame === undefined
          ? `const e=q+${size};if(e>end)fail(${JSON.stringify(reason)},"an element is cut short",q);${add};q=e`
          : `${framed(frame)}${add};${frame.counted ? "q=e" : `q=(e-q)%${frame.align}===0?e:elementNext(q,e,end,frame)`}`;
    // Most lists have one element: a list that begins as an empty one takes room for seventeen with the first.
    const decode = compile<Codec<readonly T[]>["decode"]>(
      `return function(c,p,end){let q=p,n;if(q>=end)return[];let list;{${step("list=[one(c,q,e)]")}}while(q<end){${step("list.push(one(c,q,e))")}}return list}`,
      env,
    );
    const put = compile<Codec<readonly T[]>["encode"]>(
      `return function(c,p,v){let q=p;for(let i=0;i<v.length;i++){${frame === undefined || frame.counted ? "q=one(c,q,v[i])" : `q=padTo(c,one(c,q,v[i]),q,${frame.align})`}}return q}`,
      { one: one.encode, padTo },
    );
    return { decode: guard(decode), encode: put, extent };
  }
  return {
    decode: guard((c, p, end) => {
      const list: T[] = [];
      for (let q = p; q < end; ) {
        try {
          const e = frame === undefined ? stop(c, q, end) : mode === "checked" ? one.extent(c, q, end) : elementEnd(c, q, end, frame);
          // a check has the whole of an element, its padding too, before what is in it
          const next = frame !== undefined && mode === "checked" ? elementNext(q, e, end, frame) : e;
          list.push(one.decode(c, q, e));
          q = frame === undefined || mode === "checked" ? next : elementNext(q, e, end, frame);
        } catch (e) {
          throw within(e, `[${list.length}]`);
        }
      }
      return list;
    }),
    encode,
    extent,
  };
}

/** A codec that is made when it is first used, for kinds that hold themselves. */
function later<T>(make: () => Codec<T>): Codec<T> {
  let made: Codec<T> | undefined;
  const inner = (): Codec<T> => {
    made ??= make();
    return made;
  };
  return {
    decode: (c, p, end) => inner().decode(c, p, end),
    encode: (c, p, value) => inner().encode(c, p, value),
    extent: (c, p, end) => inner().extent(c, p, end),
  };
}

const NONE: readonly never[] = Object.freeze([]);

/**
 * A list of elements up to the end of what holds it. `element` is given as a function where it is made of this list again: an element may then hold such a list, and its depth is bounded.
 */
export function listKind<T>(element: Element<T> | (() => Element<T>)): Kind<readonly T[]> {
  const nested = typeof element === "function" && !("codec" in element);
  const get = (): Element<T> => (nested ? (element as () => Element<T>)() : (element as Element<T>));
  const codecs = new Map<string, Codec<readonly T[]>>();
  return {
    get name() {
      return `${get().name}[]`;
    },
    get element() {
      return get() as Kind<unknown>;
    },
    size: 0,
    greedy: true,
    codec(version, mode) {
      const key = `${mode}${version}`;
      let codec = codecs.get(key);
      if (codec === undefined) {
        codec = nested ? later(() => listCodec(get(), version, mode, true)) : listCodec(get(), version, mode, false);
        codecs.set(key, codec);
      }
      return codec;
    },
    isEmpty: (value) => value.length === 0,
    toJSON: (value) => value.map((x) => get().toJSON(x)),
    fromJSON(json) {
      if (!Array.isArray(json)) throw new SouthboundError("ERR_USAGE", `${JSON.stringify(json)} is not a list`);
      const read = (): T[] => json.map((x) => get().fromJSON(x));
      return nested ? deeperJSON(read) : read();
    },
  };
}

/** A field that holds a list; see {@link listKind}. Its initial value is an empty list that cannot be changed: assign a new one. */
export const list = <T>(element: Element<T> | (() => Element<T>), note?: FieldNote): Field<readonly T[]> =>
  field(listKind(element), NONE, note);

/**
 * A kind that is given as a function, since it holds what holds it: a message that carries a message. Its depth is bounded as that of nested lists is.
 * @param name - for documentation
 */
export function nestedKind<T>(name: string, kind: () => Kind<T>, reason = "OFPBRC_BAD_LEN"): Kind<T> {
  return {
    name,
    size: 0,
    get element() {
      return kind() as Kind<unknown>;
    },
    codec(version, mode) {
      const inner = later(() => kind().codec(version, mode));
      return { ...inner, decode: (c, p, end) => deeper(reason, p, () => inner.decode(c, p, end)) };
    },
    toJSON: (value) => kind().toJSON(value),
    fromJSON: (json) => deeperJSON(() => kind().fromJSON(json)),
  };
}
