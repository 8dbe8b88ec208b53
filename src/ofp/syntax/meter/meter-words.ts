import { type Band, type DropBand, type DscpRemarkBand, MeterFlags, MeterNo } from "../../meter/meter.js";
import { choice, uint8, uint32, type ValueKind } from "../action/value-kinds.js";
import { readU32 } from "../parse/c-number.js";
import { refuse } from "../parse/syntax-fault.js";

const NUMBER_WORDS = choice(
  "METER",
  { [MeterNo.Slowpath]: "slowpath", [MeterNo.Controller]: "controller", [MeterNo.All]: "all" },
  (meter) => (meter <= MeterNo.Max ? String(meter) : "unknown"),
);

/** A meter: its number, or a word for one that has a meaning of its own. */
export const METER_ID: ValueKind<number> = {
  ...NUMBER_WORDS,
  read(text) {
    const named = NUMBER_WORDS.find(text);
    if (named !== undefined) return named;
    const number = readU32(text);
    return number === 0 || number > MeterNo.Max ? refuse("invalid value for meter", 0) : number;
  },
};

/** The flags of a meter, in the order in which they are printed. */
export const FLAG_WORDS: readonly (readonly [bit: number, word: string])[] = [
  [MeterFlags.Kbps, "kbps"],
  [MeterFlags.Pktps, "pktps"],
  [MeterFlags.Burst, "burst"],
  [MeterFlags.Stats, "stats"],
];

/** The same by their words. */
export const FLAGS: ReadonlyMap<string, number> = new Map(FLAG_WORDS.map(([bit, word]) => [word, bit]));

/** What text gives of a band by keys. */
export type BandFields = { rate: number; burstSize: number; precLevel: number };

/** A band that has a text. */
export type KnownBand = DropBand | DscpRemarkBand;

/** The types of bands in words. */
export const BAND_WORDS: Readonly<Record<KnownBand["type"], string>> = { drop: "drop", "dscp-remark": "dscp_remark" };

/** Whether a band has a text. */
export const isKnownBand = (band: Band): band is KnownBand => band.type in BAND_WORDS;

/** The types of bands by their words. */
export const BAND_TYPES: ReadonlyMap<string, KnownBand["type"]> = new Map(
  Object.entries(BAND_WORDS).map(([type, word]) => [word, type as KnownBand["type"]]),
);

/** A key of a band: a row by which it is printed and read. */
interface BandKey {
  readonly key: string;
  readonly member: keyof BandFields;
  readonly kind: ValueKind<number>;
  /** The value that is printed of the band of a meter with such flags; undefined where none is. */
  shown(band: KnownBand, flags: number): number | undefined;
}

/** The keys of a band behind its type, in the order in which they are printed. */
export const BAND_KEYS: readonly BandKey[] = [
  { key: "rate", member: "rate", kind: uint32(), shown: ({ rate }) => rate },
  {
    key: "burst_size",
    member: "burstSize",
    kind: uint32(),
    shown: ({ burstSize }, flags) => ((flags & MeterFlags.Burst) === 0 ? undefined : burstSize),
  },
  {
    key: "prec_level",
    member: "precLevel",
    kind: uint8("prec_level"),
    shown: (band) => (band.type === "dscp-remark" ? band.precLevel : undefined),
  },
];
