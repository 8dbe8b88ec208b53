import { hexDump, viewOf } from "../../../bytes/mod.js";
import { Capabilities, type FeaturesReply } from "../../features.js";
import { Port } from "../../port/port.js";
import { type NoteSink, warn } from "../notes/note.js";
import type { Context } from "../options.js";
import { formatPorts } from "../port/port.js";
import type { Printer, Printers } from "../printer.js";
import { bitNames } from "../words.js";
import { FRAG_WORDS } from "./frag.js";

const nothing = { text: () => "" };

const echo: Printer<{ readonly data: Uint8Array }> = {
  text: (m, c) => ` ${m.data.length} bytes of payload\n${c.verbosity > 1 ? hexDump(m.data) : ""}`,
};

const FRAG_BITS = 3;
const INVALID_TTL = 4;

const config: Printer<{ readonly flags: number; readonly missSendLen: number }> = {
  text(m, c) {
    const ttl = c.version < 4 && (m.flags & INVALID_TTL) !== 0 ? " invalid_ttl_to_controller" : "";
    return ` frags=${FRAG_WORDS[(m.flags & FRAG_BITS) as 0 | 1 | 2 | 3]}${ttl} miss_send_len=${m.missSendLen}\n`;
  },
};

/** What a switch can do, in words and with the versions that have them. Bit 3 is the spanning tree in OpenFlow 1.0 and groups later. */
const CAPABILITY_WORDS: readonly (readonly [bit: number, name: string, since: number, until: number])[] = [
  [Capabilities.FlowStats, "FLOW_STATS", 1, 6],
  [Capabilities.TableStats, "TABLE_STATS", 1, 6],
  [Capabilities.PortStats, "PORT_STATS", 1, 6],
  [Capabilities.GroupStats, "STP", 1, 1],
  [Capabilities.GroupStats, "GROUP_STATS", 2, 6],
  [Capabilities.IpReasm, "IP_REASM", 1, 6],
  [Capabilities.QueueStats, "QUEUE_STATS", 1, 6],
  [Capabilities.ArpMatchIp, "ARP_MATCH_IP", 1, 2],
  [Capabilities.PortBlocked, "PORT_BLOCKED", 3, 6],
  [Capabilities.Bundles, "BUNDLES", 5, 6],
  [Capabilities.FlowMonitoring, "FLOW_MONITORING", 5, 6],
];

/** The actions of OpenFlow 1.0 by the bits of a features reply, in the order in which they are listed. */
const ACTION_WORDS10: readonly (readonly [bit: number, name: string])[] = [
  [1 << 0, "output"],
  [1 << 11, "enqueue"],
  [1 << 1, "set_vlan_vid"],
  [1 << 2, "set_vlan_pcp"],
  [1 << 3, "strip_vlan"],
  [1 << 4, "mod_dl_src"],
  [1 << 5, "mod_dl_dst"],
  [1 << 6, "mod_nw_src"],
  [1 << 7, "mod_nw_dst"],
  [1 << 8, "mod_nw_tos"],
  [1 << 9, "mod_tp_src"],
  [1 << 10, "mod_tp_dst"],
];
const ACTION_BITS10 = 0xfff;

function featuresText(m: FeaturesReply, c: Context): string {
  const auxiliary = c.version >= 4 && m.auxiliaryId !== 0 ? `, auxiliary_id:${m.auxiliaryId}` : "";
  const words = CAPABILITY_WORDS.filter(([, , since, until]) => c.version >= since && c.version <= until);
  const bits = words.reduce((sum, [bit]) => sum | (m.capabilities & bit), 0);
  let text = ` dpid:${m.datapathId.toString(16).padStart(16, "0")}\nn_tables:${m.nTables}, n_buffers:${m.nBuffers}${auxiliary}\n`;
  text += `capabilities: ${bitNames(
    bits,
    words.map(([bit, name]) => [bit, name] as const),
  )}\n`;
  const actions = c.version === 1 ? m.actions & ACTION_BITS10 : 0;
  if (actions !== 0) text += `actions: ${bitNames(actions, ACTION_WORDS10)}\n`;
  return text + (c.version < 4 ? formatPorts(m.ports, c) : "");
}

const BITMAP_ELEMENT = 1;
const ELEMENT_HEADER = 4;

/**
 * The versions that a hello offers, read from its bytes, since what cannot be understood must not keep the rest from being read; and whether all of it could
 * be understood. OpenFlow 1.3 §7.5.1
 */
function offered(raw: Uint8Array, log?: NoteSink): [versions: number, understood: boolean] {
  const dv = viewOf(raw);
  const highest = raw[0]!;
  // a version that does not fit the bitmap counts as all that do
  let versions = highest < 32 ? (((highest === 31 ? 0x80000000 : 1 << highest) - 1) << 1) >>> 0 : 0xfffffffe;
  let understood = true;
  for (let p = 8; p < raw.length; ) {
    if (raw.length - p < ELEMENT_HEADER) return [versions, false];
    const length = dv.getUint16(p + 2);
    const next = p + ((length + 7) & ~7);
    if (length < ELEMENT_HEADER || next > raw.length) return [versions, false];
    const bitmap = length - ELEMENT_HEADER;
    const first = bitmap >= 4 && bitmap % 4 === 0 ? (dv.getUint32(p + 4) & ~1) >>> 0 : 0;
    if (dv.getUint16(p) === BITMAP_ELEMENT && bitmap >= 4 && bitmap % 4 === 0) noteBitmap(log, dv.getUint32(p + 4));
    if (dv.getUint16(p) !== BITMAP_ELEMENT || first === 0) understood = false;
    else versions = first;
    p = next;
  }
  return [versions, understood];
}

/** Notes what is wrong with a bitmap of versions. Open vSwitch ofp-util.c (ofputil_decode_hello_bitmap) */
function noteBitmap(log: NoteSink | undefined, versions: number): void {
  if ((versions & 1) !== 0) warn(log, "ofp_util", "peer claims to support invalid OpenFlow version 0x00");
  if (versions >>> 1 === 0) warn(log, "ofp_util", "peer does not support any OpenFlow version (between 0x01 and 0x1f)");
}

function helloText(c: Context): string {
  const raw = c.raw();
  const [versions, understood] = offered(raw, c.log);
  const words: string[] = [];
  for (let v = 0; v < 32; v++) if (((versions >>> v) & 1) !== 0) words.push(`0x${v.toString(16).padStart(2, "0")}`);
  return `\n version bitmap: ${words.join(", ")}${understood ? "" : `\n unknown data in hello:\n${hexDump(raw)}`}`;
}

const LABELS = [
  ["Manufacturer", "mfrDesc"],
  ["Hardware", "hwDesc"],
  ["Software", "swDesc"],
  ["Serial Num", "serialNum"],
  ["DP Description", "dpDesc"],
] as const;

const FEATURES_LENGTH = 32;

/** The messages that set up a connection, and those about the switch as a whole. */
export const BASIC_PRINTERS: Printers<
  | "hello"
  | "echo-request"
  | "echo-reply"
  | "features-request"
  | "features-reply"
  | "get-config-request"
  | "get-config-reply"
  | "set-config"
  | "barrier-request"
  | "barrier-reply"
  | "desc-request"
  | "desc-reply"
> = {
  hello: { text: (_m, c) => helloText(c), broken: helloText },
  "echo-request": echo,
  "echo-reply": echo,
  "features-request": nothing,
  "features-reply": {
    text: featuresText,
    checked: true,
    items: { field: "ports", element: Port, at: () => FEATURES_LENGTH },
  },
  "get-config-request": nothing,
  "get-config-reply": config,
  "set-config": {
    ...config,
    checked: true,
  },
  "barrier-request": nothing,
  "barrier-reply": nothing,
  "desc-request": nothing,
  "desc-reply": { text: (m) => `\n${LABELS.map(([label, name]) => `${label}: ${m[name]}\n`).join("")}` },
};
