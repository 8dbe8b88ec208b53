import { Chunk } from "../../bytes/mod.js";
import type { Codec, Mode, Version } from "../../schema/mod.js";

const MAX_LENGTH = 0x10000;

/**
 * Looks at an element that was decoded as at its bytes, for faults that only bytes show.
 * @param fault - why Open vSwitch refuses the element that starts the chunk
 */
export function inBytes<T>(
  type: { codec(version: Version, mode: Mode): Codec<T> },
  value: T,
  version: Version,
  fault: (c: Chunk) => string | undefined,
): string | undefined {
  const chunk = new Chunk(MAX_LENGTH);
  const end = type.codec(version, "interpreted").encode(chunk, 0, value);
  return fault(new Chunk(chunk.u8.subarray(0, end)));
}
