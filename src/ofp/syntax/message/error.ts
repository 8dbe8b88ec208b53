import { Chunk } from "../../../bytes/mod.js";
import { VENDOR_ERROR } from "../../error/error.js";
import { errorName } from "../../error/names.js";
import { EXPERIMENTER } from "../../ids.js";
import type { Context } from "../options.js";
import type { Printers } from "../printer.js";

/** Errors whose data is text for people. */
const WITH_TEXT = ["OFPHFC_INCOMPATIBLE", "OFPHFC_EPERM"];

const INNER_VERBOSITY = 1;

/** Text from a peer, with everything that does not print, quotation marks and backslashes in octal. */
function printableText(bytes: Uint8Array): string {
  let text = "";
  for (const b of bytes) {
    const plain = b >= 0x20 && b <= 0x7e && b !== 0x5c && b !== 0x22;
    text += plain ? String.fromCharCode(b) : `\\${b.toString(8).padStart(3, "0")}`;
  }
  return text;
}

const CODE = 8;

/** What an error message says as Open vSwitch reads it, which takes both forms of experimenters' errors in any version, and where its data starts. */
function readError(raw: Uint8Array, { version, wire }: Context): readonly [name: string | undefined, data: number] {
  const { dv } = new Chunk(raw);
  const word = dv.getUint32(CODE);
  const [type, code] = [word >>> 16, word & 0xffff];
  const size = word === VENDOR_ERROR ? 12 : type === EXPERIMENTER ? 8 : 4;
  const data = CODE + size;
  if (wire > 6 || data > raw.length) return [undefined, CODE + 4];
  if (size === 4) return [errorName(version, type, code), data];
  const vendor = dv.getUint32(CODE + 4);
  const [own, ownCode] = size === 8 ? [code, 0] : [dv.getUint16(CODE + 8), dv.getUint16(CODE + 10)];
  if (vendor === 0 || version <= 2) return [errorName(version, own, ownCode, vendor), data];
  return [ownCode === 0 ? errorName(version, EXPERIMENTER, own, vendor) : undefined, data];
}

function errorText(raw: Uint8Array, c: Context): readonly [text: string, fault: string | undefined] {
  const [name, data] = readError(raw, c);
  if (name === undefined) return ["", "OFPBRC_BAD_LEN"];
  const bytes = raw.subarray(data);
  return [` ${name}\n${WITH_TEXT.includes(name) ? printableText(bytes) : c.inner(bytes, INNER_VERBOSITY)}`, undefined];
}

/** The error message, with the message that it excerpts. */
export const ERROR_PRINTERS: Printers<"error"> = {
  error: {
    text(m, c) {
      const [text, fault] = errorText(c.raw(), c);
      return fault === undefined ? text : ` type ${m.errType} code ${m.code}\n${c.inner(m.data, INNER_VERBOSITY)}`;
    },
    whole: (chunk, c) => errorText(chunk.u8, c),
  },
};
