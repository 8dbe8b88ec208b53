import { SouthboundError } from "../errors/mod.js";

const SHORT = 24;
const SLICE = 4096;
const STRICT = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * The text of bytes in UTF-8, without loss: a byte that is no part of valid UTF-8 becomes the lone surrogate U+DC00 + byte, as Python's `surrogateescape` has
 * it, and {@link encodeText} turns it back into the byte. Never throws for bytes inside `u8`.
 */
export function decodeText(u8: Uint8Array, start = 0, end = u8.length): string {
  if (end - start <= SHORT) {
    let text = "";
    for (let p = start; p < end; p++) {
      const b = u8[p]!;
      if (b >= 0x80) return decodeEscaped(u8, start, end);
      text += String.fromCharCode(b);
    }
    return text;
  }
  try {
    return STRICT.decode(u8.subarray(start, end));
  } catch {
    return decodeEscaped(u8, start, end);
  }
}

/** How many bytes the valid UTF-8 sequence at `p` has, 0 where there is none (RFC 3629, section 4). */
function sequenceLength(u8: Uint8Array, p: number, end: number): number {
  const lead = u8[p]!;
  if (lead < 0x80) return 1;
  if (lead < 0xc2 || lead > 0xf4) return 0;
  const length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  if (p + length > end) return 0;
  const second = u8[p + 1]!;
  const low = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const high = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  if (second < low || second > high) return 0;
  for (let i = 2; i < length; i++) if ((u8[p + i]! & 0xc0) !== 0x80) return 0;
  return length;
}

function decodeEscaped(u8: Uint8Array, start: number, end: number): string {
  let text = "";
  let units: number[] = [];
  for (let p = start; p < end; ) {
    const length = sequenceLength(u8, p, end);
    const b = u8[p]!;
    if (length === 0) units.push(0xdc00 + b);
    else if (length === 1) units.push(b);
    else if (length === 2) units.push(((b & 0x1f) << 6) | (u8[p + 1]! & 0x3f));
    else if (length === 3) units.push(((b & 0x0f) << 12) | ((u8[p + 1]! & 0x3f) << 6) | (u8[p + 2]! & 0x3f));
    else {
      const point = ((b & 7) << 18) | ((u8[p + 1]! & 0x3f) << 12) | ((u8[p + 2]! & 0x3f) << 6) | (u8[p + 3]! & 0x3f);
      units.push(0xd800 + ((point - 0x1_0000) >> 10), 0xdc00 + (point & 0x3ff));
    }
    p += length || 1;
    if (units.length >= SLICE) {
      text += String.fromCharCode(...units);
      units = [];
    }
  }
  return text + String.fromCharCode(...units);
}

function isPair(text: string, i: number, unit: number): boolean {
  return unit < 0xdc00 && i + 1 < text.length && (text.charCodeAt(i + 1) & 0xfc00) === 0xdc00;
}

/** 1 for the surrogate that stands for a byte; throws for every other one that has no partner. */
function escapedLength(unit: number): 1 {
  if (unit >= 0xdc80 && unit <= 0xdcff) return 1;
  throw new SouthboundError("ERR_RANGE", `the lone surrogate U+${unit.toString(16).toUpperCase()} stands for no byte`);
}

/**
 * How many bytes {@link encodeText} writes for `text` from its code unit `from` on.
 * @throws SouthboundError `ERR_RANGE` for a lone surrogate outside U+DC80 to U+DCFF
 */
export function encodedLength(text: string, from = 0): number {
  let length = 0;
  for (let i = from; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) length++;
    else if (unit < 0x800) length += 2;
    else if ((unit & 0xf800) !== 0xd800) length += 3;
    else if (isPair(text, i, unit)) {
      length += 4;
      i++;
    } else length += escapedLength(unit);
  }
  return length;
}

/**
 * Writes `text` in UTF-8 to `u8` from `at` on and returns the position behind it. Surrogates that {@link decodeText} made become their bytes again.
 * @throws SouthboundError `ERR_RANGE` where there is no room, or for a lone surrogate outside U+DC80 to U+DCFF
 */
export function encodeText(text: string, u8: Uint8Array, at: number): number {
  if (u8.length - at < text.length) noRoom(text.length, u8.length - at);
  let p = at;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit >= 0x80) return encodeRest(text, i, u8, p);
    u8[p++] = unit;
  }
  return p;
}

function noRoom(wanted: number, left: number): never {
  throw new SouthboundError("ERR_RANGE", `text of ${wanted} bytes does not fit into the ${left} that are left`);
}

function encodeRest(text: string, from: number, u8: Uint8Array, at: number): number {
  const wanted = encodedLength(text, from);
  if (u8.length - at < wanted) noRoom(wanted, u8.length - at);
  let p = at;
  for (let i = from; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) u8[p++] = unit;
    else if (unit < 0x800) {
      u8[p++] = 0xc0 | (unit >> 6);
      u8[p++] = 0x80 | (unit & 0x3f);
    } else if ((unit & 0xf800) !== 0xd800) {
      u8[p++] = 0xe0 | (unit >> 12);
      u8[p++] = 0x80 | ((unit >> 6) & 0x3f);
      u8[p++] = 0x80 | (unit & 0x3f);
    } else if (isPair(text, i, unit)) {
      const point = 0x1_0000 + ((unit & 0x3ff) << 10) + (text.charCodeAt(++i) & 0x3ff);
      u8[p++] = 0xf0 | (point >> 18);
      u8[p++] = 0x80 | ((point >> 12) & 0x3f);
      u8[p++] = 0x80 | ((point >> 6) & 0x3f);
      u8[p++] = 0x80 | (point & 0x3f);
    } else u8[p++] = unit & 0xff;
  }
  return p;
}
