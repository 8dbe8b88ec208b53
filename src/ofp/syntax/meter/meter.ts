import { type Band, type MeterMod, MeterModCommand } from "../../meter/meter.js";
import { MeterConfig, type MeterFeaturesReply, MeterStats } from "../../meter/meter-stats.js";
import { type Printers, statsBody } from "../printer.js";
import { bitNames, duration } from "../words.js";
import { BAND_KEYS, BAND_WORDS, FLAG_WORDS, isKnownBand, METER_ID } from "./meter-words.js";

/** A meter: its number, or a word for one that has a meaning of its own. */
export const meterText = (meter: number): string => METER_ID.print(meter, {});

const ALL_FLAGS = 15;

function flagsText(flags: number): string {
  let text = "";
  for (const [bit, word] of FLAG_WORDS) if ((flags & bit) !== 0) text += `${word} `;
  const rest = flags & ~ALL_FLAGS;
  return rest === 0 ? text : `${text}flags:0x${rest.toString(16)} `;
}

function bandText(band: Band, flags: number): string {
  if (!isKnownBand(band)) return "";
  let text = `\ntype=${BAND_WORDS[band.type]}`;
  for (const row of BAND_KEYS) {
    const value = row.shown(band, flags);
    if (value !== undefined) text += ` ${row.key}=${row.kind.print(value, {})}`;
  }
  return text;
}

/** A meter as `ovs-ofctl dump-meters` has it: `meter=1 kbps bands=` and a line for each band. */
export function formatMeter(m: Pick<MeterConfig, "meterId" | "meterFlags" | "bands">): string {
  return `meter=${meterText(m.meterId)} ${flagsText(m.meterFlags)}bands=${m.bands.map((b) => bandText(b, m.meterFlags)).join("")}\n`;
}

const COMMAND_WORDS: Readonly<Record<number, string>> = {
  [MeterModCommand.Add]: "ADD",
  [MeterModCommand.Modify]: "MOD",
  [MeterModCommand.Delete]: "DEL",
};

/** A deletion has neither flags nor bands, whatever it carries. */
const shown = (m: MeterMod): Pick<MeterConfig, "meterId" | "meterFlags" | "bands"> =>
  m.command === MeterModCommand.Delete ? { meterId: m.meterId, meterFlags: 0, bands: [] } : m;

const modText = (m: MeterMod): string => ` ${COMMAND_WORDS[m.command] ?? `cmd:${m.command}`} ${formatMeter(shown(m))}`;

/**
 * What a meter-mod says besides its command, as {@link parseMeter} reads it with that command. It cannot have numbers of meters without a meaning, flags and bands that Open vSwitch does not have, bands without a rate,
 * nor burst sizes without their flag.
 */
export const formatMeterMod = (m: MeterMod): string =>
  m.command === MeterModCommand.Delete ? `meter=${meterText(m.meterId)}` : formatMeter(m).trimEnd();

/** The counters of a meter as `ovs-ofctl meter-stats` has them. */
export function formatMeterStats(s: MeterStats): string {
  let text = `meter:${meterText(s.meterId)} flow_count:${s.flowCount} packet_in_count:${s.packetInCount} byte_in_count:${s.byteInCount} `;
  text += `duration:${duration(s.durationSec, s.durationNsec)} bands:\n`;
  for (const [i, b] of s.bands.entries()) text += `${i}: packet_count:${b.packetCount} byte_count:${b.byteCount}\n`;
  return text;
}

const BAND_TYPES: readonly (readonly [bit: number, word: string])[] = [
  [2, "drop"],
  [4, "dscp_remark"],
];

function featuresText(m: MeterFeaturesReply): string {
  let text = `\nmax_meter:${m.maxMeter} max_bands:${m.maxBands} max_color:${m.maxColor}\n`;
  text += `band_types: ${bitNames(m.bandTypes, BAND_TYPES)}\n`;
  return `${text}capabilities: ${bitNames(m.capabilities, FLAG_WORDS)}\n`;
}

/** The messages about meters. */
export const METER_PRINTERS: Printers<
  | "meter-mod"
  | "meter-stats-request"
  | "meter-stats-reply"
  | "meter-config-request"
  | "meter-config-reply"
  | "meter-features-request"
  | "meter-features-reply"
> = {
  "meter-mod": {
    // Open vSwitch does not look at what a deletion carries
    whole: (c) =>
      c.dv.getUint16(8) === MeterModCommand.Delete
        ? [` DEL ${formatMeter({ meterId: c.dv.getUint32(12), meterFlags: 0, bands: [] })}`, undefined]
        : undefined,
    checked: true,
    text: modText,
  },
  "meter-stats-request": { text: (m) => ` meter=${meterText(m.meterId)}` },
  "meter-stats-reply": {
    text: (m) => m.meters.map((s) => `\n${formatMeterStats(s)}`).join(""),
    checked: true,
    items: { field: "meters", element: MeterStats, at: statsBody },
  },
  "meter-config-request": { text: (m) => ` meter=${meterText(m.meterId)}` },
  "meter-config-reply": {
    text: (m) => m.meters.map((s) => `\n${formatMeter(s)}`).join(""),
    checked: true,
    items: { field: "meters", element: MeterConfig, at: statsBody },
  },
  "meter-features-request": { text: () => "" },
  "meter-features-reply": { text: featuresText },
};
