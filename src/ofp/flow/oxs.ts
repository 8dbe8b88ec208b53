import { fromHex, toHex } from "../../bytes/mod.js";
import {
  boundedEnd,
  type Codec,
  count32,
  type Field,
  fail,
  field,
  type Json,
  type Kind,
  Parts,
  padTo,
  rangeError,
  u32,
} from "../../schema/mod.js";

/** The age of a flow that is not reported. */
export const NO_AGE = 0xffffffff;
/** The duration in seconds, or the count of flows, that is not reported. */
export const NOT_TOLD = 0xffffffff;
const NO_COUNT = 0xffffffffffffffffn;

const BASIC = 0x8002;
const BAD_LEN = "OFPBMC_BAD_LEN";
const OXS_HEADER = 4;

/** The numbers of statistics. OpenFlow 1.5 §7.2.4.2 (oxs_ofb_stat_fields) */
const DURATION = 0;
const IDLE_TIME = 1;
const FLOW_COUNT = 3;
const PACKET_COUNT = 4;
const BYTE_COUNT = 5;

/** The header of a statistic of so many bytes. */
const headerOf = (id: number, size: number): number => BASIC * 65536 + id * 512 + size;

/** Statistics as they stand on the wire, headers included, one after the other. */
const RAW: Kind<readonly Uint8Array[]> = {
  name: "oxs[]",
  size: 0,
  greedy: true,
  codec: (): Codec<readonly Uint8Array[]> => ({
    decode(c, p, end) {
      const list: Uint8Array[] = [];
      for (let q = p; q < end; ) {
        const e = entryEnd(c, q, end);
        list.push(c.u8.slice(q, e));
        q = e;
      }
      return list;
    },
    encode(c, p, list) {
      let q = p;
      for (const bytes of list) {
        if (bytes.length < OXS_HEADER || bytes.length !== OXS_HEADER + bytes[3]!)
          throw rangeError("a statistic with its header", toHex(bytes));
        c.u8.set(bytes, q);
        q += bytes.length;
      }
      return q;
    },
    extent: (_c, _p, end) => end,
  }),
  isEmpty: (list) => list.length === 0,
  toJSON: (list) => list.map((x): Json => toHex(x)),
  fromJSON: (json) => (Array.isArray(json) ? json.map((x) => fromHex(String(x))) : []),
};

function entryEnd(c: Parameters<Codec<unknown>["extent"]>[0], q: number, end: number): number {
  if (end - q < OXS_HEADER) fail(BAD_LEN, "the header of a statistic is cut short", q);
  return boundedEnd(q, end, OXS_HEADER, OXS_HEADER + c.dv.getUint8(q + 3), BAD_LEN);
}

/** A field for statistics that have no field of their own: an experimenter's, those that the standard does not know, and those that say twice or in words what another field says. */
export const otherStats = (): Field<readonly Uint8Array[]> => field(RAW, []);

/** Fields for how long a flow has had no packet. */
export const idleFields = () => ({
  /** So long no packet came, {@link NO_AGE} where that is not reported. OpenFlow 1.5, and Nicira's messages with NXT_FLOW_AGE */
  idleAge: count32(NO_AGE, { unit: "seconds", absent: "drop" }),
  /** The part of it beyond full seconds. OpenFlow 1.5 */
  idleAgeNsec: u32(0, { unit: "nanoseconds", absent: "drop" }),
});

type Values = { [name: string]: unknown };
type Chunk = Parameters<Codec<unknown>["decode"]>[0];

/** How one statistic lies in fields. */
interface Statistic {
  readonly id: number;
  readonly size: number;
  readonly names: readonly string[];
  /** What the fields are where nothing is reported. */
  readonly absent: readonly (number | bigint)[];
  get(c: Chunk, p: number, put: Values): void;
  put(c: Chunk, p: number, v: Values): void;
}

const pair = (id: number, sec: string, nsec: string, absent: readonly number[]): Statistic => ({
  id,
  size: 8,
  names: [sec, nsec],
  absent,
  get(c, p, v) {
    v[sec] = c.dv.getUint32(p);
    v[nsec] = c.dv.getUint32(p + 4);
  },
  put(c, p, v) {
    c.dv.setUint32(p, v[sec] as number);
    c.dv.setUint32(p + 4, v[nsec] as number);
  },
});

const count64 = (id: number, name: string): Statistic => ({
  id,
  size: 8,
  names: [name],
  absent: [NO_COUNT],
  get(c, p, v) {
    v[name] = c.dv.getBigUint64(p);
  },
  put: (c, p, v) => c.dv.setBigUint64(p, v[name] as bigint),
});

/** In the order in which Open vSwitch writes them. */
const STATISTICS: readonly Statistic[] = [
  pair(DURATION, "durationSec", "durationNsec", [NOT_TOLD, NOT_TOLD]),
  pair(IDLE_TIME, "idleAge", "idleAgeNsec", [NO_AGE, 0]),
  count64(PACKET_COUNT, "packetCount"),
  count64(BYTE_COUNT, "byteCount"),
  {
    id: FLOW_COUNT,
    size: 4,
    names: ["flowCount"],
    absent: [NOT_TOLD],
    get(c, p, v) {
      v.flowCount = c.dv.getUint32(p);
    },
    put: (c, p, v) => c.dv.setUint32(p, v.flowCount as number),
  },
];

const find = (mine: readonly Statistic[], header: number): Statistic | undefined => mine.find((s) => headerOf(s.id, s.size) === header);

/** The header of a statistic in bytes of its own; what is too short for one is refused when it is written. */
const headerIn = (b: Uint8Array): number => (b.length < OXS_HEADER ? 0 : ((b[0]! << 24) | (b[1]! << 16) | (b[2]! << 8) | b[3]!) >>> 0);

const told = (s: Statistic, v: Values): boolean => s.names.some((n, i) => v[n] !== s.absent[i]);

/** Checks what a message to be sent says; a decoded value always fits. */
function checked(s: Statistic, v: Values): void {
  for (const [i, n] of s.names.entries()) {
    const value = v[n];
    const fits =
      typeof s.absent[i] === "bigint"
        ? typeof value === "bigint" && BigInt.asUintN(64, value) === value
        : (value as number) >>> 0 === value;
    if (!fits) throw rangeError(typeof s.absent[i] === "bigint" ? "u64" : "u32", value);
  }
}

/**
 * The slot of statistics as a list of OXS, for a struct that has some of the fields `durationSec`, `durationNsec`, `idleAge`, `idleAgeNsec`, `packetCount`, `byteCount`, `flowCount`, and
 * `otherStats`. A statistic that is not reported is all ones. OpenFlow 1.5 §7.2.4 (ofp_stats)
 */
export function oxsStats(fields: readonly string[]): Parts {
  const mine = STATISTICS.filter((s) => s.names.every((n) => fields.includes(n)));
  const names = [...mine.flatMap((s) => s.names), "otherStats"];
  const bounds = (c: Chunk, p: number, end: number): number => {
    if (end - p < OXS_HEADER) fail(BAD_LEN, "statistics are cut short", p);
    return boundedEnd(p, end, OXS_HEADER, c.dv.getUint16(p + 2), BAD_LEN);
  };
  return new Parts("oxs", names, (version, mode) => {
    const raw = RAW.codec(version, mode);
    return {
      extent(c, p, end) {
        const e = p + ((bounds(c, p, end) - p + 7) & ~7);
        if (e > end) fail(BAD_LEN, "the padding of statistics is missing", p);
        return e;
      },
      decode(c, p, end) {
        const e = bounds(c, p, end);
        const found: Values = {};
        /** Where each statistic that a field has stands last: that one counts, as in Open vSwitch. */
        const last = new Map<Statistic, number>();
        const others: Uint8Array[] = [];
        for (const s of mine) for (const [i, n] of s.names.entries()) found[n] = s.absent[i];
        for (let q = p + OXS_HEADER; q < e; ) {
          const next = entryEnd(c, q, e);
          const s = find(mine, c.dv.getUint32(q));
          if (s !== undefined) last.set(s, q);
          q = next;
        }
        for (const [s, q] of last) s.get(c, q + OXS_HEADER, found);
        for (let q = p + OXS_HEADER; q < e; ) {
          const next = entryEnd(c, q, e);
          const s = find(mine, c.dv.getUint32(q));
          if (s === undefined || last.get(s) !== q || !told(s, found)) others.push(c.u8.slice(q, next));
          q = next;
        }
        if (others.length > 0) found.otherStats = others;
        return found;
      },
      encode(c, p, values) {
        const others = values.otherStats as readonly Uint8Array[];
        const again = new Set(others.length === 0 ? [] : others.map((x) => find(mine, headerIn(x))));
        let q = p + OXS_HEADER;
        const write = (s: Statistic): void => {
          c.dv.setUint32(q, headerOf(s.id, s.size));
          s.put(c, q + OXS_HEADER, values);
          q += OXS_HEADER + s.size;
        };
        for (const s of mine) {
          checked(s, values);
          if (told(s, values) && !again.has(s)) write(s);
        }
        q = raw.encode(c, q, others);
        // The last of a kind counts, and the field is to be it.
        if (again.size > 0) for (const s of mine) if (again.has(s) && told(s, values)) write(s);
        if (q - p > 0xffff) throw rangeError("statistics of at most 65535 bytes", q - p);
        c.dv.setUint32(p, q - p);
        return padTo(c, q, p, 8);
      },
    };
  });
}
