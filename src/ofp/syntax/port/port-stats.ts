import type { Chunk } from "../../../bytes/mod.js";
import { PortStats } from "../../port/port-stats.js";
import { type CustomCounter, INTEL, NO_COUNT, type PortStatsProperty, type Rfc2819PortStats } from "../../port/port-stats-property.js";
import { inBytes } from "../again.js";
import { type Context, type TextOptions, versionOf } from "../options.js";
import { type Printers, statsBody } from "../printer.js";
import { eachProperty, hasAtLeast, hasSize, type RawProperty, reduceProperties } from "../properties.js";
import { counter, cutBytes, duration, isPort, portText } from "../words.js";

const NO_DURATION = 0xffffffff;

type Counters = Rfc2819PortStats;

/** The names of the counters of RFC 2819 and the fields that hold them, of packets received and sent. */
const RECEIVED: readonly (readonly [word: string, field: keyof Counters])[] = [
  ["1_to_64_packets", "rx1To64Packets"],
  ["65_to_127_packets", "rx65To127Packets"],
  ["128_to_255_packets", "rx128To255Packets"],
  ["256_to_511_packets", "rx256To511Packets"],
  ["512_to_1023_packets", "rx512To1023Packets"],
  ["1024_to_1522_packets", "rx1024To1522Packets"],
  ["1523_to_max_packets", "rx1523ToMaxPackets"],
  ["broadcast_packets", "rxBroadcastPackets"],
  ["undersized_errors", "rxUndersizedErrors"],
  ["oversize_errors", "rxOversizeErrors"],
  ["rx_fragmented_errors", "rxFragmentedErrors"],
  ["rx_jabber_errors", "rxJabberErrors"],
];
const SENT: typeof RECEIVED = [
  ["1_to_64_packets", "tx1To64Packets"],
  ["65_to_127_packets", "tx65To127Packets"],
  ["128_to_255_packets", "tx128To255Packets"],
  ["256_to_511_packets", "tx256To511Packets"],
  ["512_to_1023_packets", "tx512To1023Packets"],
  ["1024_to_1522_packets", "tx1024To1522Packets"],
  ["1523_to_max_packets", "tx1523ToMaxPackets"],
  ["multicast_packets", "txMulticastPackets"],
  ["broadcast_packets", "txBroadcastPackets"],
];

function countersText(title: string, c: Counters, rows: typeof RECEIVED): string {
  const told = rows.filter(([, field]) => c[field] !== NO_COUNT);
  return told.length === 0 ? "" : `           ${title} ${told.map(([word, field]) => `${word}=${c[field]}, `).join("")}\n`;
}

const NAME_LENGTH = 63;

/** Counters with names, three to a line. */
function customText(counters: readonly CustomCounter[]): string {
  let text = "           CUSTOM Statistics";
  for (const [i, { name, value }] of counters.entries()) {
    const end = name.indexOf("\0");
    const shown = cutBytes(end < 0 ? name : name.slice(0, end), NAME_LENGTH);
    if (shown !== "") text += `${i % 3 === 0 ? `\n${" ".repeat(22)}` : " "}${shown}=${value},`;
  }
  return `${text}\n`;
}

/** What the properties of a port's counters tell; of each kind the last one counts. */
function propertiesText(properties: readonly PortStatsProperty[]): string {
  const rfc = properties.findLast((p) => p.type === "rfc2819");
  const custom = properties.findLast((p) => p.type === "custom");
  let text = rfc === undefined ? "" : countersText("rx rfc2819", rfc, RECEIVED) + countersText("tx rfc2819", rfc, SENT);
  if (custom !== undefined && custom.counters.length > 0) text += customText(custom.counters);
  return text;
}

/** The counters of a port as `ovs-ofctl dump-ports` has them: lines with a newline at their ends. */
export function formatPortStats(s: PortStats, o: TextOptions = {}): string {
  let text = `  port ${(s.portNo & 0xffff) < 10 ? " " : ""}${portText(s.portNo, o)}: rx pkts=${counter(s.rxPackets)}, bytes=${counter(s.rxBytes)}`;
  text += `, drop=${counter(s.rxDropped)}, errs=${counter(s.rxErrors)}, frame=${counter(s.rxFrameErr)}, over=${counter(s.rxOverErr)}`;
  text += `, crc=${counter(s.rxCrcErr)}\n           tx pkts=${counter(s.txPackets)}, bytes=${counter(s.txBytes)}`;
  text += `, drop=${counter(s.txDropped)}, errs=${counter(s.txErrors)}, coll=${counter(s.collisions)}\n`;
  if (versionOf(o) >= 4 && s.durationSec !== NO_DURATION) text += `           duration=${duration(s.durationSec, s.durationNsec)}\n`;
  return text + propertiesText(s.properties);
}

const BAD_LEN = "OFPBRC_BAD_LEN";
const BAD_PROPERTY_LEN = "OFPBPC_BAD_LEN";
const BAD_PORT = "OFPBAC_BAD_OUT_PORT";

/** Why Open vSwitch refuses a property of a port's counters. */
function propertyFault(c: Chunk, x: RawProperty): string | undefined {
  if (x.experimenter === 0) return x.type === 0 && !hasSize(x, 36) ? BAD_PROPERTY_LEN : undefined;
  if (x.experimenter !== INTEL) return undefined;
  if (x.expType === 1) return hasSize(x, 172) ? undefined : BAD_PROPERTY_LEN;
  if (x.expType !== 2) return undefined;
  if (!hasAtLeast(x, 4)) return BAD_PROPERTY_LEN;
  let q = x.at + 4;
  for (let n = c.dv.getUint16(x.at + 2); n > 0; n--) {
    if (q >= x.end) return BAD_PROPERTY_LEN;
    q += 9 + c.u8[q]!;
    if (q > x.end) return BAD_PROPERTY_LEN;
  }
  return undefined;
}

/** What is wrong with the counters of a port at `p` since OpenFlow 1.4. */
function statsFault(chunk: Chunk, p: number, c: Context): string | undefined {
  if (c.version < 5) return undefined;
  const end = chunk.u8.length;
  if (end - p < 80) return BAD_LEN;
  const length = chunk.dv.getUint16(p);
  if (length < 80 || length > end - p) return BAD_LEN;
  if (!isPort(chunk.dv.getUint32(p + 4))) return BAD_PORT;
  return eachProperty(chunk, p + 80, p + length, (x) => propertyFault(chunk, x));
}

/** Why Open vSwitch refuses the counters of a port. */
const refuseStats = (s: PortStats, c: Context): string | undefined =>
  s.properties.length > 0 ? inBytes(PortStats, s, c.version, (chunk) => statsFault(chunk, 0, c)) : isPort(s.portNo) ? undefined : BAD_PORT;

const HOLDER = { header: 80, lengthAt: 0 } as const;

/** A property that Open vSwitch knows. */
const known = (c: Chunk, x: RawProperty): Uint8Array | undefined =>
  (x.experimenter === 0 ? x.type === 0 : x.experimenter === INTEL)
    ? c.u8.slice(x.start, x.start + ((x.end - x.start + 7) & ~7))
    : undefined;

/** The messages about the counters of ports. */
export const PORT_STATS_PRINTERS: Printers<"port-stats-request" | "port-stats-reply"> = {
  "port-stats-request": {
    text: (m, c) => ` port_no=${portText(m.portNo, c)}`,
    checked: true,
  },
  "port-stats-reply": {
    text(m, c) {
      let text = ` ${m.ports.length} ports\n`;
      if (c.verbosity >= 1) for (const stats of m.ports) text += formatPortStats(stats, c);
      return text;
    },
    reduce: (chunk, c) =>
      c.version < 5
        ? chunk
        : reduceProperties(
            chunk,
            statsBody(c.version),
            HOLDER,
            (p) => statsFault(chunk, p, c),
            (x) => known(chunk, x),
          ),
    items: {
      quiet: true,
      field: "ports",
      element: PortStats,
      at: statsBody,
      refuse: (stats, c) => refuseStats(stats as PortStats, c),
      diagnose: statsFault,
    },
  },
};
