/** A value of which only the bits set in the mask count. */
export interface Masked<T> {
  readonly value: T;
  readonly mask: T;
}

/** `a & b` for two numbers of up to 48 bits or two bigints. */
export function and(a: number | bigint, b: number | bigint): number | bigint {
  if (typeof a === "bigint" || typeof b === "bigint") return BigInt(a) & BigInt(b);
  if (a <= 0xffffffff && b <= 0xffffffff) return (a & b) >>> 0;
  const high = Math.floor(a / 4294967296) & Math.floor(b / 4294967296);
  return high * 4294967296 + ((a & b) >>> 0);
}
