import { checkOptions } from "../../../errors/mod.js";
import { PortStats } from "../../port/port-stats.js";
import { type CustomCounter, NO_COUNT, type PortStatsProperty, type Rfc2819PortStats } from "../../port/port-stats-property.js";
import { TEXT_OPTIONS, type TextOptions, versionOf } from "../options.js";
import { type Printers, statsBody } from "../printer.js";
import { counter, cutBytes, duration, portText } from "../words.js";

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

/** What the properties of a port's counters hold; of each kind the last one counts. */
function propertiesText(properties: readonly PortStatsProperty[]): string {
  const rfc = properties.findLast((p) => p.type === "rfc2819");
  const custom = properties.findLast((p) => p.type === "custom");
  let text = rfc === undefined ? "" : countersText("rx rfc2819", rfc, RECEIVED) + countersText("tx rfc2819", rfc, SENT);
  if (custom !== undefined && custom.counters.length > 0) text += customText(custom.counters);
  return text;
}

/** The counters of a port as `ovs-ofctl dump-ports` has them: lines with a newline at their ends. */
export function formatPortStats(s: PortStats, o: TextOptions = {}): string {
  checkOptions("formatPortStats", o, TEXT_OPTIONS);
  let text = `  port ${(s.portNo & 0xffff) < 10 ? " " : ""}${portText(s.portNo, o)}: rx pkts=${counter(s.rxPackets)}, bytes=${counter(s.rxBytes)}`;
  text += `, drop=${counter(s.rxDropped)}, errs=${counter(s.rxErrors)}, frame=${counter(s.rxFrameErr)}, over=${counter(s.rxOverErr)}`;
  text += `, crc=${counter(s.rxCrcErr)}\n           tx pkts=${counter(s.txPackets)}, bytes=${counter(s.txBytes)}`;
  text += `, drop=${counter(s.txDropped)}, errs=${counter(s.txErrors)}, coll=${counter(s.collisions)}\n`;
  if (versionOf(o) >= 4 && s.durationSec !== NO_DURATION) text += `           duration=${duration(s.durationSec, s.durationNsec)}\n`;
  return text + propertiesText(s.properties);
}

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
    checked: true,
    items: { quiet: true, field: "ports", element: PortStats, at: statsBody },
  },
};
