import { encodeMessage, Hello, VersionBitmap } from "../../ofp/mod.js";
import { printBytes } from "../../ofp/text/mod.js";
import type { Version } from "../../schema/mod.js";
import { dump, Fatal, type Run, write } from "./settings.js";

/** Prints the hello that offers the versions of a bitmap, of which bit n is wire version n. */
export const encodeHello: Run = ([given = ""], { verbosity }) => {
  const bitmap = Number(given);
  const highest = 31 - Math.clz32(bitmap);
  if (!Number.isInteger(bitmap) || highest < 1 || highest > 6) {
    throw new Fatal(`encode-hello takes a bitmap of which bit 1 is OpenFlow 1.0 and bit 6 OpenFlow 1.5, not '${given}'`);
  }
  // versions without a gap below the highest are told by the header alone
  const all = bitmap >>> 1;
  const elements = (all & (all + 1)) === 0 ? [] : [VersionBitmap.of({ bitmaps: [bitmap] })];
  const hello = Hello.of({ elements });
  hello.xid = 1;
  const bytes = encodeMessage(hello, highest as Version);
  write(dump(bytes) + printBytes(bytes, { verbosity }));
};
