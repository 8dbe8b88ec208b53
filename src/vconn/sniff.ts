/** How many first bytes of a connection identify its protocol. */
export const SNIFFED = 8;

/**
 * What the first bytes of a connection look like when they are no OpenFlow: `SSL` or `JSON-RPC`, the two that people point at the wrong port. Undefined for
 * everything else.
 */
export function sniff(first: Uint8Array): string | undefined {
  if (first.length < 2) return undefined;
  if (first[0] === 0x16 && first[1] === 0x03) return "SSL";
  if (first[0] === 0x7b && first[1] === 0x22) return "JSON-RPC";
  return undefined;
}
