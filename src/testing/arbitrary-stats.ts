import { oxmId } from "../ofp/mod.js";
import { PEER_FIELDS } from "./arbitrary-match.js";
import { bytesFrom, chance, pick, type RandomSource } from "./arbitrary-source.js";

/** A statistic with its header: an experimenter's, or one that the standard does not know. */
function statistic(source: RandomSource): Uint8Array {
  const size = source.integer(4, 12);
  const bytes = bytesFrom(source, 4 + size);
  bytes.set(chance(source, 50) ? [0xff, 0xff] : [0x80, 0x02]);
  bytes[2] = 2 * source.integer(6, 127);
  bytes[3] = size;
  return bytes;
}

/** Random values of kinds that lists of statistics and of what a table can do have. */
export const ARBITRARY_STATS: Readonly<Record<string, (source: RandomSource) => unknown>> = {
  "oxs[]": (source) => Array.from({ length: source.integer(0, 2) }, () => statistic(source)),
  "oxm id": (source) =>
    chance(source, 70)
      ? oxmId(pick(source, PEER_FIELDS), chance(source, 30))
      : chance(source, 50)
        ? 0x80000000 + source.integer(0, 0xffff)
        : (0xffffn << 48n) | (BigInt(source.integer(0, 0xffff)) << 32n) | BigInt(source.integer(0, 0xffffffff)),
  "custom counters": (source) =>
    Array.from({ length: source.integer(0, 4) }, () => ({
      name: pick(source, ["", "rx_missed", "ovs_tx_retries", "x".repeat(255)]),
      value: BigInt(source.integer(0, 0xffffffff)),
    })),
};
