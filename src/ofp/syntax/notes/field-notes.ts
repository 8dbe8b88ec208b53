import type { Chunk } from "../../../bytes/mod.js";
import type { Subfield } from "../../action/subfield.js";
import { bitsIn, isWritable, knownForm } from "../../check/mod.js";
import { EXPERIMENTER_CLASS } from "../../oxm/header.js";
import { type NoteSink, sharp, warn } from "./note.js";

/** Notes why part of a field cannot be read or written, whatever the packets are. Open vSwitch meta-flow.c (mf_check__) */
export function notePart(log: NoteSink, v: Subfield, use: "source" | "destination"): void {
  const form = knownForm(v);
  const text = (): string | undefined => {
    // one that is not known is refused before
    if (form === undefined) return undefined;
    const [name, width] = [form.name, bitsIn(form)];
    if (v.bits === 0) return `zero bit ${use} field ${name}`;
    if (v.offset >= width) return `bit offset ${v.offset} exceeds ${width}-bit width of ${use} field ${name}`;
    if (v.offset + v.bits > width) return `bit offset ${v.offset} and width ${v.bits} exceeds ${width}-bit width of ${use} field ${name}`;
    return use === "destination" && !isWritable(form.field) ? `destination field ${name} is not writable` : undefined;
  };
  const found = text();
  if (found !== undefined) warn(log, "meta_flow", found);
}

/** Notes that packets lack a field that an action reads or writes. */
export const noteLack = (log: NoteSink, v: Subfield, use: "source" | "destination"): void =>
  warn(log, "meta_flow", `${use} field ${knownForm(v)?.name ?? ""} lacks correct prerequisites`);

/** Notes that a field has bits which its mask leaves out. Open vSwitch counts the line twice. nx-match.c (is_mask_consistent) */
export function noteStray(log: NoteSink, header: number, experimenter: number): void {
  const entry = [sharp(experimenter), header >>> 16, (header >>> 9) & 127, (header >>> 8) & 1, header & 255].join(":");
  const text = `Rejecting NXM/OXM entry ${entry} with 1-bits in value for bits wildcarded by the mask.`;
  log({ module: "nx_match", level: "WARN", text, limit: "nx_match", cost: 2 });
}

/** Notes the first of the fields in [p, end) that has bits which its mask leaves out. */
export function noteStrayIn(log: NoteSink, c: Chunk, p: number, end: number): void {
  for (let q = p; end - q >= 4; ) {
    const header = c.dv.getUint32(q);
    const more = header >>> 16 === EXPERIMENTER_CLASS ? 4 : 0;
    const next = q + 4 + (header & 255);
    if (next > end || (header & 255) < more) return;
    const half = ((header & 255) - more) >>> 1;
    const at = q + 4 + more;
    if ((header & 256) !== 0) {
      for (let i = 0; i < half; i++) {
        if ((c.u8[at + i]! & ~c.u8[at + half + i]!) !== 0) {
          noteStray(log, header, more === 0 ? 0 : c.dv.getUint32(q + 4));
          return;
        }
      }
    }
    q = next;
  }
}
