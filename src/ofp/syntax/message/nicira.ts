import type { IpfixStats } from "../../ipfix.js";
import { FlowFormat, PacketInFormat } from "../../nicira.js";
import { OPTION_BYTES } from "../../oxm/option.js";
import { type TlvMap, TlvTableCommand } from "../../tlv-table.js";
import { type NoteSink, warn } from "../notes/note.js";
import type { Printers } from "../printer.js";
import { counter } from "../words.js";

const nothing = { text: () => "" };

const FLOW_FORMATS: Readonly<Record<number, string>> = { [FlowFormat.OpenFlow10]: "openflow10", [FlowFormat.Nxm]: "nxm" };
const PACKET_IN_FORMATS: Readonly<Record<number, string>> = {
  [PacketInFormat.Standard]: "standard",
  [PacketInFormat.Nxt]: "nxt_packet_in",
  [PacketInFormat.Nxt2]: "nxt_packet_in2",
};

const COMMANDS: Readonly<Record<number, string>> = {
  [TlvTableCommand.Add]: "ADD",
  [TlvTableCommand.Delete]: "DEL",
  [TlvTableCommand.Clear]: "CLEAR",
};

const OPTIONS = 64;

/** A number in hexadecimal as C prints it with `#`: zero has no prefix. */
const sharp = (v: number, width: number): string => (v === 0 ? "0" : `0x${v.toString(16)}`).padStart(width);

function mapsText(maps: readonly TlvMap[]): string {
  let text = " mapping table:\n  class  type  length  match field\n ------  ----  ------  --------------";
  for (const m of maps) {
    text += `\n ${sharp(m.optionClass, 6)}  ${sharp(m.optionType, 4)}  ${String(m.optionLen).padStart(6)}  tun_metadata${m.index}`;
  }
  return text;
}

const TLV_MODULE = "ofp_match";

function refuseMaps(maps: readonly TlvMap[], fields: number, log: NoteSink | undefined): string | undefined {
  for (const m of maps) {
    if (m.optionLen % 4 !== 0 || m.optionLen > OPTION_BYTES) {
      warn(log, TLV_MODULE, `tlv table option length (${m.optionLen}) is not a valid option size`);
      return "NXTTMFC_BAD_OPT_LEN";
    }
    if (m.index >= fields) {
      warn(log, TLV_MODULE, `tlv table field index (${m.index}) is too large (max ${(fields - 1) >>> 0})`);
      return "NXTTMFC_BAD_FIELD_IDX";
    }
  }
  return undefined;
}

/** The counters of an exporter; the second line is indented by so much. */
const ipfixText = (s: Omit<IpfixStats, "toJSON" | "own">, indent: number): string =>
  `flows=${counter(s.totalFlows)}, current flows=${counter(s.currentFlows)}, sampled pkts=${counter(s.packets)}, ` +
  `ipv4 ok=${counter(s.ipv4Packets)}, ipv6 ok=${counter(s.ipv6Packets)}, tx pkts=${counter(s.txPackets)}\n${" ".repeat(indent)}` +
  `pkts errs=${counter(s.errorPackets)}, ipv4 errs=${counter(s.ipv4ErrorPackets)}, ipv6 errs=${counter(s.ipv6ErrorPackets)}, ` +
  `tx errs=${counter(s.txErrors)}\n`;

/** Nicira's messages that set up a connection or a table, and the counters of IPFIX. */
export const NICIRA_PRINTERS: Printers<
  | "set-flow-format"
  | "flow-mod-table-id"
  | "set-packet-in-format"
  | "flow-age"
  | "set-controller-id"
  | "ct-flush-zone"
  | "tlv-table-mod"
  | "tlv-table-request"
  | "tlv-table-reply"
  | "ipfix-bridge-request"
  | "ipfix-bridge-reply"
  | "ipfix-flow-request"
  | "ipfix-flow-reply"
> = {
  "set-flow-format": {
    text(m, c) {
      const word = FLOW_FORMATS[m.flowFormat];
      if (word === undefined) warn(c.log, "ofp_protocol", `NXT_SET_FLOW_FORMAT message specified invalid flow format ${m.flowFormat}`);
      return ` format=${word ?? "(unknown)"}`;
    },
  },
  "flow-mod-table-id": { text: (m) => ` ${m.enable === 0 ? "disable" : "enable"}` },
  "set-packet-in-format": {
    text: (m) => ` format=${PACKET_IN_FORMATS[m.packetInFormat] ?? m.packetInFormat}`,
    checked: true,
  },
  "flow-age": nothing,
  "set-controller-id": { text: (m) => ` id=${m.controllerId}` },
  "ct-flush-zone": { text: (m) => ` zone_id=${m.zoneId}` },
  "tlv-table-mod": {
    text: (m) => `\n ${COMMANDS[m.command] ?? ""}${m.command === TlvTableCommand.Clear ? "" : mapsText(m.maps)}`,
    refuse(m, { log }) {
      if (m.command in COMMANDS) return refuseMaps(m.maps, OPTIONS, log);
      warn(log, TLV_MODULE, `tlv table mod command (${m.command}) is out of range`);
      return "NXTTMFC_BAD_COMMAND";
    },
  },
  "tlv-table-request": nothing,
  "tlv-table-reply": {
    text(m) {
      const used = m.maps.reduce((sum, x) => sum + x.optionLen, 0);
      return `\n max option space=${m.maxOptionSpace} max fields=${m.maxFields}\n allocated option space=${used}\n\n${mapsText(m.maps)}`;
    },
    refuse: (m, { log }) => refuseMaps(m.maps, m.maxFields, log),
  },
  "ipfix-bridge-request": nothing,
  "ipfix-bridge-reply": { text: (m) => `\n  bridge ipfix: ${ipfixText(m, 16)}` },
  "ipfix-flow-request": nothing,
  "ipfix-flow-reply": {
    text: (m) =>
      ` ${m.stats.length} ids\n${m.stats.map((s) => `  id ${String(s.collectorSetId).padStart(3)}: ${ipfixText(s, 10)}`).join("")}`,
  },
};
