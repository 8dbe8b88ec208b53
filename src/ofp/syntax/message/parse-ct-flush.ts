import { parseIpv4, parseIpv6 } from "../../../bytes/mod.js";
import {
  CtDestination,
  CtDestinationPort,
  CtFlush,
  type CtFlushProperty,
  CtIcmpCode,
  CtIcmpId,
  CtIcmpType,
  CtOriginal,
  CtReply,
  CtSource,
  CtSourcePort,
  type CtTupleProperty,
  CtZoneId,
} from "../../ct-flush.js";
import { CtFlushZone } from "../../nicira.js";
import { readU8, readU16 } from "../parse/c-number.js";
import { Pairs } from "../parse/pairs.js";
import { Scanner } from "../parse/scan.js";
import { inWhole, refuse, refuseName } from "../parse/syntax-fault.js";
import { type CtTuple, emptyTuple, isIcmp, MAPPED } from "./ct-tuple.js";

/** What both directions of a connection have in common. */
interface Connection {
  /** 4, 6, or 0 where no address was read yet. */
  ip: 0 | 4 | 6;
  proto: number;
  /** What Open vSwitch complains of without giving up, before the fault that ends its reading. */
  complaint: string;
}

const ADDRESSES: ReadonlyMap<string, readonly [ip: 4 | 6, side: "source" | "destination"]> = new Map([
  ["ct_nw_src", [4, "source"]],
  ["ct_nw_dst", [4, "destination"]],
  ["ct_ipv6_src", [6, "source"]],
  ["ct_ipv6_dst", [6, "destination"]],
]);

/** Where a number of a tuple goes. */
interface NumberKey {
  readonly icmp: boolean;
  readonly bits: 8 | 16;
  readonly port: "sourcePort" | "destinationPort";
  readonly shift: 0 | 8;
}

const NUMBERS: ReadonlyMap<string, NumberKey> = new Map<string, NumberKey>([
  ["ct_tp_src", { icmp: false, bits: 16, port: "sourcePort", shift: 0 }],
  ["ct_tp_dst", { icmp: false, bits: 16, port: "destinationPort", shift: 0 }],
  ["icmp_id", { icmp: true, bits: 16, port: "sourcePort", shift: 0 }],
  ["icmp_type", { icmp: true, bits: 8, port: "destinationPort", shift: 0 }],
  ["icmp_code", { icmp: true, bits: 8, port: "destinationPort", shift: 8 }],
]);

class TupleReader {
  readonly #connection: Connection;
  readonly tuple: CtTuple = emptyTuple();

  constructor(text: string, connection: Connection) {
    this.#connection = connection;
    const pairs = new Pairs(text);
    try {
      while (pairs.next()) this.#take(pairs.key, pairs.value);
    } catch (e) {
      throw inWhole(e, pairs.at, pairs.valueAt);
    }
    const { sourcePort, destinationPort } = this.tuple;
    if (connection.proto === 0 && (sourcePort !== 0 || destinationPort !== 0)) this.#refuse("port is set without protocol", 0);
  }

  /** @param key - one that there is not, for a hint */
  #refuse(what: string, at = -1, key?: string): never {
    const message = `Failed to parse ct-tuple: ${this.#connection.complaint}${what}`;
    return key === undefined ? refuse(message, at) : refuseName(message, key, ["ct_nw_proto", ...ADDRESSES.keys(), ...NUMBERS.keys()], at);
  }

  /** Reads a value, of which no more is reported than that it is wrong. */
  #value<T>(key: string, read: () => T): T {
    try {
      return read();
    } catch {
      return this.#refuse(`failed to parse field ${key}`, 0);
    }
  }

  #take(key: string, value: string): void {
    const c = this.#connection;
    if (value === "") this.#refuse(`field ${key} missing value`);
    const address = ADDRESSES.get(key);
    const number = NUMBERS.get(key);
    if (address !== undefined) this.#takeAddress(key, value, ...address);
    else if (key === "ct_nw_proto") {
      if (c.proto !== 0) c.complaint += `${key} is set multiple times`;
      c.proto = this.#value(key, () => readU8(value, key));
    } else if (number === undefined) this.#refuse(`invalid conntrack tuple field: ${key}`, -1, key);
    else {
      const { icmp, bits, port, shift } = number;
      if (icmp && !isIcmp(c.proto)) this.#refuse("invalid L4 fields");
      const v = this.#value(key, () => (bits === 8 ? readU8(value, key) : readU16(value, key)));
      const mask = ((1 << bits) - 1) << shift;
      this.tuple[port] = (this.tuple[port] & ~mask) | (v << shift);
    }
  }

  #takeAddress(key: string, value: string, ip: 4 | 6, side: "source" | "destination"): void {
    const c = this.#connection;
    if (c.ip !== 0 && c.ip !== ip) this.#refuse(`the L3 protocol does not match ${value}`);
    if (this.tuple[side] !== 0n) this.#refuse(`${key} is set multiple times`);
    this.tuple[side] = this.#value(key, () => (ip === 4 ? MAPPED | BigInt(parseIpv4(value)) : parseIpv6(value)));
    c.ip = ip;
  }
}

/** The properties of one direction: what ICMP has is sent whatever it is, all else where it is not zero. */
function propertiesOf(t: CtTuple, proto: number): CtTupleProperty[] {
  const found: CtTupleProperty[] = [];
  if (t.source !== 0n) found.push(CtSource.of({ address: t.source }));
  if (t.destination !== 0n) found.push(CtDestination.of({ address: t.destination }));
  if (isIcmp(proto)) {
    found.push(CtIcmpId.of({ id: t.sourcePort }));
    found.push(CtIcmpType.of({ icmpType: t.destinationPort & 0xff }), CtIcmpCode.of({ icmpCode: t.destinationPort >>> 8 }));
    return found;
  }
  if (t.sourcePort !== 0) found.push(CtSourcePort.of({ port: t.sourcePort }));
  if (t.destinationPort !== 0) found.push(CtDestinationPort.of({ port: t.destinationPort }));
  return found;
}

const ZONE = "zone=";

/**
 * The message that has tracked connections forgotten, from the arguments of `ovs-ofctl ct-flush BRIDGE`: a zone, such as `zone=5`, if only its connections are meant, then up to two tuples such as
 * `ct_nw_src=10.0.0.1,ct_nw_proto=6,ct_tp_dst=80`, of the connection's first direction and of the way back; an empty text stands for any.
 * @throws SyntaxFault `ERR_SYNTAX` with the words of `ovs-ofctl`; its offset counts within the argument that is wrong
 */
export function parseCtFlush(...args: readonly string[]): CtFlush {
  let tuples = args;
  let zone: InstanceType<typeof CtZoneId> | undefined;
  if (args[0]?.startsWith(ZONE) === true) {
    const zoneId = new Scanner(args[0], ZONE.length).integer(10, 16) ?? refuse("Failed to parse zone", ZONE.length);
    zone = CtZoneId.of({ zoneId });
    tuples = args.slice(1);
  }
  const connection: Connection = { ip: 0, proto: 0, complaint: "" };
  const [original, reply] = [0, 1].map((i) => new TupleReader(tuples[i] ?? "", connection).tuple) as [CtTuple, CtTuple];
  const properties: CtFlushProperty[] = [];
  const { proto } = connection;
  const there = propertiesOf(original, proto);
  if (there.length > 0) properties.push(CtOriginal.of({ tuple: there }));
  const back = propertiesOf(reply, proto);
  if (back.length > 0) properties.push(CtReply.of({ tuple: back }));
  if (zone !== undefined) properties.push(zone);
  return CtFlush.of({ ipProto: proto, properties });
}

/**
 * The message that has the tracked connections of a zone forgotten, from the argument of `ovs-ofctl ct-flush-zone`.
 * @throws SyntaxFault `ERR_SYNTAX` with the words of `ovs-ofctl`
 */
export const parseCtFlushZone = (zone: string): CtFlushZone => CtFlushZone.of({ zoneId: readU16(zone, "zone_id") });
