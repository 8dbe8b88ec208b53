import { formatMac } from "../../../bytes/mod.js";
import { checkOptions } from "../../../errors/mod.js";
import { Port, PortConfig, PortReason, PortState } from "../../port/port.js";
import { PortFeatures } from "../../port/port-features.js";
import type { PortMod } from "../../port/port-mod.js";
import type { Context, TextOptions } from "../options.js";
import { TEXT_OPTIONS } from "../options.js";
import { type Printers, statsBody } from "../printer.js";
import { bitNames, portText } from "../words.js";

type Words = readonly (readonly [bit: number, name: string])[];

const CONFIG_WORDS: Words = [
  [PortConfig.PortDown, "PORT_DOWN"],
  [PortConfig.NoStp, "NO_STP"],
  [PortConfig.NoRecv, "NO_RECV"],
  [PortConfig.NoRecvStp, "NO_RECV_STP"],
  [PortConfig.NoFlood, "NO_FLOOD"],
  [PortConfig.NoFwd, "NO_FWD"],
  [PortConfig.NoPacketIn, "NO_PACKET_IN"],
];

/** The bits that have a meaning, in OpenFlow 1.0 and since 1.1; others are not printed. */
const CONFIG_BITS = (version: number): number => (version === 1 ? 0x7f : 0x65);
const STATE_BITS = (version: number): number => (version === 1 ? 0x30001 : 0x7);
const FEATURE_BITS = 0xffff;

const STATE_WORDS: Words = [
  [PortState.LinkDown, "LINK_DOWN"],
  [PortState.Blocked, "BLOCKED"],
  [PortState.Live, "LIVE"],
];

/** The states of the spanning tree, by the two bits that OpenFlow 1.0 has for them; the first, of a port that listens, is not printed. */
const STP_WORDS = ["", "STP_LEARN", "STP_FORWARD", "STP_BLOCK"] as const;
const STP_SHIFT = 16;

const FEATURE_WORDS: Words = [
  [PortFeatures["10MbHd"], "10MB-HD"],
  [PortFeatures["10MbFd"], "10MB-FD"],
  [PortFeatures["100MbHd"], "100MB-HD"],
  [PortFeatures["100MbFd"], "100MB-FD"],
  [PortFeatures["1GbHd"], "1GB-HD"],
  [PortFeatures["1GbFd"], "1GB-FD"],
  [PortFeatures["10GbFd"], "10GB-FD"],
  [PortFeatures["40GbFd"], "40GB-FD"],
  [PortFeatures["100GbFd"], "100GB-FD"],
  [PortFeatures["1TbFd"], "1TB-FD"],
  [PortFeatures.Other, "OTHER"],
  [PortFeatures.Copper, "COPPER"],
  [PortFeatures.Fiber, "FIBER"],
  [PortFeatures.Autoneg, "AUTO_NEG"],
  [PortFeatures.Pause, "AUTO_PAUSE"],
  [PortFeatures.PauseAsym, "AUTO_PAUSE_ASYM"],
];

/** The speed that features stand for, in Mb/s, the fastest first: what OpenFlow 1.0 says of a link's speed. */
const SPEEDS: readonly (readonly [features: number, mbps: number])[] = [
  [PortFeatures["1TbFd"], 1_000_000],
  [PortFeatures["100GbFd"], 100_000],
  [PortFeatures["40GbFd"], 40_000],
  [PortFeatures["10GbFd"], 10_000],
  [PortFeatures["1GbHd"] | PortFeatures["1GbFd"], 1000],
  [PortFeatures["100MbHd"] | PortFeatures["100MbFd"], 100],
  [PortFeatures["10MbHd"] | PortFeatures["10MbFd"], 10],
];

const speedOf = (features: number): number => SPEEDS.find(([f]) => (features & f) !== 0)?.[1] ?? 0;

const NAME_LENGTH = 15;

/** A port's name up to the first character that does not print. */
function printable(name: string): string {
  let n = 0;
  while (n < name.length && n < NAME_LENGTH && name.charCodeAt(n) >= 0x20 && name.charCodeAt(n) <= 0x7e) n++;
  return name.slice(0, n);
}

function stateText(state: number): string {
  const stp = STP_WORDS[(state >>> STP_SHIFT) & 3]!;
  const rest = state & 0xffff;
  return stp !== "" && rest === 0 ? stp : stp + bitNames(rest, STATE_WORDS);
}

/** The description of a port as `ovs-ofctl show` has it: several lines, each with a newline at its end, the first with a space before it. */
export function formatPort(port: Port, o: TextOptions = {}): string {
  checkOptions("formatPort", o, TEXT_OPTIONS);
  const version = o.version ?? 4;
  let text = ` ${portText(port.portNo, {})}(${printable(port.name)}): addr:${formatMac(port.hwAddr)}\n`;
  text += `     config:     ${bitNames(port.config & CONFIG_BITS(version), CONFIG_WORDS)}\n`;
  text += `     state:      ${stateText(port.state & STATE_BITS(version))}\n`;
  for (const [label, features] of [
    ["current:    ", port.curr],
    ["advertised: ", port.advertised],
    ["supported:  ", port.supported],
    ["peer:       ", port.peer],
  ] as const) {
    const bits = features & FEATURE_BITS;
    if (bits !== 0) text += `     ${label}${bitNames(bits, FEATURE_WORDS)}\n`;
  }
  const now = version === 1 ? speedOf(port.curr) : Math.floor(port.currSpeed / 1000);
  const max = version === 1 ? speedOf(port.supported) : Math.floor(port.maxSpeed / 1000);
  return `${text}     speed: ${now} Mbps now, ${max} Mbps max\n`;
}

/** The descriptions of ports, in the order of their numbers in 16 bits. */
export function formatPorts(ports: readonly Port[], o: TextOptions = {}): string {
  checkOptions("formatPorts", o, TEXT_OPTIONS);
  let text = "";
  for (const port of [...ports].sort((a, b) => (a.portNo & 0xffff) - (b.portNo & 0xffff))) text += formatPort(port, o);
  return text;
}

const REASON_WORDS: Readonly<Record<number, string>> = { [PortReason.Add]: "ADD", [PortReason.Delete]: "DEL", [PortReason.Modify]: "MOD" };

function modText(m: PortMod, c: Context): string {
  const bits = CONFIG_BITS(c.version);
  let text = ` port: ${portText(m.portNo, c)}: addr:${formatMac(m.hwAddr)}\n`;
  text += `     config: ${bitNames(m.config & m.mask & bits, CONFIG_WORDS)}\n     mask:   ${bitNames(m.mask & bits, CONFIG_WORDS)}\n`;
  const advertise = m.advertise & FEATURE_BITS;
  return `${text}     advertise: ${advertise === 0 ? "UNCHANGED" : bitNames(advertise, FEATURE_WORDS)}\n`;
}

/** The messages about ports. */
export const PORT_PRINTERS: Printers<"port-status" | "port-mod" | "port-desc-request" | "port-desc-reply"> = {
  "port-status": { checked: true, text: (m, c) => ` ${REASON_WORDS[m.reason] ?? m.reason}:${formatPort(m.port, c)}` },
  "port-mod": { checked: true, text: modText },
  "port-desc-request": { checked: true, text: (m, c) => ` port=${portText(m.portNo, c)}` },
  "port-desc-reply": {
    checked: true,
    text: (m, c) => `\n${formatPorts(m.ports, c)}`,
    items: { field: "ports", element: Port, at: statsBody },
  },
};
