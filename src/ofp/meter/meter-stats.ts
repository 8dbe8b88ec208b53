import { named } from "../../errors/mod.js";
import { type Codec, count32, count64, fail, field, flags, type Kind, list, Parts, struct, U16, U32, u8, u32 } from "../../schema/mod.js";
import { multipart } from "../message.js";
import { BAND, MeterFlags, MeterNo } from "./meter.js";

const request = () => ({
  /** {@link MeterNo.All} for all. */
  meterId: u32(MeterNo.All),
});

/** Asks for the counters of meters. OpenFlow 1.3 §7.3.5.11 */
export const MeterStatsRequest = multipart("request", "MeterStatsRequest", "meter-stats-request", request(), {
  "1.3+": { key: [9], slots: ["meterId", "pad:4"] },
});
/** See the class. */
export type MeterStatsRequest = InstanceType<typeof MeterStatsRequest>;

/** What one band of a meter has taken. OpenFlow 1.3 §7.3.5.11 (ofp_meter_band_stats) */
export const BandStats = struct(
  "BandStats",
  { packetCount: count64(0n, { unit: "packets" }), byteCount: count64(0n, { unit: "bytes" }) },
  { "1.3+": ["packetCount", "byteCount"] },
);
/** See the class. */
export type BandStats = InstanceType<typeof BandStats>;

/** The counters of one meter. OpenFlow 1.3 §7.3.5.11 (ofp_meter_stats) */
export const MeterStats = struct(
  "MeterStats",
  {
    meterId: u32(),
    /** How many flows use it; since OpenFlow 1.5 whatever refers to it. */
    flowCount: count32(),
    packetInCount: count64(0n, { unit: "packets" }),
    byteInCount: count64(0n, { unit: "bytes" }),
    /** How long the meter lives. */
    durationSec: count32(0, { unit: "seconds" }),
    /** The part of its life beyond full seconds. */
    durationNsec: count32(0, { unit: "nanoseconds" }),
    /** One for each band, in their order. */
    bands: list(BandStats),
  },
  {
    "1.3+": ["meterId", "length", "pad:6", "flowCount", "packetInCount", "byteInCount", "durationSec", "durationNsec", "bands"],
  },
);
/** See the class. */
export type MeterStats = InstanceType<typeof MeterStats>;

/** The counters of meters. OpenFlow 1.3 §7.3.5.11 */
export const MeterStatsReply = multipart(
  "reply",
  "MeterStatsReply",
  "meter-stats-reply",
  { meters: list(MeterStats) },
  { "1.3+": { key: [9], slots: ["meters"] } },
);
/** See the class. */
export type MeterStatsReply = InstanceType<typeof MeterStatsReply>;

/** Asks for the bands of meters. OpenFlow 1.3 §7.3.5.12; since 1.5 called meter description */
export const MeterConfigRequest = multipart("request", "MeterConfigRequest", "meter-config-request", request(), {
  "1.3+": { key: [10], slots: ["meterId", "pad:4"] },
});
/** See the class. */
export type MeterConfigRequest = InstanceType<typeof MeterConfigRequest>;

/** One meter and its bands. OpenFlow 1.3 §7.3.5.12 (ofp_meter_config), 1.5 §7.3.5.15 (ofp_meter_desc) */
export const MeterConfig = struct(
  "MeterConfig",
  { meterFlags: flags(U16, MeterFlags), meterId: u32(), bands: list(BAND) },
  { "1.3+": ["length", "meterFlags", "meterId", "bands"] },
);
/** See the class. */
export type MeterConfig = InstanceType<typeof MeterConfig>;

/** Meters and their bands. OpenFlow 1.3 §7.3.5.12 */
export const MeterConfigReply = multipart(
  "reply",
  "MeterConfigReply",
  "meter-config-reply",
  { meters: list(MeterConfig) },
  { "1.3+": { key: [10], slots: ["meters"] } },
);
/** See the class. */
export type MeterConfigReply = InstanceType<typeof MeterConfigReply>;

/** Asks what meters the switch can do. OpenFlow 1.3 §7.3.5.13 */
export const MeterFeaturesRequest = multipart(
  "request",
  "MeterFeaturesRequest",
  "meter-features-request",
  {},
  { "1.3+": { key: [11], slots: [] } },
);
/** See the class. */
export type MeterFeaturesRequest = InstanceType<typeof MeterFeaturesRequest>;

/** What else a switch can do with meters. OpenFlow 1.5 §7.3.5.16 (ofp_meter_feature_flags) */
export const MeterFeatureFlags = named("MeterFeatureFlags", { ActionSet: 1, AnyPosition: 2, Multiple: 4 });

/** The bits of types of bands in {@link MeterFeaturesReply}. */
export const BandTypes = named("BandTypes", { Drop: 1 << 1, DscpRemark: 1 << 2 });

const FLAGS = flags(U32, MeterFeatureFlags).kind;

/** Flags, or null where the sender left them out. */
const MAYBE: Kind<number | null> = {
  name: "u32?",
  size: 0,
  codec(version, mode): Codec<number | null> {
    const inner = FLAGS.codec(version, mode);
    return {
      decode: (c, p, end) => (p === end ? null : inner.decode(c, p, end)),
      encode: (c, p, v) => (v === null ? p : inner.encode(c, p, v)),
      extent: (c, p, end) => (p === end ? p : inner.extent(c, p, end)),
    };
  },
  element: FLAGS,
  toJSON: (v) => (v === null ? null : FLAGS.toJSON(v)),
  fromJSON: (json) => (json === null ? null : FLAGS.fromJSON(json)),
};

/** The features and 4 bytes behind them; Open vSwitch leaves out both. */
const FEATURES = new Parts(
  "features",
  ["features"],
  (version, mode) => {
    const inner = MAYBE.codec(version, mode);
    return {
      decode(c, p, end) {
        if (end - p !== 0 && end - p !== 8) fail("OFPBRC_BAD_LEN", `${end - p} bytes of features`, p);
        return { features: inner.decode(c, p, p === end ? end : p + 4) };
      },
      encode(c, p, values) {
        const features = values.features as number | null;
        if (features === null) return p;
        c.dv.setUint32(p + 4, 0);
        return inner.encode(c, p, features) + 4;
      },
      extent: (_c, _p, end) => end,
    };
  },
  true,
);

const BASIC = ["maxMeter", "bandTypes", "capabilities", "maxBands", "maxColor", "pad:2"] as const;

/** What meters the switch can do. OpenFlow 1.3 §7.3.5.13, 1.5 §7.3.5.16 (ofp_meter_features) */
export const MeterFeaturesReply = multipart(
  "reply",
  "MeterFeaturesReply",
  "meter-features-reply",
  {
    maxMeter: u32(0, { unit: "meters" }),
    /** Bit n for bands of type n. */
    bandTypes: flags(U32, BandTypes),
    capabilities: flags(U32, MeterFlags),
    /** Bands of one meter at most. */
    maxBands: u8(0, { unit: "bands" }),
    maxColor: u8(),
    /** OpenFlow 1.5; null is the shorter form that Open vSwitch sends. */
    features: field(MAYBE, 0, { absent: "drop" }),
  },
  { "1.3-1.4": { key: [11], slots: BASIC }, "1.5": { key: [11], slots: [...BASIC, FEATURES], ovs: { multiple: 0 } } },
);
/** See the class. */
export type MeterFeaturesReply = InstanceType<typeof MeterFeaturesReply>;
