import type { Chunk } from "../../bytes/mod.js";
import { OXM_MATCH } from "../oxm/codec.js";
import { OXM, type OxmField } from "../oxm/fields.js";
import { Match } from "../oxm/match.js";
import { NO_BUFFER, PacketInReason } from "../packet-in.js";
import { PortNo, portFrom16 } from "../port-no.js";
import { formatActions } from "./actions.js";
import { refuseActions } from "./check-actions.js";
import { refuseMatch } from "./check-match.js";
import { actionsFault, matchFault, matchLength } from "./diagnose.js";
import { formatMatch, inPortOf } from "./match.js";
import type { Context } from "./options.js";
import { formatPacket } from "./packet.js";
import { placed } from "./placed.js";
import type { Printers } from "./printer.js";
import type { MessageOf } from "./types.js";
import { hasTableName, hex0, hexDigits, isPort, isRealPort, plainDump, tableText } from "./words.js";

const REASON_WORDS: Readonly<Record<number, string>> = {
  [PacketInReason.NoMatch]: "no_match",
  [PacketInReason.Action]: "action",
  [PacketInReason.InvalidTtl]: "invalid_ttl",
  [PacketInReason.ActionSet]: "action_set",
  [PacketInReason.Group]: "group",
  [PacketInReason.PacketOut]: "packet_out",
};

/** Reasons that Open vSwitch has for itself, which it does not tell. */
const SILENT = [6, 7];

const NO_COOKIE = 0xffffffffffffffffn;
const UNBUFFERED = NO_BUFFER;

function packetText(data: Uint8Array, c: Context): string {
  return (c.verbosity > 0 ? formatPacket(data) : "") + (c.verbosity > 2 ? plainDump(data) : "");
}

/** A match as metadata tells it, without the fields that Open vSwitch does not know. */
function metadata(m: Match, c: Context): Match {
  if (c.version === 2) return Match.of({ inPort: inPortOf(m) ?? 0 });
  return placed(m.entries.filter((e) => e.field !== undefined && !OURS.has(e.field)));
}

const OURS = new Set<OxmField>([OXM.inPhyPort, OXM.pbbIsid, OXM.ipv6Exthdr]);

function packetInText(m: MessageOf<"packet-in">, c: Context): string {
  const { data } = m;
  const tableId = c.version === 1 ? 0 : m.tableId;
  let text = tableId !== 0 || hasTableName(tableId, c) ? ` table_id=${tableText(tableId, c)}` : "";
  if (c.version >= 4 && m.cookie !== NO_COOKIE) text += ` cookie=${hex0(m.cookie)}`;
  text += ` total_len=${m.totalLen} ${formatMatch(metadata(m.match, c), c)}`;
  text += ` (via ${SILENT.includes(m.reason) ? "" : (REASON_WORDS[m.reason] ?? m.reason)}) data_len=${data.length}`;
  if (m.bufferId === UNBUFFERED) text += ` (unbuffered)${m.totalLen === data.length ? "" : " (***total_len != data_len***)"}`;
  else text += ` buffer=${hexDigits(m.bufferId, 8)}${m.totalLen < data.length ? " (***total_len < data_len***)" : ""}`;
  return `${text}\n${packetText(data, c)}`;
}

/** The fields of metadata that a packet-out may have. OpenFlow 1.5 §7.2.3.12 */
const PIPELINE = new Set<OxmField>([OXM.inPort, OXM.metadata, OXM.tunnelId]);

const portOf = (m: MessageOf<"packet-out">, c: Context): number | undefined => (c.version >= 6 ? inPortOf(m.match) : m.inPort);

function packetOutText(m: MessageOf<"packet-out">, c: Context): string {
  const { data } = m;
  const match = c.version >= 6 ? metadata(m.match, c) : Match.of({ inPort: m.inPort });
  let text = ` ${formatMatch(match, c)} actions=${formatActions(m.actions, c)}`;
  if (m.bufferId !== UNBUFFERED) return `${text} buffer=${hexDigits(m.bufferId, 8)}`;
  text += ` data_len=${data.length}`;
  if (c.verbosity > 0 && data.length > 0) text += `\n${formatPacket(data)}`;
  return text + (c.verbosity > 2 ? plainDump(data) : "");
}

function refusePacketOut(m: MessageOf<"packet-out">, c: Context): string | undefined {
  if (c.version >= 6) {
    const fault = refuseMatch(m.match, c.version, { loose: true, only: PIPELINE });
    if (fault !== undefined) return fault;
  }
  const port = portOf(m, c);
  if (port === undefined) return "OFPBRC_BAD_PORT";
  if (!isPort(port)) return "OFPBAC_BAD_OUT_PORT";
  const fault = refuseActions(m.actions, c.version);
  if (fault !== undefined) return fault;
  const good = isRealPort(port) || port === PortNo.Local || port === PortNo.Any || port === PortNo.Controller;
  return good ? undefined : "OFPBRC_BAD_PORT";
}

function refusePacketIn(m: MessageOf<"packet-in">, c: Context): string | undefined {
  if (c.version >= 3) return refuseMatch(m.match, c.version, { loose: true });
  return c.version === 2 && !isPort(inPortOf(m.match) ?? 0) ? "OFPBAC_BAD_OUT_PORT" : undefined;
}

/** Where the length of the actions stands, and where the port, or the match of OpenFlow 1.5, and the actions start. */
const PACKET_OUT = { 1: [14, 12, 16], 2: [16, 12, 24], 6: [12, 16, 16] } as const;

function diagnosePacketOut(c: Chunk, { version }: Context): string | undefined {
  const [lengthAt, at, start] = PACKET_OUT[version === 1 || version === 6 ? version : 2];
  const end = c.u8.length;
  let p: number = start;
  let port: number | undefined;
  if (version === 6) {
    const fault = matchFault(c, at, end, version, { loose: true, only: PIPELINE });
    if (fault !== undefined) return fault;
    port = inPortOf(OXM_MATCH.codec(version, "interpreted").decode(c, at, end));
    if (port === undefined) return "OFPBRC_BAD_PORT";
    p += matchLength(c, at);
  } else {
    port = version === 1 ? portFrom16(c.dv.getUint16(at)) : c.dv.getUint32(at);
    if (!isPort(port)) return "OFPBAC_BAD_OUT_PORT";
  }
  const length = c.dv.getUint16(lengthAt);
  if (length % 8 !== 0 || length > end - p) return "OFPBRC_BAD_LEN";
  return actionsFault(c, p, p + length, version);
}

/** The messages that carry packets. */
export const PACKET_PRINTERS: Printers<"packet-in" | "packet-out"> = {
  "packet-in": {
    text: packetInText,
    refuse: refusePacketIn,
    diagnose(c, { version }) {
      if (version < 3) return undefined;
      const at = version === 3 ? 16 : 24;
      const end = c.u8.length;
      return matchFault(c, at, end, version, { loose: true }) ?? (at + matchLength(c, at) + 2 > end ? "OFPBRC_BAD_LEN" : undefined);
    },
  },
  "packet-out": { text: packetOutText, refuse: refusePacketOut, diagnose: diagnosePacketOut },
};
