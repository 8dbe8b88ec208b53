import { isKnown } from "../../oxm/flow-places.js";
import { Match } from "../../oxm/match.js";
import { NO_BUFFER } from "../../packet/packet-in-reason.js";
import { formatMatch } from "../match/match.js";
import type { Context } from "../options.js";
import { hasTableName, hex0, hexDigits, plainDump, tableText } from "../words.js";
import { formatPacket } from "./packet.js";
import { reasonText } from "./reason.js";

/** The cookie of a packet that no flow sent. */
export const NO_COOKIE = 0xffffffffffffffffn;

function packetText(data: Uint8Array, match: Match, c: Context): string {
  return (c.verbosity > 0 ? formatPacket(data, match.packetType) : "") + (c.verbosity > 2 ? plainDump(data) : "");
}

/** A match as metadata prints it, without the fields that Open vSwitch does not know. */
export const metadata = (m: Match): Match => new Match(m.entries.filter((e) => e.field !== undefined && isKnown(e.field)));

/** A packet-in, with what stands between its first line and the packet. */
export function packetInText(m: PacketInParts, c: Context, between = ""): string {
  const { data } = m;
  let text = m.tableId !== 0 || hasTableName(m.tableId, c) ? ` table_id=${tableText(m.tableId, c)}` : "";
  if (m.cookie !== NO_COOKIE) text += ` cookie=${hex0(m.cookie)}`;
  text += ` total_len=${m.totalLen} ${formatMatch(metadata(m.match), c)}`;
  text += ` (via ${reasonText(m.reason)}) data_len=${data.length}`;
  if (m.bufferId === NO_BUFFER) text += ` (unbuffered)${m.totalLen === data.length ? "" : " (***total_len != data_len***)"}`;
  else text += ` buffer=${hexDigits(m.bufferId, 8)}${m.totalLen < data.length ? " (***total_len < data_len***)" : ""}`;
  return `${text}\n${between}${packetText(data, m.match, c)}`;
}

/** What is printed of a packet-in in every form. */
export interface PacketInParts {
  readonly bufferId: number;
  readonly totalLen: number;
  readonly reason: number;
  readonly tableId: number;
  readonly cookie: bigint;
  readonly match: Match;
  readonly data: Uint8Array;
}
