/** Where random numbers come from: a seeded generator, or a property-testing library that wants to shrink what it found. */
export interface RandomSource {
  /** An integer from `min` to `max`, both included. */
  integer(min: number, max: number): number;
}

/** A source that gives the same numbers for the same seed, an integer of 32 bits. It is no source for secrets. */
export function seededSource(seed: number): RandomSource {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x9e37_79b9) >>> 0;
    let x = state;
    x = Math.imul(x ^ (x >>> 16), 0x21f0_aaad);
    x = Math.imul(x ^ (x >>> 15), 0x735a_2d97);
    return ((x ^ (x >>> 15)) >>> 0) / 0x1_0000_0000;
  };
  return { integer: (min, max) => min + Math.floor(next() * (max - min + 1)) };
}

/** True in `percent` of a hundred cases. */
export function chance(source: RandomSource, percent: number): boolean {
  return source.integer(0, 99) < percent;
}

/** One of the values. */
export function pick<T>(source: RandomSource, values: readonly T[]): T {
  return values[source.integer(0, values.length - 1)]!;
}

/** `length` random bytes. */
export function bytesFrom(source: RandomSource, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i += 4) {
    const word = source.integer(0, 0xffffffff);
    for (let k = 0; k < 4 && i + k < length; k++) bytes[i + k] = word >>> (8 * k);
  }
  return bytes;
}

/** A random unsigned number of `bits` bits: a bigint where `big` says so. */
export function numberFrom(source: RandomSource, bits: number, big: boolean): number | bigint {
  let value = 0n;
  for (let left = bits; left > 0; left -= 24)
    value = (value << BigInt(Math.min(24, left))) | BigInt(source.integer(0, 2 ** Math.min(24, left) - 1));
  return big ? value : Number(value);
}
