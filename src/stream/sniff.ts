/** What bytes may be that are not what was expected. */
export type Content = "OpenFlow" | "SSL" | "JSON-RPC";

/** Guesses by its first bytes what a peer speaks; undefined where they do not show it. */
export function guessContent(bytes: Uint8Array): Content | undefined {
  const [a, b] = bytes;
  if (a === 0x16 && b === 3) return "SSL";
  if (a === 0x7b && b === 0x22) return "JSON-RPC";
  if (a !== undefined && a >= 1 && a <= 6 && b === 0) return "OpenFlow";
  return undefined;
}

/**
 * The hint for a peer that speaks something else, in Open vSwitch's words: `received SSL data on OpenFlow channel`.
 * @returns undefined when the bytes are what was expected, or do not show anything
 */
export function contentHint(bytes: Uint8Array, expected: Content): string | undefined {
  const got = guessContent(bytes);
  return got === undefined || got === expected ? undefined : `received ${got} data on ${expected} channel`;
}
