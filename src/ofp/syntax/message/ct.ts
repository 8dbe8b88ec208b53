import { Chunk, formatIpv4, formatIpv6 } from "../../../bytes/mod.js";
import type { Context } from "../options.js";
import type { Printers } from "../printer.js";
import { eachProperty, hasAtLeast, nestedAt, type RawProperty } from "../properties.js";
import { type CtTuple, emptyTuple, isIcmp, isMapped } from "./ct-tuple.js";

const LENGTH = "OFPBPC_BAD_LEN";

const addressText = (address: bigint): string => (isMapped(address) ? formatIpv4(Number(address & 0xffffffffn)) : formatIpv6(address));

/** The version of IP of the last address; 0 where there was none, or it was all zeros. */
interface Family {
  ip: 0 | 4 | 6;
}

const SIZES = [16, 16, 2, 2, 2, 1, 1] as const;

/** Reads one property of a direction. Those that are not known are passed over. */
function tupleProperty(c: Chunk, p: RawProperty, t: CtTuple, family: Family): string | undefined {
  const size = p.experimenter === 0 ? SIZES[p.type] : undefined;
  if (size === undefined) return undefined;
  if (!hasAtLeast(p, size)) return LENGTH;
  const { dv } = c;
  if (size === 16) {
    const address = (dv.getBigUint64(p.at) << 64n) | dv.getBigUint64(p.at + 8);
    const ip = address === 0n ? 0 : isMapped(address) ? 4 : 6;
    t[p.type === 0 ? "source" : "destination"] = address;
    if (family.ip !== 0 && ip !== 0 && family.ip !== ip) return "OFPBPC_BAD_VALUE";
    family.ip = ip;
    return undefined;
  }
  if (p.type === 2 || p.type === 4) t.sourcePort = dv.getUint16(p.at);
  else if (p.type === 3) t.destinationPort = dv.getUint16(p.at);
  else if (p.type === 5) t.destinationPort = (t.destinationPort & 0xff00) | dv.getUint8(p.at);
  else t.destinationPort = (t.destinationPort & 0xff) | (dv.getUint8(p.at) << 8);
  return undefined;
}

function tupleText(t: CtTuple, proto: number, ip: number): string {
  const name = ip === 4 ? "nw" : "ipv6";
  const addresses = `ct_${name}_src=${addressText(t.source)},ct_${name}_dst=${addressText(t.destination)}`;
  return isIcmp(proto)
    ? `${addresses},icmp_id=${t.sourcePort},icmp_type=${t.destinationPort & 0xff},icmp_code=${t.destinationPort >>> 8}`
    : `${addresses},ct_tp_src=${t.sourcePort},ct_tp_dst=${t.destinationPort}`;
}

const BODY = 16;
const PROPERTIES = 24;
const ZONE = 2;

function ctFlush(c: Chunk, _o: Context): readonly [string, string | undefined] {
  const proto = c.dv.getUint8(BODY);
  if (c.u8.subarray(BODY + 1, PROPERTIES).some((b) => b !== 0)) return ["", "NXBRC_MUST_BE_ZERO"];
  const tuples = [emptyTuple(), emptyTuple()] as const;
  const family: Family = { ip: 0 };
  let zone = 0;
  const fault = eachProperty(c, PROPERTIES, c.u8.length, (p) => {
    if (p.experimenter !== 0 || p.type > ZONE) return undefined;
    if (p.type === ZONE) {
      if (!hasAtLeast(p, 2)) return LENGTH;
      zone = c.dv.getUint16(p.at);
      return undefined;
    }
    const at = nestedAt(p);
    if (at === undefined) return LENGTH;
    return eachProperty(c, at, p.end, (inner) => tupleProperty(c, inner, tuples[p.type as 0 | 1], family));
  });
  if (fault !== undefined) return ["", fault];
  const [there, back] = tuples.map((t) => tupleText(t, proto, family.ip));
  return [` zone=${zone} '${there},ct_nw_proto=${proto}' '${back}'`, undefined];
}

/** What is forgotten of tracked connections. */
export const CT_PRINTERS: Printers<"ct-flush"> = {
  "ct-flush": { text: (_m, c) => ctFlush(new Chunk(c.raw()), c)[0], whole: ctFlush },
};
