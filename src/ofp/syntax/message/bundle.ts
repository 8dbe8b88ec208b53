import { Chunk, copyBytes } from "../../../bytes/mod.js";
import { BundleControlType, BundleFlags } from "../../bundle/bundle.js";
import { EXPERIMENTER_MESSAGE, HEADER_SIZE } from "../../ids.js";
import { noteKind, noteLength } from "../notes/message-notes.js";
import { type NoteSink, warnOwn } from "../notes/note.js";
import type { Context } from "../options.js";
import type { Printers } from "../printer.js";
import { bitNames, hex } from "../words.js";
import { hasGoodLength, kindOf } from "./message-kinds.js";

const FLAG_WORDS = [
  [BundleFlags.Atomic, "atomic"],
  [BundleFlags.Ordered, "ordered"],
] as const;

const TYPE_WORDS: Readonly<Record<number, string>> = {
  [BundleControlType.OpenRequest]: "OPEN_REQUEST",
  [BundleControlType.OpenReply]: "OPEN_REPLY",
  [BundleControlType.CloseRequest]: "CLOSE_REQUEST",
  [BundleControlType.CloseReply]: "CLOSE_REPLY",
  [BundleControlType.CommitRequest]: "COMMIT_REQUEST",
  [BundleControlType.CommitReply]: "COMMIT_REPLY",
  [BundleControlType.DiscardRequest]: "DISCARD_REQUEST",
  [BundleControlType.DiscardReply]: "DISCARD_REPLY",
};

/** Where the body of a message starts that is an experimenter's in some versions. */
const bodyOf = (chunk: Chunk): number => (chunk.u8[1] === EXPERIMENTER_MESSAGE ? 16 : HEADER_SIZE);

/** What is within a message: where it starts and ends, by its own account; undefined where it does not fit. */
function innerOf(chunk: Chunk, at: number): Uint8Array | undefined {
  const left = chunk.u8.length - at;
  if (left < HEADER_SIZE) return undefined;
  const length = chunk.dv.getUint16(at + 2);
  return length < HEADER_SIZE || length > left ? undefined : chunk.u8.subarray(at, at + length);
}

/** The kind of a message, or the error that answers it. */
function kindIn(bytes: Uint8Array, log: NoteSink | undefined): { readonly name: string } | string {
  const kind = kindOf(bytes);
  if (typeof kind === "string") {
    if (log !== undefined) noteKind(log, bytes, kind);
    return kind;
  }
  if (hasGoodLength(kind, bytes.length)) return kind;
  if (log !== undefined) noteLength(log, kind, bytes.length);
  return "OFPBRC_BAD_LEN";
}

/** The kinds of messages that Open vSwitch takes into a bundle. */
const BUNDLABLE = /_(PORT_MOD|FLOW_MOD|GROUP_MOD|PACKET_OUT)$/;

const VERSION = 0;
const XID = 4;

function bundleAdd(chunk: Chunk, c: Context): readonly [string, string | undefined] {
  const body = bodyOf(chunk);
  const at = body + 8;
  if (chunk.u8.length - at < HEADER_SIZE) return ["", "OFPBFC_MSG_BAD_LEN"];
  if (chunk.u8[at + VERSION] !== chunk.u8[VERSION]) return ["", "OFPBFC_BAD_VERSION"];
  const inner = innerOf(chunk, at);
  if (inner === undefined) return ["", "OFPBFC_MSG_BAD_LEN"];
  if (chunk.dv.getUint32(at + XID) !== chunk.dv.getUint32(XID)) return ["", "OFPBFC_MSG_BAD_XID"];
  const kind = kindIn(inner, c.log);
  if (typeof kind === "string") {
    warnOwn(c.log, "ofp_bundle", "unparsable", `OFPT14_BUNDLE_ADD_MESSAGE contained message is unparsable (${kind})`);
    return ["", "OFPBFC_MSG_UNSUP"];
  }
  if (!BUNDLABLE.test(kind.name)) {
    warnOwn(c.log, "ofp_bundle", "kind", `${kind.name} message not allowed inside OFPT14_BUNDLE_ADD_MESSAGE`);
    return ["", "OFPBFC_MSG_UNSUP"];
  }
  const flags = bitNames(chunk.dv.getUint16(body + 6), FLAG_WORDS);
  return [`\n bundle_id=${hex(chunk.dv.getUint32(body))} flags=${flags}\n${c.inner(inner, c.verbosity)}`, undefined];
}

function requestForward(chunk: Chunk, c: Context): readonly [string, string | undefined] {
  const at = bodyOf(chunk);
  const inner = innerOf(chunk, at);
  if (inner === undefined) return ["", "OFPBFC_MSG_BAD_LEN"];
  if (inner[VERSION] !== chunk.u8[VERSION]) return ["", "OFPBRC_BAD_VERSION"];
  const kind = kindIn(inner, c.log);
  if (typeof kind === "string") return ["", kind];
  const reason = kind.name.endsWith("_GROUP_MOD") ? "group_mod" : kind.name.endsWith("_METER_MOD") ? "meter_mod" : undefined;
  if (reason === undefined) return ["", "OFPBFC_MSG_UNSUP"];
  const [text, fault] = c.innerBody(copyBytes(inner));
  return fault === undefined ? [` reason=${reason}${text}`, undefined] : ["", fault];
}

/** The messages that hold messages, and those that say what becomes of them. */
export const BUNDLE_PRINTERS: Printers<"bundle-control" | "bundle-add-message" | "request-forward"> = {
  "bundle-control": {
    text: (m) => `\n bundle_id=${hex(m.bundleId)} type=${TYPE_WORDS[m.controlType] ?? ""} flags=${bitNames(m.flags, FLAG_WORDS)}`,
    // properties are not looked at
    whole: (chunk) => {
      const p = bodyOf(chunk);
      const { dv } = chunk;
      const type = TYPE_WORDS[dv.getUint16(p + 4)] ?? "";
      return [`\n bundle_id=${hex(dv.getUint32(p))} type=${type} flags=${bitNames(dv.getUint16(p + 6), FLAG_WORDS)}`, undefined];
    },
  },
  "bundle-add-message": { text: (_m, c) => bundleAdd(new Chunk(c.raw()), c)[0], whole: bundleAdd },
  "request-forward": { text: (_m, c) => requestForward(new Chunk(c.raw()), c)[0], whole: requestForward },
};
