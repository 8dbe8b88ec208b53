import { decodeText, encodedLength, encodeText } from "../../bytes/mod.js";
import { named } from "../../errors/mod.js";
import {
  type Codec,
  count64,
  type Element,
  fail,
  field,
  flags,
  type Json,
  type Kind,
  list,
  type Member,
  rangeError,
  U32,
  U64,
  type UnknownElement,
  u16,
  u32,
  union,
} from "../../schema/mod.js";
import { ExperimenterProperty } from "../experimenter-property.js";
import { EXPERIMENTER } from "../ids.js";
import { ANY_PROPERTY, PROPERTY_HEADER, property } from "../property.js";

/** What a counter says that the switch does not count. */
export const NO_COUNT = 0xffffffffffffffffn;

const packets = { unit: "packets" } as const;

/**
 * What the Ethernet of a port counts. In place before OpenFlow 1.4, and a property since, which a switch may leave out. Hence {@link NO_COUNT} unless given:
 * zero would say that there were no errors.
 */
export const ETHERNET_COUNTERS = {
  rxFrameErr: count64(NO_COUNT, packets),
  rxOverErr: count64(NO_COUNT, packets),
  rxCrcErr: count64(NO_COUNT, packets),
  collisions: count64(NO_COUNT),
} as const;

/** The order of {@link ETHERNET_COUNTERS} on the wire. */
export const ETHERNET_SLOTS = ["rxFrameErr", "rxOverErr", "rxCrcErr", "collisions"] as const;

/** What the Ethernet of a port counts, as a property. OpenFlow 1.4 §7.3.5.6 (OFPPSPT_ETHERNET) */
export const EthernetPortStats = property("EthernetPortStats", "ethernet", ETHERNET_COUNTERS, {
  "1.4+": { key: [0], slots: ["pad:4", ...ETHERNET_SLOTS] },
});
/** See the class. */
export type EthernetPortStats = InstanceType<typeof EthernetPortStats>;

/** Which fields of {@link OpticalPortStats} mean something. OpenFlow 1.4 §7.3.5.6 (ofp_port_stats_optical_flags) */
export const OpticalStatsFlags = named("OpticalStatsFlags", { RxTune: 1, TxTune: 2, TxPwr: 4, RxPwr: 16, TxBias: 32, TxTemp: 64 });

/** How an optical port works now. OpenFlow 1.4 §7.3.5.6 (OFPPSPT_OPTICAL) */
export const OpticalPortStats = property(
  "OpticalPortStats",
  "optical",
  {
    opticalFlags: flags(U32, OpticalStatsFlags),
    /** The frequency in MHz or the wave length in nm * 100 that it sends with. */
    txFreqLmda: u32(),
    txOffset: u32(),
    txGridSpan: u32(),
    rxFreqLmda: u32(),
    rxOffset: u32(),
    rxGridSpan: u32(),
    txPwr: u16(0, { unit: "0.1 dBm" }),
    rxPwr: u16(0, { unit: "0.1 dBm" }),
    biasCurrent: u16(0, { unit: "0.01 mA" }),
    temperature: u16(0, { unit: "0.1 °C" }),
  },
  {
    "1.4+": {
      unchecked: true,
      key: [1],
      slots: [
        "pad:4",
        "opticalFlags",
        "txFreqLmda",
        "txOffset",
        "txGridSpan",
        "rxFreqLmda",
        "rxOffset",
        "rxGridSpan",
        "txPwr",
        "rxPwr",
        "biasCurrent",
        "temperature",
      ],
    },
  },
);
/** See the class. */
export type OpticalPortStats = InstanceType<typeof OpticalPortStats>;

/** Intel, whose statistics of ports Open vSwitch has. */
export const INTEL = 0xaa01;
const count = () => count64(NO_COUNT, packets);

/** Packets by their sizes, as RFC 2819 counts them: an extension of Intel's that Open vSwitch sends. All ones where there is no count. */
export const Rfc2819PortStats = property(
  "Rfc2819PortStats",
  "rfc2819",
  {
    rx1To64Packets: count(),
    rx65To127Packets: count(),
    rx128To255Packets: count(),
    rx256To511Packets: count(),
    rx512To1023Packets: count(),
    rx1024To1522Packets: count(),
    rx1523ToMaxPackets: count(),
    tx1To64Packets: count(),
    tx65To127Packets: count(),
    tx128To255Packets: count(),
    tx256To511Packets: count(),
    tx512To1023Packets: count(),
    tx1024To1522Packets: count(),
    tx1523ToMaxPackets: count(),
    txMulticastPackets: count(),
    rxBroadcastPackets: count(),
    txBroadcastPackets: count(),
    rxUndersizedErrors: count(),
    rxOversizeErrors: count(),
    rxFragmentedErrors: count(),
    rxJabberErrors: count(),
  },
  {
    "1.4+": {
      key: [EXPERIMENTER, INTEL, 1],
      slots: [
        "pad:4",
        "rx1To64Packets",
        "rx65To127Packets",
        "rx128To255Packets",
        "rx256To511Packets",
        "rx512To1023Packets",
        "rx1024To1522Packets",
        "rx1523ToMaxPackets",
        "tx1To64Packets",
        "tx65To127Packets",
        "tx128To255Packets",
        "tx256To511Packets",
        "tx512To1023Packets",
        "tx1024To1522Packets",
        "tx1523ToMaxPackets",
        "txMulticastPackets",
        "rxBroadcastPackets",
        "txBroadcastPackets",
        "rxUndersizedErrors",
        "rxOversizeErrors",
        "rxFragmentedErrors",
        "rxJabberErrors",
      ],
    },
  },
);
/** See the class. */
export type Rfc2819PortStats = InstanceType<typeof Rfc2819PortStats>;

/** A counter with a name that the switch chose. */
export interface CustomCounter {
  /** Up to 255 bytes. */
  readonly name: string;
  readonly value: bigint;
}

const BAD_LEN = "OFPBPC_BAD_LEN";
const NONE: readonly CustomCounter[] = [];

const counters: Codec<readonly CustomCounter[]> = {
  decode(c, p, end) {
    if (end - p < 2) fail(BAD_LEN, "the count of counters is missing", p);
    const n = c.dv.getUint16(p);
    const found: CustomCounter[] = [];
    let q = p + 2;
    for (let i = 0; i < n; i++) {
      const size = q < end ? 1 + c.dv.getUint8(q) + 8 : 9;
      if (size > end - q) fail(BAD_LEN, "a counter is cut short", q);
      found.push({ name: decodeText(c.u8, q + 1, q + size - 8), value: c.dv.getBigUint64(q + size - 8) });
      q += size;
    }
    if (q !== end) fail(BAD_LEN, "bytes behind the counters", q);
    return found;
  },
  encode(c, p, list) {
    if (list.length > 0xffff) throw rangeError("a list of at most 65535 counters", list.length);
    c.dv.setUint16(p, list.length);
    let q = p + 2;
    for (const { name, value } of list) {
      const size = encodedLength(name);
      if (size > 255) throw rangeError("a name of at most 255 bytes", name);
      if (BigInt.asUintN(64, value) !== value) throw rangeError("u64", value);
      c.dv.setUint8(q, size);
      encodeText(name, c.u8, q + 1);
      c.dv.setBigUint64(q + 1 + size, value);
      q += 9 + size;
    }
    return q;
  },
  extent: (_c, _p, end) => end,
};

const COUNTERS: Kind<readonly CustomCounter[]> = {
  name: "custom counters",
  size: 0,
  greedy: true,
  codec: () => counters,
  isEmpty: (list) => list.length === 0,
  toJSON: (list) => list.map(({ name, value }): Json => ({ name, value: U64.toJSON(value) })),
  fromJSON(json) {
    if (!Array.isArray(json)) return NONE;
    return json.map((x) => {
      const { name, value } = x as { readonly name?: Json; readonly value?: Json };
      return { name: String(name), value: U64.fromJSON(value ?? 0) };
    });
  },
};

/** Counters with names that the switch chose: an extension of Intel's that Open vSwitch sends. */
export const CustomPortStats = property(
  "CustomPortStats",
  "custom",
  { counters: field(COUNTERS, NONE) },
  { "1.4+": { key: [EXPERIMENTER, INTEL, 2], slots: ["pad:2", "counters"] } },
);
/** See the class. */
export type CustomPortStats = InstanceType<typeof CustomPortStats>;

/** Every property of a port's counters. */
export const PORT_STATS_PROPERTIES = union(
  "port stats property",
  PROPERTY_HEADER,
  "OFPBPC_BAD_TYPE",
  [EthernetPortStats, OpticalPortStats, Rfc2819PortStats, CustomPortStats, ExperimenterProperty],
  ANY_PROPERTY,
);

/** One property of a port's counters that is no field of them. */
export type PortStatsProperty = Member<typeof PORT_STATS_PROPERTIES> | UnknownElement;

/** A list of properties. */
export const portStatsProperties = () => list(PORT_STATS_PROPERTIES as Element<PortStatsProperty>);
