import { viewOf } from "../../../bytes/mod.js";
import { EXPERIMENTER, EXPERIMENTER_MESSAGE } from "../../ids.js";
import { isStats, type MessageKind } from "../message/message-kinds.js";
import { type NoteSink, sharp, warnOwn } from "./note.js";

/** How many of these may come at once: they would be as many as the messages. */
const ONE = 1;

/** The errors of messages whose kind is not known. */
const LOGGED: readonly string[] = ["OFPBRC_BAD_VENDOR", "OFPBRC_BAD_TYPE", "OFPBRC_BAD_STAT", "OFPBRC_BAD_SUBTYPE"];

/** Notes why the kind of a message is not known. Open vSwitch ofp-msgs.c (ofphdrs_decode, ofpraw_from_ofphdrs) */
export function noteKind(log: NoteSink, u8: Uint8Array, error: string): void {
  // of a message that ends before it says what it is nothing is logged
  if (!LOGGED.includes(error)) return;
  const dv = viewOf(u8);
  const [version, type] = u8 as unknown as [number, number];
  const stats = isStats(version, type);
  const body = version === 1 ? 12 : 16;
  const stat = stats ? dv.getUint16(8) : 0;
  const at = type === EXPERIMENTER_MESSAGE ? 8 : stat === EXPERIMENTER ? body : undefined;
  if (error === "OFPBRC_BAD_VENDOR" && at !== undefined) {
    const vendor = dv.getUint32(at);
    warnOwn(log, "ofp_msgs", "vendor", `OpenFlow message has unknown vendor ${sharp(vendor)}`, ONE);
  }
  if (error === "OFPBRC_BAD_VENDOR") return;
  let text = `version ${version}, type ${type}`;
  if (stats) text += `, stat ${stat}`;
  if (error === "OFPBRC_BAD_SUBTYPE" && at !== undefined)
    text += `, vendor 0x${dv.getUint32(at).toString(16)}, subtype ${dv.getUint32(at + 4)}`;
  warnOwn(log, "ofp_msgs", "unknown", `unknown OpenFlow message (${text})`, ONE);
}

/** Notes that a message has a length that its kind cannot have. Open vSwitch ofp-msgs.c (ofpraw_check_length) */
export function noteLength(log: NoteSink, { name, min, multiple }: MessageKind, length: number): void {
  const wanted =
    multiple === 0
      ? `expected length ${min}`
      : multiple === 1
        ? `expected length at least ${min} bytes`
        : `must be exactly ${min} bytes or longer by an integer multiple of ${multiple} bytes`;
  warnOwn(log, "ofp_msgs", "length", `received ${name} with incorrect length ${length} (${wanted})`);
}
