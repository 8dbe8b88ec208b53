import { SouthboundError } from "../errors/mod.js";

/** The two lower-case hexadecimal digits of every byte. */
export const HEX_BYTES: readonly string[] = Array.from({ length: 256 }, (_, b) => b.toString(16).padStart(2, "0"));

/** Lower-case hexadecimal digits, two a byte, with nothing between them. */
export function toHex(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i++) text += HEX_BYTES[bytes[i]!]!;
  return text;
}

/**
 * The bytes that hexadecimal digits of either case stand for. White space is ignored wherever it stands.
 * @throws SouthboundError `ERR_USAGE` for another character or an odd number of digits
 */
export function fromHex(text: string): Uint8Array {
  const digits = text.replace(/\s+/g, "");
  const wrong = digits.search(/[^0-9a-fA-F]/);
  if (wrong >= 0) {
    throw new SouthboundError("ERR_USAGE", `hexadecimal digits and white space are accepted, not ${JSON.stringify(digits[wrong])}`);
  }
  if (digits.length % 2 !== 0)
    throw new SouthboundError("ERR_USAGE", `an even number of hexadecimal digits is wanted, not ${digits.length}`);
  const bytes = new Uint8Array(digits.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

const BYTES_A_LINE = 16;

/**
 * A dump as Open vSwitch prints it: 16 bytes a line, each line with the offset in eight digits, the bytes in hexadecimal with `-` behind
 * the eighth, and the printable ASCII characters between bars. Every line ends in a newline; no bytes give no line.
 * @param base - the offset of the first byte; where it is no multiple of 16, the first line is indented to match
 */
export function hexDump(bytes: Uint8Array, base = 0): string {
  let text = "";
  for (let at = 0; at < bytes.length; ) {
    const first = (base + at) % BYTES_A_LINE;
    const last = Math.min(BYTES_A_LINE, first + bytes.length - at);
    let digits = "   ".repeat(first);
    let ascii = " ".repeat(first);
    for (let i = first; i < last; i++) {
      const b = bytes[at++]!;
      digits += HEX_BYTES[b]! + (i === BYTES_A_LINE / 2 - 1 ? "-" : " ");
      ascii += b >= 0x20 && b <= 0x7e ? String.fromCharCode(b) : ".";
    }
    const offset = (base + at - last).toString(16).padStart(8, "0");
    text += `${offset}  ${digits}${"   ".repeat(BYTES_A_LINE - last)}|${ascii}${" ".repeat(BYTES_A_LINE - last)}|\n`;
  }
  return text;
}
