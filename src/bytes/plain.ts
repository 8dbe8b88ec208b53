const PLAIN: object = Uint8Array.prototype;

/**
 * The same memory as a `Uint8Array` and no subclass of it: the argument itself where it is one. Of Node's `Buffer` it is a view, so that `slice()` of the result copies, as that of a
 * `Uint8Array` does and that of a `Buffer` does not.
 */
export function plainBytes(bytes: Uint8Array): Uint8Array {
  return Object.getPrototypeOf(bytes) === PLAIN ? bytes : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/**
 * A copy of the bytes from `start` to before `end`, with memory of its own that is not shared, whatever kind of `Uint8Array` they are. Offsets beyond the end are the end; negative ones are 0.
 */
export function copyBytes(bytes: Uint8Array, start = 0, end: number = bytes.length): Uint8Array {
  const from = Math.min(Math.max(start, 0), bytes.length);
  const to = Math.min(Math.max(end, from), bytes.length);
  const copy = new Uint8Array(to - from);
  copy.set(new Uint8Array(bytes.buffer, bytes.byteOffset + from, to - from));
  return copy;
}

/** A view of bytes for reads and writes in network byte order, of exactly their memory: a `Buffer` often is a part of a larger one. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
