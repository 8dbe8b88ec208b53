import { Chunk } from "../../src/bytes/mod.js";
import { SouthboundError } from "../../src/errors/mod.js";
import type { Kind, Mode, Version } from "../../src/schema/mod.js";

export const MODES: readonly Mode[] = ["specialised", "interpreted"];

/** Encodes at an odd place of a chunk full of ones, so that what is not written shows. */
export function put<T>(kind: Kind<T>, value: T, version: Version, mode: Mode, room = 1000): Uint8Array {
  const chunk = new Chunk(room);
  chunk.u8.fill(255);
  const end = kind.codec(version, mode).encode(chunk, 3, value);
  return chunk.u8.slice(3, end);
}

/** Decodes bytes that lie amid ones. */
export function get<T>(kind: Kind<T>, bytes: Uint8Array | readonly number[], version: Version, mode: Mode): T {
  const chunk = new Chunk(bytes.length + 60);
  chunk.u8.fill(255);
  chunk.u8.set(bytes, 5);
  return kind.codec(version, mode).decode(chunk, 5, 5 + bytes.length);
}

/** The error that `body` throws. */
export function thrown(body: () => unknown): SouthboundError {
  try {
    body();
  } catch (e) {
    if (SouthboundError.is(e)) return e;
    throw e;
  }
  throw new Error("nothing was thrown");
}
