import { fromHex, toHex } from "../bytes/mod.js";
import { SouthboundError } from "../errors/mod.js";
import { type Field, type FieldNote, field } from "./field.js";
import type { Codec, Kind } from "./kind.js";

const EMPTY = new Uint8Array(0);

const codec: Codec<Uint8Array> = {
  decode: (c, p, end) => c.u8.slice(p, end),
  borrow: (c, p, end) => c.u8.subarray(p, end),
  encode(c, p, value) {
    if (!(value instanceof Uint8Array)) throw new TypeError("bytes are a Uint8Array");
    c.u8.set(value, p);
    return p + value.length;
  },
  extent: (_c, _p, end) => end,
};

/** Bytes up to the end of what holds them. Decoded bytes are a copy that the receiver owns; as a lazy field they are borrowed. */
export const BYTES: Kind<Uint8Array> = {
  name: "bytes",
  size: 0,
  greedy: true,
  codec: () => codec,
  isEmpty: (value) => value.length === 0,
  toJSON: (value) => toHex(value),
  fromJSON(json) {
    if (typeof json !== "string") throw new SouthboundError("ERR_USAGE", `${JSON.stringify(json)} is not bytes in hexadecimal`);
    return fromHex(json);
  },
};

/** A field of bytes up to the end of what holds them. */
export const bytes = (note?: FieldNote): Field<Uint8Array> => field(BYTES, EMPTY, note);
