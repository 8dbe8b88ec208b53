import { type Chunk, formatIpv4, formatIpv6, parseIpv4, parseIpv6 } from "../../bytes/mod.js";
import { named, SouthboundError } from "../../errors/mod.js";
import { type Codec, fail, field, flags, type Json, type Kind, U16 } from "../../schema/mod.js";
import { action, nicira } from "./header.js";
import { put16, put32 } from "./subfield.js";

/** What is translated, and how. (NX_NAT_F_*) */
export const NatFlags = named("NatFlags", {
  /** The source address. */
  Src: 1,
  /** The destination address; not with `Src`. */
  Dst: 2,
  /** The same addresses after a restart. */
  Persistent: 4,
  /** Ports are chosen by a hash. */
  ProtoHash: 8,
  /** Ports are chosen at random; not with `ProtoHash`. */
  ProtoRandom: 16,
});

const V4_MIN = 1;
const V4_MAX = 2;
const V6_MIN = 4;
const V6_MAX = 8;
const PORT_MIN = 16;
const PORT_MAX = 32;

const BAD = "OFPBAC_BAD_ARGUMENT";

/** The addresses and ports that a translation chooses from. IPv4 addresses are numbers, IPv6 addresses bigints. */
export class NatRange {
  readonly min: number | bigint;
  /** The highest address; undefined where there is only one. */
  readonly max: number | bigint | undefined;
  /** The lowest port; 0 where ports are left as they are. */
  readonly portMin: number;
  /** The highest port; 0 where there is only one. */
  readonly portMax: number;

  constructor(min: number | bigint, max?: number | bigint, portMin = 0, portMax = 0) {
    this.min = min;
    this.max = max;
    this.portMin = portMin;
    this.portMax = portMax;
  }

  /** Addresses as text, ports as numbers. */
  toJSON(): Json {
    const text = (v: number | bigint): string => (typeof v === "bigint" ? formatIpv6(v) : formatIpv4(v));
    return {
      min: text(this.min),
      ...(this.max === undefined ? {} : { max: text(this.max) }),
      portMin: this.portMin,
      portMax: this.portMax,
    };
  }

  /** From the form of {@link toJSON}. Throws `ERR_USAGE`. */
  static fromJSON(json: Json): NatRange {
    const wrong = (): never => {
      throw new SouthboundError("ERR_USAGE", `${JSON.stringify(json)} is no range of addresses: give {min, max, portMin, portMax}`);
    };
    if (typeof json !== "object" || json === null || Array.isArray(json)) return wrong();
    const { min, max, portMin = 0, portMax = 0 } = json;
    const address = (v: Json | undefined): number | bigint =>
      typeof v === "string" ? (v.includes(":") ? parseIpv6(v) : parseIpv4(v)) : wrong();
    if (typeof portMin !== "number" || typeof portMax !== "number") return wrong();
    return new NatRange(address(min), max === undefined ? undefined : address(max), portMin, portMax);
  }
}

function readV6(c: Chunk, p: number): bigint {
  return (c.dv.getBigUint64(p) << 64n) | c.dv.getBigUint64(p + 8);
}

function writeV6(c: Chunk, p: number, v: bigint): void {
  c.dv.setBigUint64(p, v >> 64n);
  c.dv.setBigUint64(p + 8, BigInt.asUintN(64, v));
}

/** Reads what the bits in front say is there, in order. */
function readRange(c: Chunk, p: number, end: number): NatRange | undefined {
  const has = c.dv.getUint16(p);
  let q = p + 2;
  const bad = (what: string): never => fail(BAD, what, q);
  const take = (size: number): number => {
    if (end - q < size) bad("a range is cut short");
    q += size;
    return q - size;
  };
  let min: number | bigint | undefined;
  let max: number | bigint | undefined;
  if ((has & V4_MIN) !== 0) {
    if ((has & (V6_MIN | V6_MAX)) !== 0) bad("a range of IPv4 and IPv6 addresses");
    min = c.dv.getUint32(take(4));
    if (min === 0) bad("a range from no address");
    if ((has & V4_MAX) !== 0) max = c.dv.getUint32(take(4));
  } else if ((has & V4_MAX) !== 0) bad("a range to an address and from none");
  else if ((has & V6_MIN) !== 0) {
    min = readV6(c, take(16));
    if (min === 0n) bad("a range from no address");
    if ((has & V6_MAX) !== 0) max = readV6(c, take(16));
  } else if ((has & V6_MAX) !== 0) bad("a range to an address and from none");
  if (max !== undefined && max < min!) bad("a range that ends before it starts");
  let portMin = 0;
  let portMax = 0;
  if ((has & PORT_MIN) !== 0) {
    if (min === undefined) bad("ports without addresses");
    portMin = c.dv.getUint16(take(2));
    if (portMin === 0) bad("a range from no port");
    if ((has & PORT_MAX) !== 0) portMax = c.dv.getUint16(take(2));
    if ((has & PORT_MAX) !== 0 && portMax < portMin) bad("a range that ends before it starts");
  } else if ((has & PORT_MAX) !== 0) bad("a range to a port and from none");
  return min === undefined ? undefined : new NatRange(min, max, portMin, portMax);
}

function writeRange(c: Chunk, p: number, range: NatRange | undefined): number {
  if (range === undefined) {
    c.dv.setUint16(p, 0);
    return p + 2;
  }
  const { min, max, portMin, portMax } = range;
  const wrong = (why: string): never => {
    throw new SouthboundError("ERR_RANGE", `range: ${why}`);
  };
  const v6 = typeof min === "bigint";
  if (max !== undefined && typeof max !== typeof min) wrong("addresses of IPv4 and IPv6");
  if (v6 && (BigInt.asUintN(128, min) !== min || (max !== undefined && BigInt.asUintN(128, max as bigint) !== max)))
    wrong("more than 128 bits");
  if (!min || (max !== undefined && max < min) || (portMax !== 0 && (portMin === 0 || portMax < portMin)))
    wrong("it ends before it starts");
  let has = v6 ? V6_MIN : V4_MIN;
  let q = p + 2;
  for (const address of [min, max]) {
    if (address === undefined) continue;
    if (typeof address === "bigint") writeV6(c, q, address);
    else put32(c, q, address, "range");
    q += v6 ? 16 : 4;
  }
  if (max !== undefined) has |= v6 ? V6_MAX : V4_MAX;
  for (const [port, bit] of [
    [portMin, PORT_MIN],
    [portMax, PORT_MAX],
  ] as const) {
    if (port === 0) continue;
    put16(c, q, port, "range");
    q += 2;
    has |= bit;
  }
  c.dv.setUint16(p, has);
  return q;
}

const codec: Codec<NatRange | undefined> = { extent: (_c, _p, end) => end, decode: readRange, encode: writeRange };

const NAT_RANGE: Kind<NatRange | undefined> = {
  name: "natRange",
  size: 0,
  greedy: true,
  codec: () => codec,
  toJSON: (v) => v?.toJSON() ?? null,
  fromJSON: (j) => (j === null ? undefined : NatRange.fromJSON(j)),
};

/** Within `ct`: translates addresses and ports of the connection. Nicira's action 36 (NXAST_NAT) */
export const Nat = action(
  "Nat",
  "nat",
  {
    /** None of `Src` and `Dst`: as the connection has it already. */
    flags: flags(U16, NatFlags),
    /** What to choose from; undefined leaves the choice to the switch. */
    range: field<NatRange | undefined>(NAT_RANGE, undefined),
  },
  { "1.0+": { key: nicira(36), slots: ["pad:2", "flags", "range"] } },
);
/** See the class. */
export type Nat = InstanceType<typeof Nat>;
