import { SouthboundError } from "../errors/mod.js";

/** An option that is a whole number. @throws SouthboundError `ERR_RANGE` */
export function wholeNumber(name: string, given: number | undefined, otherwise: number, least: number, most: number): number {
  const value = given ?? otherwise;
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new SouthboundError("ERR_RANGE", `${name} is ${value}; whole numbers from ${least} to ${most} are accepted`);
}

/** A power of two up to 16,384: what a ring can have. @throws SouthboundError `ERR_RANGE` */
export function ringSize(name: string, given: number | undefined, otherwise: number): number {
  const size = wholeNumber(name, given, otherwise, 1, 16_384);
  if ((size & (size - 1)) === 0) return size;
  throw new SouthboundError("ERR_RANGE", `${name} is ${size}; powers of two from 1 to 16384 are accepted`);
}

/** A name that fits into a message. @throws SouthboundError `ERR_RANGE` */
export function shortText(name: string, given: string): string {
  if (Buffer.byteLength(given) <= 31 && !given.includes("\0")) return given;
  throw new SouthboundError("ERR_RANGE", `${name} is ${JSON.stringify(given)}; at most 31 bytes are accepted`);
}

/** A secret as 24 bytes; null for none. Peers copy 23 and a NUL. @throws SouthboundError `ERR_RANGE` */
export function secretBytes(given: string | undefined): Uint8Array | null {
  if (given === undefined || given === "") return null;
  const bytes = Buffer.from(given);
  if (bytes.length > 23 || bytes.includes(0)) throw new SouthboundError("ERR_RANGE", "secret: 1 to 23 bytes are accepted");
  const padded = new Uint8Array(24);
  padded.set(bytes);
  return padded;
}

/** An option that is one of a few words. @throws SouthboundError `ERR_USAGE` */
export function oneOf<T extends string>(name: string, given: T, accepted: readonly T[]): T {
  if (accepted.includes(given)) return given;
  throw new SouthboundError("ERR_USAGE", `${name} is ${JSON.stringify(given)}; accepted are ${accepted.join(", ")}`);
}
