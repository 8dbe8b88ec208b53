import {
  type Chunk,
  decodeText,
  encodedLength,
  encodeText,
  formatIpv4,
  formatIpv6,
  formatMac,
  fromHex,
  parseIpv4,
  parseIpv6,
  parseMac,
  toHex,
} from "../bytes/mod.js";
import { SouthboundError } from "../errors/mod.js";
import type { Codec, Inline, Json, Kind, TextKind } from "./kind.js";

const refuse = (kind: string, json: Json): never => {
  throw new SouthboundError("ERR_USAGE", `${JSON.stringify(json)} is not ${kind}`);
};

const SHOWN = 200;

/** An object in the words of an error: its JSON where it has one of its own, shortened. */
function shownObject(value: object | null): string {
  const { toJSON } = (value ?? {}) as { readonly toJSON?: unknown };
  if (value === null || typeof toJSON !== "function") return Object.prototype.toString.call(value);
  const text = JSON.stringify(value) ?? "";
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}

/** The error of a value that does not fit a kind. */
export function rangeError(kind: string, value: unknown): SouthboundError {
  const shown = typeof value === "bigint" ? `${value}n` : typeof value === "object" ? shownObject(value) : String(value);
  return new SouthboundError("ERR_RANGE", `${shown} does not fit ${kind}`);
}

/** A kind of fixed size from its inline source and the same three operations as functions. */
function fixed<T>(
  name: string,
  size: number,
  inline: Inline,
  get: (c: Chunk, p: number) => T,
  put: (c: Chunk, p: number, value: T) => void,
  fits: (value: T) => boolean,
  toJSON: (value: T) => Json,
  fromJSON: (json: Json) => T,
  misfit: (value: T) => SouthboundError = (value) => rangeError(name, value),
): Kind<T> {
  const codec: Codec<T> = {
    decode: (c, p) => get(c, p),
    encode(c, p, value) {
      if (!fits(value)) throw misfit(value);
      put(c, p, value);
      return p + size;
    },
    extent: (_c, p) => p + size,
  };
  return { name, size, inline, codec: () => codec, toJSON, fromJSON };
}

/** `at+n` as source. */
export const plus = (at: string, n: number): string => (n === 0 ? at : `${at}+${n}`);

/** What reads the text of a literal, and nothing else. */
const textual =
  <T>(parse: (text: string) => T) =>
  (given: unknown): T | undefined =>
    typeof given === "string" ? parse(given) : undefined;

const isUint = (value: unknown, max: number): value is number =>
  typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= max;

function uint(name: string, size: 1 | 2 | 4, view: "Uint8" | "Uint16" | "Uint32"): Kind<number> {
  const max = 2 ** (8 * size) - 1;
  return fixed(
    name,
    size,
    {
      get: (at) => `dv.get${view}(${at})`,
      put: (at, v) => `dv.set${view}(${at},${v});`,
      bad: (v) => (size === 4 ? `${v}>>>0!==${v}` : `(${v}&${max})!==${v}`),
    },
    (c, p) => c.dv[`get${view}`](p),
    (c, p, v) => c.dv[`set${view}`](p, v),
    (v) => isUint(v, max),
    (v) => v,
    (j) => (isUint(j, max) ? j : refuse(`an integer from 0 to ${max}`, j)),
  );
}

/** An unsigned 8-bit integer. */
export const U8: Kind<number> = uint("u8", 1, "Uint8");
/** An unsigned 16-bit integer in network byte order. */
export const U16: Kind<number> = uint("u16", 2, "Uint16");
/** An unsigned 32-bit integer in network byte order. */
export const U32: Kind<number> = uint("u32", 4, "Uint32");

/** An unsigned 24-bit integer in network byte order. */
export const U24: Kind<number> = fixed(
  "u24",
  3,
  {
    get: (at) => `(dv.getUint8(${at})<<16|dv.getUint16(${plus(at, 1)}))`,
    put: (at, v) => `dv.setUint8(${at},${v}>>>16);dv.setUint16(${plus(at, 1)},${v}&65535);`,
    bad: (v) => `${v}>>>0!==${v}||${v}>16777215`,
  },
  (c, p) => (c.dv.getUint8(p) << 16) | c.dv.getUint16(p + 1),
  (c, p, v) => {
    c.dv.setUint8(p, v >>> 16);
    c.dv.setUint16(p + 1, v & 0xffff);
  },
  (v) => isUint(v, 0xffffff),
  (v) => v,
  (j) => (isUint(j, 0xffffff) ? j : refuse("an integer from 0 to 16777215", j)),
);

/** The largest integer of 48 bits. */
export const MAX48 = 0xffffffffffff;

const MAC_BYTES: Kind<number> = fixed(
  "mac",
  6,
  {
    get: (at) => `(dv.getUint16(${at})*4294967296+dv.getUint32(${plus(at, 2)}))`,
    put: (at, v) => `dv.setUint16(${at},${v}/4294967296);dv.setUint32(${plus(at, 2)},${v}>>>0);`,
    bad: (v) => `typeof ${v}!=="number"||!(${v}>=0&&${v}<=${MAX48}&&Math.floor(${v})===${v})`,
  },
  (c, p) => c.dv.getUint16(p) * 4294967296 + c.dv.getUint32(p + 2),
  (c, p, v) => {
    c.dv.setUint16(p, v / 4294967296);
    c.dv.setUint32(p + 2, v >>> 0);
  },
  (v) => isUint(v, MAX48),
  (v) => formatMac(v),
  (j) => (typeof j === "string" ? parseMac(j) : refuse("an Ethernet address", j)),
);

/** A 48-bit Ethernet address, as a number. */
export const MAC: TextKind<number> = { ...MAC_BYTES, literal: textual(parseMac) };

/** An IPv4 address, as an unsigned 32-bit number. */
export const IPV4: TextKind<number> = {
  ...U32,
  name: "ipv4",
  literal: textual(parseIpv4),
  toJSON: (v) => formatIpv4(v),
  fromJSON: (j) => (typeof j === "string" ? parseIpv4(j) : refuse("an IPv4 address", j)),
};

const isBig = (value: unknown, bits: number): value is bigint => typeof value === "bigint" && BigInt.asUintN(bits, value) === value;

const bigFromJSON = (json: Json, bits: number): bigint => {
  if (Number.isSafeInteger(json) || (typeof json === "string" && /^(0x[0-9a-f]+|\d+)$/i.test(json))) {
    const v = BigInt(json as number | string);
    if (isBig(v, bits)) return v;
  }
  return refuse(`an unsigned integer of ${bits} bits, written 0x… in a string`, json);
};

/** Eight bytes as a bigint and as two numbers: typed arrays turn one into the other without a call, which DataView's methods for bigints cost. */
const whole = new BigUint64Array(1);
const halves = new Uint32Array(whole.buffer);
whole[0] = 1n;
const LOW = halves[0] === 1 ? 0 : 1;
const [high, low] = [`halves$[${1 - LOW}]`, `halves$[${LOW}]`];

/** An unsigned 64-bit integer in network byte order, as a bigint. */
export const U64: Kind<bigint> = fixed(
  "u64",
  8,
  {
    // zero, the most common value, is told by its halves: reading the whole waits for both to be written
    get: (at) => `(${high}=dv.getUint32(${at}),${low}=dv.getUint32(${plus(at, 4)}),(${high}|${low})===0?0n:whole$[0])`,
    put: (at, v) => `whole$[0]=${v};dv.setUint32(${at},${high});dv.setUint32(${plus(at, 4)},${low});`,
    bad: (v) => `BigInt.asUintN(64,${v})!==${v}`,
    env: { whole$: whole, halves$: halves },
  },
  (c, p) => c.dv.getBigUint64(p),
  (c, p, v) => c.dv.setBigUint64(p, v),
  (v) => isBig(v, 64),
  (v) => `0x${v.toString(16)}`,
  (j) => bigFromJSON(j, 64),
);

/** An unsigned 128-bit integer in network byte order, as a bigint. */
export const U128: Kind<bigint> = fixed(
  "u128",
  16,
  {
    get: (at) => `(dv.getBigUint64(${at})<<64n|dv.getBigUint64(${plus(at, 8)}))`,
    put: (at, v) => `dv.setBigUint64(${at},${v}>>64n);dv.setBigUint64(${plus(at, 8)},BigInt.asUintN(64,${v}));`,
    bad: (v) => `BigInt.asUintN(128,${v})!==${v}`,
  },
  (c, p) => (c.dv.getBigUint64(p) << 64n) | c.dv.getBigUint64(p + 8),
  (c, p, v) => {
    c.dv.setBigUint64(p, v >> 64n);
    c.dv.setBigUint64(p + 8, BigInt.asUintN(64, v));
  },
  (v) => isBig(v, 128),
  (v) => `0x${v.toString(16)}`,
  (j) => bigFromJSON(j, 128),
);

/** An IPv6 address, as a 128-bit bigint. */
export const IPV6: TextKind<bigint> = {
  ...U128,
  name: "ipv6",
  literal: textual(parseIpv6),
  toJSON: (v) => formatIpv6(v),
  fromJSON: (j) => (typeof j === "string" ? parseIpv6(j) : refuse("an IPv6 address", j)),
};

let serial = 0;

/** A fixed kind from functions alone; the specialised codec calls them. */
export function fixedKind<T>(
  name: string,
  size: number,
  get: (c: Chunk, p: number) => T,
  put: (c: Chunk, p: number, value: T) => void,
  fits: (value: T) => boolean,
  toJSON: (value: T) => Json,
  fromJSON: (json: Json) => T,
  misfit?: (value: T) => SouthboundError,
): Kind<T> {
  serial += 1;
  const [g, s, f] = [`get$${serial}`, `put$${serial}`, `fits$${serial}`];
  const inline: Inline = {
    get: (at) => `${g}(c,${at})`,
    put: (at, v) => `${s}(c,${at},${v});`,
    bad: (v) => `!${f}(${v})`,
    env: { [g]: get, [s]: put, [f]: fits },
  };
  return fixed(name, size, inline, get, put, fits, toJSON, fromJSON, misfit);
}

/**
 * A number that one version writes in another width or with other values than the logical field has, such as the 16-bit port numbers of OpenFlow 1.0.
 * @param read - from the wire's value to the logical one
 * @param write - back; undefined where the version has no such value
 * @param refusal - the error for such a value, if it is not that of a number which does not fit
 */
export function mapped(
  name: string,
  wire: Kind<number>,
  read: (wire: number) => number,
  write: (value: number) => number | undefined,
  refusal?: (value: number) => SouthboundError | undefined,
): Kind<number> {
  const codec = wire.codec(1, "interpreted");
  const inline = wire.inline!;
  serial += 1;
  const [r, w] = [`read$${serial}`, `write$${serial}`];
  return fixed(
    name,
    wire.size,
    {
      get: (at) => `${r}(${inline.get(at)})`,
      put: (at) => inline.put(at, "x"),
      bad: (v) => `(x=${w}(${v}))===undefined||${inline.bad("x")}`,
      env: { ...inline.env, [r]: read, [w]: write },
    },
    (c, p) => read(codec.decode(c, p, p + wire.size)),
    (c, p, v) => {
      codec.encode(c, p, write(v)!);
    },
    (v) => write(v) !== undefined,
    (v) => v,
    (j) => (typeof j === "number" && write(j) !== undefined ? j : refuse(name, j)),
    (v) => refusal?.(v) ?? rangeError(name, v),
  );
}

/** Text in a field of `size` bytes that ends at the first NUL or with the field. Bytes that are not UTF-8 survive. */
export function textKind(size: number): Kind<string> {
  return fixedKind(
    `text${size}`,
    size,
    (c, p) => {
      let e = p;
      while (e < p + size && c.u8[e] !== 0) e += 1;
      return decodeText(c.u8, p, e);
    },
    (c, p, v) => {
      c.dv.setUint8(p + size - 1, 0);
      c.u8.fill(0, encodeText(v, c.u8, p), p + size);
    },
    (v) => typeof v === "string" && encodedLength(v) <= size && !v.includes("\0"),
    (v) => v,
    (j) => (typeof j === "string" ? j : refuse("text", j)),
  );
}

/** Exactly `size` bytes that nothing interprets. Decoded bytes are a copy that the receiver owns. */
export function opaqueKind(size: number): Kind<Uint8Array> {
  return fixedKind<Uint8Array>(
    `opaque${size}`,
    size,
    (c, p) => c.u8.slice(p, p + size),
    (c, p, v) => c.u8.set(v, p),
    (v) => v instanceof Uint8Array && v.length === size,
    (v) => toHex(v),
    (j) => {
      const bytes = typeof j === "string" ? fromHex(j) : refuse("bytes in hexadecimal", j);
      return bytes.length === size ? bytes : refuse(`${size} bytes in hexadecimal`, j);
    },
  );
}
