/** Changes bytes of messages as a peer with a fault or with malice would: any bytes, any field, and elements doubled, moved, removed and made up. */
import { bytesFrom, pick, type RandomSource } from "../../src/testing/arbitrary-source.js";

const HEADER = 8;

/** What a field of 16 or 32 bits is set to. */
const ODD16 = [0, 1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 24, 32, 40, 0x00ff, 0x0100, 0x3ff, 0x7fff, 0x8000, 0xfffe, 0xffff];
const ODD32 = [0, 1, 2, 0xff, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffff00, 0xfffffffd, 0xfffffffe, 0xffffffff];

const u16 = (b: Uint8Array, at: number): number => (b[at]! << 8) | b[at + 1]!;
const put16 = (b: Uint8Array, at: number, v: number): void => {
  b[at] = v >>> 8;
  b[at + 1] = v;
};
const put32 = (b: Uint8Array, at: number, v: number): void => {
  put16(b, at, v >>> 16);
  put16(b, at + 2, v & 0xffff);
};
const padded = (n: number): number => (n + 7) & ~7;

/** What may be an element with a type, a length at its third byte and padding behind it: where it starts and how much it takes. */
interface Span {
  readonly at: number;
  readonly size: number;
  readonly length: number;
}

function spans(b: Uint8Array): Span[] {
  const found: Span[] = [];
  for (let at = HEADER; at + 4 <= b.length; at += 4) {
    const length = u16(b, at + 2);
    if (length < 4 || at + length > b.length) continue;
    found.push({ at, length, size: Math.min(padded(length), b.length - at) });
    // oxm, whose length counts what is behind its header
    const behind = 4 + b[at + 3]!;
    if (b[at + 3] !== 0 && at + behind <= b.length) found.push({ at, length: behind, size: behind });
  }
  return found;
}

/** Takes `removed` bytes away at `at`, puts others there, and corrects each length that may reach over the place. */
function splice(source: RandomSource, b: Uint8Array, at: number, removed: number, put: Uint8Array): Uint8Array {
  const delta = put.length - removed;
  const size = b.length + delta;
  if (size < HEADER || size > 4000) return b;
  const made = new Uint8Array(size);
  made.set(b.subarray(0, at));
  made.set(put, at);
  made.set(b.subarray(at + removed), at + put.length);
  const careful = source.integer(0, 9) > 0;
  for (let p = HEADER; careful && p + 2 <= at; p += 2) {
    for (const start of [p, p - 2]) {
      const length = u16(b, p);
      const end = start + length;
      if (
        length >= 4 &&
        end <= b.length &&
        end >= at + Math.max(removed, 1) - 7 &&
        end > p &&
        padded(end) >= at + removed &&
        length + delta > 0
      ) {
        put16(made, p, length + delta);
        break;
      }
    }
  }
  put16(made, 2, size);
  return made;
}

function one(source: RandomSource, b: Uint8Array): Uint8Array {
  const any = (step: number, room: number): number =>
    b.length - HEADER < room ? -1 : HEADER + step * source.integer(0, Math.floor((b.length - HEADER - room) / step));
  switch (source.integer(0, 11)) {
    case 0: {
      const at = any(1, 1);
      if (at >= 0) b[at] = b[at]! ^ (1 << source.integer(0, 7));
      return b;
    }
    case 1: {
      const at = any(1, 1);
      if (at >= 0) b[at] = source.integer(0, 255);
      return b;
    }
    case 2:
    case 3: {
      const at = any(2, 2);
      if (at >= 0) put16(b, at, source.integer(0, 3) === 0 ? Math.max(0, b.length - at + source.integer(-8, 8)) : pick(source, ODD16));
      return b;
    }
    case 4: {
      const at = any(4, 4);
      if (at >= 0) put32(b, at, pick(source, ODD32));
      return b;
    }
    case 5: {
      const at = any(4, 8);
      if (at >= 0) b.fill(0, at, at + 8);
      return b;
    }
    case 6: {
      const n = HEADER + source.integer(0, Math.max(0, b.length - HEADER));
      return splice(source, b, n, b.length - n, new Uint8Array(0));
    }
    case 7: {
      // any bytes behind the end
      return splice(source, b, b.length, 0, source.integer(0, 1) === 0 ? new Uint8Array(8) : bytesFrom(source, 8));
    }
    default: {
      const all = spans(b);
      if (all.length === 0) return b;
      const { at, size, length } = pick(source, all);
      const bytes = b.slice(at, at + size);
      switch (source.integer(0, 5)) {
        case 0: // twice
          return splice(source, b, at, 0, bytes);
        case 1: {
          // twice, the second with other content
          for (let i = 4; i < length; i++) bytes[i] = source.integer(0, 1) === 0 ? 0 : source.integer(0, 255);
          return splice(source, b, source.integer(0, 1) === 0 ? at : at + size, 0, bytes);
        }
        case 2: // gone
          return splice(source, b, at, size, new Uint8Array(0));
        case 3: {
          // an unknown one beside it
          const n = 4 + source.integer(0, 12);
          const other = new Uint8Array(padded(n));
          other.set(bytesFrom(source, n));
          put16(other, 0, pick(source, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0x7777, 0xfffe, 0xffff]));
          put16(other, 2, source.integer(0, 3) === 0 ? padded(n) : n);
          return splice(source, b, source.integer(0, 1) === 0 ? at : at + size, 0, other);
        }
        case 4: {
          // changes place with the next one
          const next = all.find((s) => s.at === at + size);
          if (next === undefined) return b;
          const rest = b.slice(next.at, next.at + next.size);
          b.set(rest, at);
          b.set(bytes, at + rest.length);
          return b;
        }
        default: // another type
          put16(b, at, source.integer(0, 1) === 0 ? source.integer(0, 16) : u16(b, at) ^ (1 << source.integer(0, 15)));
          return b;
      }
    }
  }
}

/** A copy of a message with up to four changes. Its version and type stay, and its length is right. */
export function mutated(source: RandomSource, message: Uint8Array): Uint8Array {
  let b: Uint8Array = message.slice();
  for (let n = source.integer(1, 4); n > 0; n--) b = one(source, b);
  return b;
}
