import { Chunk } from "../../../bytes/mod.js";
import { checkActions, checkMatch, OPEN_VSWITCH, PIPELINE } from "../../check/mod.js";
import { EXPERIMENTER_MESSAGE } from "../../ids.js";
import { OXM_MATCH } from "../../oxm/codec.js";
import { Match } from "../../oxm/match.js";
import { NO_BUFFER } from "../../packet/packet-in-reason.js";
import { PortNo, portFrom16 } from "../../port/port-no.js";
import { formatActions } from "../action/actions.js";
import { formatMatch, inPortOf } from "../match/match.js";
import { actionsFault, matchFault, matchLength, nxMatchFault, unaligned } from "../message/diagnose.js";
import { notePort, warn } from "../notes/note.js";
import type { Context } from "../options.js";
import type { Printers } from "../printer.js";
import type { MessageOf } from "../types.js";
import { hexDigits, isPort, isRealPort, plainDump } from "../words.js";
import { formatPacket } from "./packet.js";
import { metadata, NO_COOKIE, packetInText } from "./packet-in-parts.js";
import { packetIn2 } from "./packet-in2.js";

/** Nicira's type of the second form. */
const PACKET_IN2 = 30;

/** Where the length of the match stands in Nicira's first form, and the match. */
const NXT = { length: 32, match: 40 } as const;

/** A packet-in as its version prints it: the first ones have no cookie, and OpenFlow 1.0 no table. */
function standardText(m: MessageOf<"packet-in">, c: Context): string {
  if (m.format === "nxt") return packetInText(m, c);
  const match = c.version === 2 ? Match.of({ inPort: inPortOf(m.match) ?? 0 }) : m.match;
  const { bufferId, totalLen, reason, data } = m;
  const cookie = c.version >= 4 ? m.cookie : NO_COOKIE;
  return packetInText({ bufferId, totalLen, reason, data, match, cookie, tableId: c.version === 1 ? 0 : m.tableId }, c);
}

const portOf = (m: MessageOf<"packet-out">, c: Context): number | undefined => (c.version >= 6 ? inPortOf(m.match) : m.inPort);

function packetOutText(m: MessageOf<"packet-out">, c: Context): string {
  const { data } = m;
  const match = c.version >= 6 ? metadata(m.match) : Match.of({ inPort: m.inPort });
  let text = ` ${formatMatch(match, c)} actions=${formatActions(m.actions, c)}`;
  if (m.bufferId !== NO_BUFFER) return `${text} buffer=${hexDigits(m.bufferId, 8)}`;
  text += ` data_len=${data.length}`;
  if (c.verbosity > 0 && data.length > 0) text += `\n${formatPacket(data, match.packetType)}`;
  return text + (c.verbosity > 2 ? plainDump(data) : "");
}

function refusePacketOut(m: MessageOf<"packet-out">, c: Context): string | undefined {
  if (c.version >= 6) {
    const fault = checkMatch(m.match, OPEN_VSWITCH, { loose: true, only: PIPELINE })?.error;
    if (fault !== undefined) return fault;
  }
  const port = portOf(m, c);
  if (port === undefined) return "OFPBRC_BAD_PORT";
  if (!isPort(port)) return "OFPBAC_BAD_OUT_PORT";
  const fault = checkActions(m.actions, c.version, OPEN_VSWITCH)?.error;
  if (fault !== undefined) return fault;
  const good = isRealPort(port) || port === PortNo.Local || port === PortNo.Any || port === PortNo.Controller;
  return good ? undefined : "OFPBRC_BAD_PORT";
}

function refusePacketIn(m: MessageOf<"packet-in">, c: Context): string | undefined {
  if (m.format === "nxt") return checkMatch(m.match, OPEN_VSWITCH, { loose: true })?.error;
  if (c.version >= 3) return checkMatch(m.match, OPEN_VSWITCH, { loose: true })?.error;
  return c.version === 2 && !isPort(inPortOf(m.match) ?? 0) ? "OFPBAC_BAD_OUT_PORT" : undefined;
}

/** Where the length of the actions stands, and where the port, or the match of OpenFlow 1.5, and the actions start. */
const PACKET_OUT = { 1: [14, 12, 16], 2: [16, 12, 24], 6: [12, 16, 16] } as const;

function diagnosePacketOut(c: Chunk, { version, log }: Context): string | undefined {
  const [lengthAt, at, start] = PACKET_OUT[version === 1 || version === 6 ? version : 2];
  const end = c.u8.length;
  let p: number = start;
  let port: number | undefined;
  if (version === 6) {
    const fault = matchFault(c, at, end, version, { loose: true, only: PIPELINE }, log);
    if (fault !== undefined) return fault;
    port = inPortOf(OXM_MATCH.codec(version, "interpreted").decode(c, at, end));
    if (port === undefined) return "OFPBRC_BAD_PORT";
    p += matchLength(c, at);
  } else {
    port = version === 1 ? portFrom16(c.dv.getUint16(at)) : c.dv.getUint32(at);
    if (!isPort(port)) {
      notePort(log, port);
      return "OFPBAC_BAD_OUT_PORT";
    }
  }
  const length = c.dv.getUint16(lengthAt);
  if (length % 8 !== 0) return unaligned(log, "actions", length, "OFPBRC_BAD_LEN");
  if (length > end - p) {
    warn(log, "ofp_actions", `OpenFlow message actions length ${length} exceeds remaining message length (${end - p})`);
    return "OFPBRC_BAD_LEN";
  }
  const fault = actionsFault(c, p, p + length, version, log);
  if (fault === undefined)
    warn(log, "ofp_packet", `packet-out has bad input port 0x${(port >= 0xffffff00 ? port & 0xffff : port).toString(16)}`);
  return fault;
}

/** The messages that carry packets. */
export const PACKET_PRINTERS: Printers<"packet-in" | "packet-out" | "resume"> = {
  "packet-in": {
    text: (m, c) => (m.format === "nxt2" ? packetIn2(new Chunk(c.raw()), c)[0] : standardText(m, c)),
    refuse: refusePacketIn,
    whole: (chunk, c) => (chunk.u8[1] === EXPERIMENTER_MESSAGE && chunk.dv.getUint32(12) === PACKET_IN2 ? packetIn2(chunk, c) : undefined),
    diagnose(c, { version, log }) {
      if (c.u8[1] === EXPERIMENTER_MESSAGE) {
        const length = c.dv.getUint16(NXT.length);
        const fault = nxMatchFault(c, NXT.match, c.u8.length, length, version, { loose: true }, log);
        return fault ?? (NXT.match + ((length + 7) & ~7) + 2 > c.u8.length ? "OFPBRC_BAD_LEN" : undefined);
      }
      if (version === 2) notePort(log, c.dv.getUint32(12));
      if (version < 3) return undefined;
      const at = version === 3 ? 16 : 24;
      const end = c.u8.length;
      return matchFault(c, at, end, version, { loose: true }, log) ?? (at + matchLength(c, at) + 2 > end ? "OFPBRC_BAD_LEN" : undefined);
    },
  },
  "packet-out": { text: packetOutText, refuse: refusePacketOut, diagnose: diagnosePacketOut },
  resume: { text: (_m, c) => packetIn2(new Chunk(c.raw()), c)[0], whole: packetIn2 },
};
