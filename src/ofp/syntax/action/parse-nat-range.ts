import { NatRange } from "../../action/nat.js";
import { ipv6Of, scanIpv6 } from "../parse/address.js";
import { Scanner } from "../parse/scan.js";
import { refuse } from "../parse/syntax-fault.js";

/** An IPv6 address, in brackets or not; undefined where none stands here, though the characters of one are passed that come to none. */
function longAddress(scan: Scanner): bigint | undefined {
  const bare = scanIpv6(scan);
  if (bare !== "") return ipv6Of(bare);
  const from = scan.at;
  if (!scan.literal("[")) return undefined;
  const inner = scanIpv6(scan);
  if (inner !== "" && scan.literal("]")) return ipv6Of(inner);
  scan.at = from;
  return undefined;
}

const isNone = (address: number | bigint | undefined): boolean => address === 0 || address === 0n;

/** What a translation chooses from, such as `10.0.0.1-10.0.0.9:1024-2047` or `[fe80::1]:80`; undefined where the text is empty or all is zero. Open vSwitch ofp-actions.c (str_to_nat_range) */
export function readNatRange(text: string): NatRange | undefined {
  const invalid = (): never => refuse(`invalid nat range "${text}"`, 0);
  const scan = new Scanner(text);
  const short = scan.parts(4, ".", 10);
  const min = short ?? longAddress(scan);
  let max: number | bigint | undefined;
  let range: NatRange | undefined;
  if (min !== undefined) {
    if (scan.literal("-")) {
      max = short === undefined ? longAddress(scan) : scan.parts(4, ".", 10);
      if (max === undefined || max < min) return invalid();
    }
    let ports: [min: number, max: number] = [0, 0];
    if (scan.literal(":")) {
      const first = scan.integer(10, 16) ?? invalid();
      const isRange = scan.literal("-");
      const last = isRange ? (scan.integer(10, 16) ?? invalid()) : 0;
      if (isRange && last < first) invalid();
      ports = [first, last];
    }
    if (isNone(max)) max = undefined;
    // what is zero is not sent, so that such a range alone is none
    if (!isNone(min) || max !== undefined || ports[0] !== 0 || ports[1] !== 0) range = new NatRange(min, max, ...ports);
  }
  if (!scan.atEnd) refuse(`garbage (${text.slice(scan.at)}) after nat range "${text}" (pos: ${scan.at})`, scan.at);
  return range;
}
