/** The bytes of the longest value of a field without a size of its own: an option of a tunnel. The header without a value has this length in actions. Open vSwitch tun-metadata.h */
export const OPTION_BYTES = 124;

/** A number as the bytes of an option, all of them. */
export function optionOf(number: bigint): Uint8Array {
  const bytes = new Uint8Array(OPTION_BYTES);
  let rest = number;
  for (let i = OPTION_BYTES - 1; rest !== 0n && i >= 0; i--) {
    bytes[i] = Number(rest & 255n);
    rest >>= 8n;
  }
  return bytes;
}

/** Bytes as one number, the first being the highest. */
export const numberOfBytes = (bytes: Uint8Array): bigint => bytes.reduce((sum, b) => (sum << 8n) | BigInt(b), 0n);
