import { Chunk, copyBytes, viewOf } from "../../bytes/mod.js";
import { ALL_WILDCARDS10 } from "../../ofp/mod.js";
import { formatMatch, looseMatch10, noteNormalMatch } from "../../ofp/syntax/mod.js";
import { Fatal } from "./fatal.js";
import { differences, hexBytes, inputLines, type Run, write } from "./settings.js";

const LENGTH = 40;

/** Prints each match, and below it what changes when it is read and written again, and when it is brought to its normal form. */
export const parseOfp10Match: Run = async (_args, { connection: { log } }) => {
  for (const text of await inputLines()) {
    // an x stands for a digit that does not count, which is 0 in what is written again
    const wanted = matchBytes(text.replaceAll("x", "0"));
    const given = matchBytes(text.replaceAll("x", () => Math.floor(16 * Math.random()).toString(16)));
    const again = rewritten(given);
    const loose = looseMatch10(new Chunk(given), 0);
    const match = formatMatch(loose);
    noteNormalMatch(log.note, loose);
    write(`${match}\n${differences("", wanted, again)}${differences("normal: ", again, normal(again))}\n`);
  }
};

function matchBytes(text: string): Uint8Array {
  const bytes = hexBytes(text, "Trailing garbage in hex data");
  if (bytes.length !== LENGTH) throw new Fatal(`Input is ${bytes.length} bytes, expected ${LENGTH}`);
  return bytes;
}

/** A field of the match: the bit that says that it does not count, where it stands and how long it is. OpenFlow 1.0 §5.2.3 */
type Place = readonly [wild: number, at: number, size: number];

const IN_PORT: Place = [1, 4, 2];
const VLAN: Place = [1 << 1, 18, 2];
const ETH_TYPE: Place = [1 << 4, 22, 2];
const PROTO: Place = [1 << 5, 25, 1];
const TP_SRC: Place = [1 << 6, 36, 2];
const TP_DST: Place = [1 << 7, 38, 2];
const PCP: Place = [1 << 20, 20, 1];
const TOS: Place = [1 << 21, 24, 1];
const PLACES: readonly Place[] = [IN_PORT, VLAN, [1 << 2, 6, 6], [1 << 3, 12, 6], ETH_TYPE, PROTO, TP_SRC, TP_DST, PCP, TOS];

/** An address: by how much its six wildcards are shifted, and where it stands. */
const ADDRESSES = [
  [8, 28],
  [14, 32],
] as const;

const UNTAGGED = 0xffff;

/** The match with zeros for all that does not count, and with what means the same written in one way. */
function rewritten(given: Uint8Array): Uint8Array {
  const out = copyBytes(given);
  const dv = viewOf(out);
  let wild = dv.getUint32(0) & ALL_WILDCARDS10;
  for (const [bit, at, size] of PLACES) if ((wild & bit) !== 0) out.fill(0, at, at + size);
  for (const [shift, at] of ADDRESSES) {
    const free = Math.min((wild >>> shift) & 63, 32);
    wild = (wild & ~(63 << shift)) | (free << shift);
    dv.setUint32(at, free === 32 ? 0 : (dv.getUint32(at) & (0xffffffff << free)) >>> 0);
  }
  if ((wild & VLAN[0]) === 0 && dv.getUint16(VLAN[1]) === UNTAGGED) {
    wild &= ~PCP[0];
    dv.setUint8(PCP[1], 0);
  } else {
    dv.setUint16(VLAN[1], dv.getUint16(VLAN[1]) & 0xfff);
    dv.setUint8(PCP[1], dv.getUint8(PCP[1]) & 7);
  }
  dv.setUint8(TOS[1], dv.getUint8(TOS[1]) & 0xfc);
  dv.setUint8(21, 0);
  dv.setUint16(26, 0);
  dv.setUint32(0, wild);
  return out;
}

const WITH_PORTS = [1, 6, 17, 132];

/** The match without what the packets that it matches cannot have. */
function normal(given: Uint8Array): Uint8Array {
  const out = copyBytes(given);
  const dv = viewOf(out);
  const type = dv.getUint16(ETH_TYPE[1]);
  const ip = type === 0x0800;
  const arp = type === 0x0806 || type === 0x8035;
  const v6 = type === 0x86dd;
  const proto = dv.getUint8(PROTO[1]);
  let wild = dv.getUint32(0);
  const drop = ([bit, at, size]: Place): void => {
    wild |= bit;
    out.fill(0, at, at + size);
  };
  if (!ip && !v6 && !arp) drop(PROTO);
  if (!ip && !v6) drop(TOS);
  const ports = (ip && WITH_PORTS.includes(proto)) || (v6 && [6, 17, 132, 58].includes(proto));
  if (!ports) {
    drop(TP_SRC);
    drop(TP_DST);
  }
  if (!ip && !arp) {
    for (const [shift, at] of ADDRESSES) {
      wild = (wild & ~(63 << shift)) | (32 << shift);
      dv.setUint32(at, 0);
    }
  }
  dv.setUint32(0, wild);
  return out;
}
