import { encodeMessage, Hello, VersionBitmap } from "../../ofp/mod.js";
import { printBytes } from "../../ofp/syntax/mod.js";
import type { Version } from "../../schema/mod.js";
import { Fatal } from "./fatal.js";
import { dump, type Run, write } from "./settings.js";

/** The last version that this program knows; a hello of a later one has the same form. */
const LAST: Version = 6;

/** The number that text begins with, as strtol() reads it: hexadecimal behind `0x`, octal behind `0`; 0 where there is none. */
function numberOf(text: string): number {
  const [, sign, digits = "0"] = /^\s*([+-]?)(0x[0-9a-f]+|\d+)/i.exec(text) ?? [];
  const octal = /^0[0-7]+/.exec(digits);
  const value = /^0x/i.test(digits)
    ? BigInt(digits)
    : octal !== null
      ? BigInt(`0o${octal[0].slice(1)}`)
      : digits[0] === "0"
        ? 0n
        : BigInt(digits);
  return Number(BigInt.asUintN(32, sign === "-" ? -value : value));
}

/** Prints the hello that offers the versions of a bitmap, of which bit n is wire version n. */
export const encodeHello: Run = ([given = ""], { verbosity }) => {
  const bitmap = numberOf(given);
  const highest = 31 - Math.clz32(bitmap);
  if (highest < 1) throw new Fatal(`encode-hello takes a bitmap of which bit 1 is OpenFlow 1.0 and bit 6 OpenFlow 1.5, not '${given}'`);
  // versions without a gap below the highest are told by the header alone
  const all = bitmap >>> 1;
  const elements = (all & (all + 1)) === 0 ? [] : [VersionBitmap.of({ bitmaps: [bitmap] })];
  const hello = Hello.of({ elements });
  hello.xid = 1;
  const bytes = encodeMessage(hello, Math.min(highest, LAST) as Version);
  bytes[0] = highest;
  write(dump(bytes) + printBytes(bytes, { verbosity }));
};
