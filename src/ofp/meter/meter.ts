import { named } from "../../errors/mod.js";
import {
  bytes,
  type Element,
  type EntryClass,
  type EntryLayouts,
  type EntryShape,
  entryClass,
  enumeration,
  type Fields,
  flags,
  limited,
  list,
  type Member,
  U16,
  type UnionHeader,
  UnknownElement,
  u8,
  u32,
  union,
} from "../../schema/mod.js";
import { EXPERIMENTER } from "../ids.js";
import { message } from "../message.js";

/** Numbers of meters with a meaning of their own. OpenFlow 1.3 §7.3.4.4 (ofp_meter) */
export const MeterNo = named("MeterNo", {
  /** The highest number of a real meter. */
  Max: 0xffff0000,
  /** What the slow path of the switch takes. */
  Slowpath: 0xfffffffd,
  /** What goes to the controller. */
  Controller: 0xfffffffe,
  /** All meters, in a request or deletion. */
  All: 0xffffffff,
});

/** What a meter-mod does. OpenFlow 1.3 §7.3.4.4 (ofp_meter_mod_command) */
export const MeterModCommand = named("MeterModCommand", { Add: 0, Modify: 1, Delete: 2 });

/** How a meter counts. OpenFlow 1.3 §7.3.4.4 (ofp_meter_flags) */
export const MeterFlags = named("MeterFlags", { Kbps: 1, Pktps: 2, Burst: 4, Stats: 8 });

/** What every band begins with: type, length, and for experimenters their id behind the rates. OpenFlow 1.3 §7.3.4.4 (ofp_meter_band_header) */
const BAND_HEADER: UnionHeader = {
  frame: { lengthAt: 2, min: 4, align: 1, counted: true, reason: "OFPBRC_BAD_LEN" },
  part: (_version, [type]) => (type === undefined ? { at: 0, size: 2 } : undefined),
};

const band = <const N extends string, const F extends Fields>(
  name: string,
  type: N,
  fields: F,
  layouts: EntryLayouts<F>,
): EntryClass<F, EntryShape<N, F>> => entryClass<F, EntryShape<N, F>>(name, type, BAND_HEADER, fields, layouts);

/** The bytes of every band of the standard's. */
const BAND_SIZE = 16;

const RATES = {
  /** Above it the band takes effect: kb/s, or packets/s with `MeterFlags.Pktps`. */
  rate: u32(),
  /** How much may come at once: kilobits or packets. Counts with `MeterFlags.Burst`. */
  burstSize: u32(),
} as const;

/** Drops packets. OpenFlow 1.3 §7.3.4.4 (OFPMBT_DROP) */
export const DropBand = band("DropBand", "drop", RATES, { "1.3+": { key: [1], slots: ["rate", "burstSize", "pad:4"] } });
/** See the class. */
export type DropBand = InstanceType<typeof DropBand>;

/** Makes it likelier for packets to be dropped later, by their DSCP. OpenFlow 1.3 §7.3.4.4 (OFPMBT_DSCP_REMARK) */
export const DscpRemarkBand = band(
  "DscpRemarkBand",
  "dscp-remark",
  {
    ...RATES,
    /** By how much the drop precedence grows. */
    precLevel: u8(),
  },
  { "1.3+": { key: [2], slots: ["rate", "burstSize", "precLevel", "pad:3"] } },
);
/** See the class. */
export type DscpRemarkBand = InstanceType<typeof DscpRemarkBand>;

/** A band of an experimenter's. OpenFlow 1.3 §7.3.4.4 (OFPMBT_EXPERIMENTER) */
export const ExperimenterBand = band(
  "ExperimenterBand",
  "experimenter",
  {
    ...RATES,
    experimenter: u32(),
    /** What the experimenter has behind it, padding included. */
    data: bytes(),
  },
  { "1.3+": { unchecked: true, key: [EXPERIMENTER], slots: ["rate", "burstSize", "experimenter", "data"] } },
);
/** See the class. */
export type ExperimenterBand = InstanceType<typeof ExperimenterBand>;

/** Every band of a meter. */
export const BANDS = union("meter band", BAND_HEADER, "OFPMMFC_BAD_BAND", [DropBand, DscpRemarkBand, ExperimenterBand], {
  check: (band) =>
    !(band instanceof UnknownElement) ? undefined : band.bytes.length === BAND_SIZE ? "OFPMMFC_BAD_BAND" : BAND_HEADER.frame.reason,
});

/** One band of a meter. */
export type Band = Member<typeof BANDS> | UnknownElement;

/** The same as an element of lists. */
export const BAND = BANDS as Element<Band>;

/** What a rate may be counted in: one of both. */
const RATE_UNITS = MeterFlags.Kbps | MeterFlags.Pktps;

/** Adds, changes or deletes meters. OpenFlow 1.3 §7.3.4.4 */
export const MeterMod = message(
  "MeterMod",
  "meter-mod",
  {
    command: enumeration(U16, MeterModCommand, 0),
    meterFlags: flags(U16, MeterFlags),
    meterId: u32(),
    bands: list(BAND),
  },
  {
    "1.3+": {
      key: [29],
      slots: [
        { command: limited(U16, (v) => v <= MeterModCommand.Delete, "OFPMMFC_BAD_COMMAND") },
        { meterFlags: limited(U16, (v) => (v & RATE_UNITS) !== RATE_UNITS, "OFPMMFC_BAD_FLAGS") },
        "meterId",
        "bands",
      ],
    },
  },
);
/** See the class. */
export type MeterMod = InstanceType<typeof MeterMod>;
