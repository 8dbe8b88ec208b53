import { viewOf } from "../../bytes/mod.js";
import { VERSIONS, type VersionRange, versionsIn } from "../../schema/mod.js";

/** One kind of message in one form. */
export interface MessageKind {
  /** Its name, such as `OFPST_FLOW reply`. */
  readonly name: string;
  /** Bytes of its headers: of the message, the statistics and the experimenter. */
  readonly header: number;
  /** The least bytes behind the headers. */
  readonly min: number;
  /** What may follow: nothing (0), or elements of so many bytes. */
  readonly multiple: number;
}

type Row = readonly [name: string, versions: VersionRange | "all", number: number, min: number, multiple: number];

/**
 * Every kind of message that Open vSwitch 3.1 knows, by the families of their names: name, versions, number, the least bytes of the body, and the size of what
 * the body may hold besides. The first four keep their form in every version there will be.
 */
const KINDS = {
  OFPT: [
    ["HELLO", "all", 0, 0, 1],
    ["ERROR", "all", 1, 4, 1],
    ["ECHO_REQUEST", "all", 2, 0, 1],
    ["ECHO_REPLY", "all", 3, 0, 1],
    ["FEATURES_REQUEST", "1.0+", 5, 0, 0],
    ["FEATURES_REPLY", "1.0", 6, 24, 48],
    ["FEATURES_REPLY", "1.1-1.2", 6, 24, 64],
    ["FEATURES_REPLY", "1.3+", 6, 24, 0],
    ["GET_CONFIG_REQUEST", "1.0+", 7, 0, 0],
    ["GET_CONFIG_REPLY", "1.0+", 8, 4, 0],
    ["SET_CONFIG", "1.0+", 9, 4, 0],
    ["PACKET_IN", "1.0", 10, 10, 1],
    ["PACKET_IN", "1.1", 10, 16, 1],
    ["PACKET_IN", "1.2", 10, 8, 1],
    ["PACKET_IN", "1.3+", 10, 16, 1],
    ["FLOW_REMOVED", "1.0", 11, 80, 0],
    ["FLOW_REMOVED", "1.1-1.4", 11, 40, 8],
    ["FLOW_REMOVED", "1.5+", 11, 16, 8],
    ["PORT_STATUS", "1.0", 12, 56, 0],
    ["PORT_STATUS", "1.1-1.3", 12, 72, 0],
    ["PORT_STATUS", "1.4+", 12, 48, 8],
    ["PACKET_OUT", "1.0", 13, 8, 1],
    ["PACKET_OUT", "1.1-1.4", 13, 16, 1],
    ["PACKET_OUT", "1.5+", 13, 8, 1],
    ["FLOW_MOD", "1.0", 14, 64, 8],
    ["FLOW_MOD", "1.1+", 14, 40, 8],
    ["PORT_MOD", "1.0", 15, 24, 0],
    ["GROUP_MOD", "1.1-1.4", 15, 8, 8],
    ["GROUP_MOD", "1.5+", 15, 16, 8],
    ["PORT_MOD", "1.1-1.3", 16, 32, 0],
    ["PORT_MOD", "1.4+", 16, 24, 8],
    ["TABLE_MOD", "1.1-1.3", 17, 8, 0],
    ["TABLE_MOD", "1.4+", 17, 8, 8],
    ["BARRIER_REQUEST", "1.0", 18, 0, 0],
    ["BARRIER_REPLY", "1.0", 19, 0, 0],
    ["QUEUE_GET_CONFIG_REQUEST", "1.0", 20, 4, 0],
    ["BARRIER_REQUEST", "1.1+", 20, 0, 0],
    ["QUEUE_GET_CONFIG_REPLY", "1.0", 21, 8, 8],
    ["BARRIER_REPLY", "1.1+", 21, 0, 0],
    ["QUEUE_GET_CONFIG_REQUEST", "1.1-1.3", 22, 8, 0],
    ["QUEUE_GET_CONFIG_REPLY", "1.1-1.3", 23, 8, 8],
    ["ROLE_REQUEST", "1.2+", 24, 16, 0],
    ["ROLE_REPLY", "1.2+", 25, 16, 0],
    ["GET_ASYNC_REQUEST", "1.3+", 26, 0, 0],
    ["GET_ASYNC_REPLY", "1.3", 27, 24, 0],
    ["GET_ASYNC_REPLY", "1.4+", 27, 0, 8],
    ["SET_ASYNC", "1.3", 28, 24, 0],
    ["SET_ASYNC", "1.4+", 28, 0, 8],
    ["METER_MOD", "1.3+", 29, 8, 8],
    ["ROLE_STATUS", "1.4+", 30, 16, 8],
    ["TABLE_STATUS", "1.4+", 31, 8, 8],
    ["REQUESTFORWARD", "1.4+", 32, 8, 8],
    ["BUNDLE_CONTROL", "1.4+", 33, 8, 8],
    ["BUNDLE_ADD_MESSAGE", "1.4+", 34, 8, 1],
  ],
  "OFPST request": [
    ["DESC", "1.0+", 0, 0, 0],
    ["FLOW", "1.0", 1, 44, 0],
    ["FLOW", "1.1+", 1, 32, 8],
    ["AGGREGATE", "1.0", 2, 44, 0],
    ["AGGREGATE", "1.1+", 2, 32, 8],
    ["TABLE", "1.0+", 3, 0, 0],
    ["PORT", "1.0+", 4, 8, 0],
    ["QUEUE", "1.0+", 5, 8, 0],
    ["GROUP", "1.1+", 6, 8, 0],
    ["GROUP_DESC", "1.1-1.4", 7, 0, 0],
    ["GROUP_DESC", "1.5+", 7, 8, 0],
    ["GROUP_FEATURES", "1.2+", 8, 0, 0],
    ["METER", "1.3+", 9, 8, 0],
    ["METER_CONFIG", "1.3+", 10, 8, 0],
    ["METER_FEATURES", "1.3+", 11, 0, 0],
    ["TABLE_FEATURES", "1.3+", 12, 0, 8],
    ["PORT_DESC", "1.0-1.4", 13, 0, 0],
    ["PORT_DESC", "1.5+", 13, 8, 0],
    ["TABLE_DESC", "1.4+", 14, 0, 0],
    ["QUEUE_DESC", "1.4+", 15, 8, 0],
    ["FLOW_MONITOR", "1.4+", 16, 0, 8],
  ],
  "OFPST reply": [
    ["DESC", "1.0+", 0, 1056, 0],
    ["FLOW", "1.0+", 1, 0, 1],
    ["AGGREGATE", "1.0-1.4", 2, 24, 0],
    ["AGGREGATE", "1.5+", 2, 0, 1],
    ["TABLE", "1.0", 3, 0, 64],
    ["TABLE", "1.1", 3, 0, 88],
    ["TABLE", "1.2", 3, 0, 128],
    ["TABLE", "1.3+", 3, 0, 24],
    ["PORT", "1.0-1.2", 4, 0, 104],
    ["PORT", "1.3", 4, 0, 112],
    ["PORT", "1.4+", 4, 0, 8],
    ["QUEUE", "1.0-1.2", 5, 0, 32],
    ["QUEUE", "1.3", 5, 0, 40],
    ["QUEUE", "1.4+", 5, 0, 8],
    ["GROUP", "1.1+", 6, 0, 8],
    ["GROUP_DESC", "1.1+", 7, 0, 8],
    ["GROUP_FEATURES", "1.2+", 8, 40, 0],
    ["METER", "1.3+", 9, 0, 8],
    ["METER_CONFIG", "1.3+", 10, 0, 8],
    ["METER_FEATURES", "1.3+", 11, 16, 0],
    ["TABLE_FEATURES", "1.3+", 12, 64, 8],
    ["PORT_DESC", "1.0", 13, 0, 48],
    ["PORT_DESC", "1.1-1.3", 13, 0, 64],
    ["PORT_DESC", "1.4+", 13, 0, 8],
    ["TABLE_DESC", "1.4+", 14, 8, 8],
    ["QUEUE_DESC", "1.4+", 15, 0, 8],
    ["FLOW_MONITOR", "1.4+", 16, 0, 8],
  ],
  NXT: [
    ["ROLE_REQUEST", "1.0+", 10, 4, 0],
    ["ROLE_REPLY", "1.0+", 11, 4, 0],
    ["SET_FLOW_FORMAT", "1.0", 12, 4, 0],
    ["FLOW_MOD", "1.0+", 13, 32, 8],
    ["FLOW_REMOVED", "1.0+", 14, 40, 8],
    ["FLOW_MOD_TABLE_ID", "1.0+", 15, 8, 0],
    ["SET_PACKET_IN_FORMAT", "1.0+", 16, 4, 0],
    ["PACKET_IN", "1.0+", 17, 24, 1],
    ["FLOW_AGE", "1.0+", 18, 0, 0],
    ["SET_ASYNC_CONFIG", "1.0+", 19, 24, 0],
    ["SET_CONTROLLER_ID", "1.0+", 20, 8, 0],
    ["FLOW_MONITOR_CANCEL", "1.0-1.2", 21, 4, 0],
    ["FLOW_MONITOR_PAUSED", "1.0-1.2", 22, 0, 0],
    ["FLOW_MONITOR_RESUMED", "1.0-1.2", 23, 0, 0],
    ["TLV_TABLE_MOD", "1.0+", 24, 8, 8],
    ["TLV_TABLE_REQUEST", "1.0+", 25, 0, 0],
    ["TLV_TABLE_REPLY", "1.0+", 26, 16, 8],
    ["SET_ASYNC_CONFIG2", "1.0-1.3", 27, 0, 8],
    ["RESUME", "1.0+", 28, 0, 8],
    ["CT_FLUSH_ZONE", "1.0+", 29, 8, 0],
    ["PACKET_IN2", "1.0+", 30, 0, 8],
    ["GROUP_MOD", "1.0", 31, 16, 8],
    ["CT_FLUSH", "1.0+", 32, 8, 8],
    ["REQUESTFORWARD", "1.0-1.2", 132, 8, 8],
  ],
  "NXST request": [
    ["FLOW", "1.0", 0, 8, 8],
    ["AGGREGATE", "1.0", 1, 8, 8],
    ["FLOW_MONITOR", "1.0-1.2", 2, 0, 8],
    ["IPFIX_BRIDGE", "1.0+", 3, 0, 0],
    ["IPFIX_FLOW", "1.0+", 4, 0, 0],
    ["GROUP", "1.0", 7, 8, 0],
    ["GROUP_DESC", "1.0", 8, 8, 0],
    ["GROUP_FEATURES", "1.0-1.1", 9, 0, 0],
  ],
  "NXST reply": [
    ["FLOW", "1.0", 0, 0, 1],
    ["AGGREGATE", "1.0", 1, 24, 0],
    ["FLOW_MONITOR", "1.0-1.2", 2, 0, 8],
    ["IPFIX_BRIDGE", "1.0+", 3, 88, 0],
    ["IPFIX_FLOW", "1.0+", 4, 0, 88],
    ["GROUP", "1.0", 7, 0, 8],
    ["GROUP_DESC", "1.0", 8, 0, 8],
    ["GROUP_FEATURES", "1.0-1.1", 9, 40, 0],
  ],
  ONFT: [
    ["FLOW_MONITOR_CANCEL", "1.3", 1870, 4, 0],
    ["FLOW_MONITOR_PAUSED", "1.3", 1871, 0, 0],
    ["FLOW_MONITOR_RESUMED", "1.3", 1872, 0, 0],
    ["ROLE_STATUS", "1.3", 1911, 16, 8],
    ["BUNDLE_CONTROL", "1.3", 2300, 8, 8],
    ["BUNDLE_ADD_MESSAGE", "1.3", 2301, 8, 1],
    ["REQUESTFORWARD", "1.3", 2350, 8, 8],
  ],
  "ONFST request": [["FLOW_MONITOR", "1.3", 1870, 0, 8]],
  "ONFST reply": [["FLOW_MONITOR", "1.3", 1870, 0, 8]],
} as const satisfies Readonly<Record<string, readonly Row[]>>;

type Family = keyof typeof KINDS;

const NICIRA = 0x2320;
const ONF = 0x4f4e4600;
const EXPERIMENTER = 4;
const EXPERIMENTER_STATS = 0xffff;

/** What the numbers of a message are: version, type, type of statistics, experimenter, its own type; 0 for those that it does not have. */
type Key = readonly [version: number, type: number, stat: number, experimenter: number, subtype: number];

const keyText = (k: Key): string => k.join();

/** The headers of each family in one version. */
function keyOf(family: Family, version: number, number: number): Key {
  const stats = family.endsWith("request") ? (version === 1 ? 16 : 18) : version === 1 ? 17 : 19;
  const experimenter = family.startsWith("NX") ? NICIRA : ONF;
  if (family === "OFPT") return [version, number, 0, 0, 0];
  if (family.startsWith("OFPST")) return [version, stats, number, 0, 0];
  if (family === "NXT" || family === "ONFT") return [version, EXPERIMENTER, 0, experimenter, number];
  return [version, stats, EXPERIMENTER_STATS, experimenter, number];
}

function headerOf(family: Family, version: number): number {
  if (family === "OFPT") return 8;
  if (family === "NXT" || family === "ONFT") return 16;
  const stats = version === 1 ? 12 : 16;
  return family.startsWith("OFPST") ? stats : 24;
}

let table: Map<string, MessageKind> | undefined;

function kinds(): Map<string, MessageKind> {
  if (table !== undefined) return table;
  table = new Map();
  for (const [family, rows] of Object.entries(KINDS) as [Family, readonly Row[]][]) {
    const [prefix, suffix] = family.split(" ") as [string, string?];
    for (const [name, range, number, min, multiple] of rows) {
      const full = `${prefix}_${name}${suffix === undefined ? "" : ` ${suffix}`}`;
      for (const version of range === "all" ? VERSIONS : versionsIn(range)) {
        table.set(keyText(keyOf(family, version, number)), { name: full, header: headerOf(family, version), min, multiple });
      }
    }
  }
  return table;
}

/** Whether a type carries statistics in a version. */
export const isStats = (version: number, type: number): boolean =>
  version === 1 ? type === 16 || type === 17 : version > 1 && version <= 6 && (type === 18 || type === 19);

/** Whether a message asks for statistics. */
export const isStatsRequest = (version: number, type: number): boolean => type === (version === 1 ? 16 : 18);

/** The kinds whose form no version changes: hello, error, echo request and reply. */
const LAST_IMMUTABLE = 3;

/** The kind of a message from its first bytes, or the name of the OpenFlow error that answers it. A message cut short is looked at as far as its headers go. */
export function kindOf(u8: Uint8Array): MessageKind | string {
  const dv = viewOf(u8);
  if (u8.length < 8) return "OFPBRC_BAD_LEN";
  const version = u8[0]!;
  const type = u8[1]!;
  if (type <= LAST_IMMUTABLE && version > 6) return kinds().get(keyText([1, type, 0, 0, 0]))!;
  let stat = 0;
  let experimenter = 0;
  let subtype = 0;
  const known = (id: number, nicira: boolean): boolean => id === NICIRA || (!nicira && id === ONF);
  if (type === EXPERIMENTER) {
    if (u8.length < 16) return "OFPBRC_BAD_LEN";
    experimenter = dv.getUint32(8);
    if (!known(experimenter, false)) return "OFPBRC_BAD_VENDOR";
    subtype = dv.getUint32(12);
  } else if (version === 1 ? isStats(1, type) : type === 18 || type === 19) {
    const body = version === 1 ? 12 : 16;
    if (u8.length < body) return "OFPBRC_BAD_LEN";
    stat = dv.getUint16(8);
    if (stat === EXPERIMENTER_STATS) {
      if (u8.length < (version === 1 ? 16 : 24)) return "OFPBRC_BAD_LEN";
      experimenter = dv.getUint32(body);
      if (!known(experimenter, version === 1)) return "OFPBRC_BAD_VENDOR";
      if (u8.length < 24) return "OFPBRC_BAD_LEN";
      subtype = dv.getUint32(body + 4);
    }
  }
  const found = kinds().get(keyText([version, type, stat, experimenter, subtype]));
  if (found !== undefined) return found;
  if (experimenter !== 0) return "OFPBRC_BAD_SUBTYPE";
  return isStats(version, type) ? "OFPBRC_BAD_STAT" : "OFPBRC_BAD_TYPE";
}

/** Whether a whole message has a length that its kind can have. */
export function hasGoodLength(kind: MessageKind, length: number): boolean {
  const more = length - kind.header - kind.min;
  return kind.multiple === 0 ? more === 0 : more >= 0 && more % kind.multiple === 0;
}
