import type { Version, VersionRange } from "../../schema/mod.js";
import { versionsIn } from "../../schema/mod.js";

/** Type and code of an error on the wire. */
export type ErrorPair = readonly [type: number, code: number];

/** Where an error stands in each range of versions. */
type Places = Readonly<Partial<Record<VersionRange, ErrorPair>>>;

/** From a version on at one place. */
const since = (range: VersionRange, type: number, code: number): Places => ({ [range]: [type, code] });
const always = (type: number, code: number): Places => since("1.0+", type, code);

/**
 * The errors of the standard by their names, and where each stands in each version. A new error is one line. OpenFlow 1.0 §5.4.4, 1.3 §7.4.4
 */
export const ERRORS: Readonly<Record<string, Places>> = {
  OFPHFC_INCOMPATIBLE: always(0, 0),
  OFPHFC_EPERM: always(0, 1),
  OFPBRC_BAD_VERSION: always(1, 0),
  OFPBRC_BAD_TYPE: always(1, 1),
  OFPBRC_BAD_STAT: always(1, 2),
  OFPBRC_BAD_VENDOR: always(1, 3),
  OFPBRC_BAD_SUBTYPE: always(1, 4),
  OFPBRC_EPERM: always(1, 5),
  OFPBRC_BAD_LEN: always(1, 6),
  OFPBRC_BUFFER_EMPTY: always(1, 7),
  OFPBRC_BUFFER_UNKNOWN: always(1, 8),
  OFPBRC_BAD_TABLE_ID: since("1.1+", 1, 9),
  OFPBRC_IS_SLAVE: since("1.2+", 1, 10),
  OFPBRC_BAD_PORT: since("1.2+", 1, 11),
  OFPBRC_BAD_PACKET: since("1.2+", 1, 12),
  OFPBRC_MULTIPART_BUFFER_OVERFLOW: since("1.3+", 1, 13),
  OFPBRC_MULTIPART_REQUEST_TIMEOUT: since("1.4+", 1, 14),
  OFPBRC_MULTIPART_REPLY_TIMEOUT: since("1.4+", 1, 15),
  OFPBAC_BAD_TYPE: always(2, 0),
  OFPBAC_BAD_LEN: always(2, 1),
  OFPBAC_BAD_VENDOR: always(2, 2),
  OFPBAC_BAD_VENDOR_TYPE: always(2, 3),
  OFPBAC_BAD_OUT_PORT: always(2, 4),
  OFPBAC_BAD_ARGUMENT: always(2, 5),
  OFPBAC_EPERM: always(2, 6),
  OFPBAC_TOO_MANY: always(2, 7),
  OFPBAC_BAD_QUEUE: always(2, 8),
  OFPBAC_BAD_OUT_GROUP: since("1.1+", 2, 9),
  OFPBAC_MATCH_INCONSISTENT: since("1.1+", 2, 10),
  OFPBAC_UNSUPPORTED_ORDER: since("1.1+", 2, 11),
  OFPBAC_BAD_TAG: since("1.1+", 2, 12),
  OFPBAC_BAD_SET_TYPE: since("1.2+", 2, 13),
  OFPBAC_BAD_SET_LEN: since("1.2+", 2, 14),
  OFPBAC_BAD_SET_ARGUMENT: since("1.2+", 2, 15),
  OFPBIC_UNKNOWN_INST: since("1.1+", 3, 0),
  OFPBIC_UNSUP_INST: since("1.1+", 3, 1),
  OFPBIC_BAD_TABLE_ID: since("1.1+", 3, 2),
  OFPBIC_UNSUP_METADATA: since("1.1+", 3, 3),
  OFPBIC_UNSUP_METADATA_MASK: since("1.1+", 3, 4),
  OFPBIC_BAD_EXPERIMENTER: since("1.2+", 3, 5),
  OFPBIC_BAD_EXP_TYPE: since("1.2+", 3, 6),
  OFPBIC_BAD_LEN: since("1.2+", 3, 7),
  OFPBIC_EPERM: since("1.2+", 3, 8),
  OFPBIC_DUP_INST: since("1.4+", 3, 9),
  OFPBMC_BAD_TYPE: since("1.1+", 4, 0),
  OFPBMC_BAD_LEN: since("1.1+", 4, 1),
  OFPBMC_BAD_TAG: since("1.1+", 4, 2),
  OFPBMC_BAD_DL_ADDR_MASK: since("1.1+", 4, 3),
  OFPBMC_BAD_NW_ADDR_MASK: since("1.1+", 4, 4),
  OFPBMC_BAD_WILDCARDS: since("1.1+", 4, 5),
  OFPBMC_BAD_FIELD: since("1.1+", 4, 6),
  OFPBMC_BAD_VALUE: since("1.1+", 4, 7),
  OFPBMC_BAD_MASK: since("1.2+", 4, 8),
  OFPBMC_BAD_PREREQ: since("1.2+", 4, 9),
  OFPBMC_DUP_FIELD: since("1.2+", 4, 10),
  OFPBMC_EPERM: since("1.2+", 4, 11),
  OFPFMFC_UNKNOWN: since("1.1+", 5, 0),
  OFPFMFC_TABLE_FULL: { "1.0": [3, 0], "1.1+": [5, 1] },
  OFPFMFC_BAD_TABLE_ID: since("1.1+", 5, 2),
  OFPFMFC_OVERLAP: { "1.0": [3, 1], "1.1+": [5, 3] },
  OFPFMFC_EPERM: { "1.0": [3, 2], "1.1+": [5, 4] },
  OFPFMFC_BAD_TIMEOUT: since("1.1+", 5, 5),
  OFPFMFC_BAD_EMERG_TIMEOUT: since("1.0", 3, 3),
  OFPFMFC_BAD_COMMAND: { "1.0": [3, 4], "1.1+": [5, 6] },
  OFPFMFC_BAD_FLAGS: since("1.2+", 5, 7),
  OFPFMFC_UNSUPPORTED: since("1.0", 3, 5),
  OFPGMFC_GROUP_EXISTS: since("1.1+", 6, 0),
  OFPGMFC_INVALID_GROUP: since("1.1+", 6, 1),
  OFPGMFC_WEIGHT_UNSUPPORTED: since("1.1+", 6, 2),
  OFPGMFC_OUT_OF_GROUPS: since("1.1+", 6, 3),
  OFPGMFC_OUT_OF_BUCKETS: since("1.1+", 6, 4),
  OFPGMFC_CHAINING_UNSUPPORTED: since("1.1+", 6, 5),
  OFPGMFC_WATCH_UNSUPPORTED: since("1.1+", 6, 6),
  OFPGMFC_LOOP: since("1.1+", 6, 7),
  OFPGMFC_UNKNOWN_GROUP: since("1.1+", 6, 8),
  OFPGMFC_CHAINED_GROUP: since("1.2+", 6, 9),
  OFPGMFC_BAD_TYPE: since("1.2+", 6, 10),
  OFPGMFC_BAD_COMMAND: since("1.2+", 6, 11),
  OFPGMFC_BAD_BUCKET: since("1.2+", 6, 12),
  OFPGMFC_BAD_WATCH: since("1.2+", 6, 13),
  OFPGMFC_EPERM: since("1.2+", 6, 14),
  OFPPMFC_BAD_PORT: { "1.0": [4, 0], "1.1+": [7, 0] },
  OFPPMFC_BAD_HW_ADDR: { "1.0": [4, 1], "1.1+": [7, 1] },
  OFPPMFC_BAD_CONFIG: since("1.1+", 7, 2),
  OFPPMFC_BAD_ADVERTISE: since("1.1+", 7, 3),
  OFPPMFC_EPERM: since("1.2+", 7, 4),
  OFPTMFC_BAD_TABLE: since("1.1+", 8, 0),
  OFPTMFC_BAD_CONFIG: since("1.1+", 8, 1),
  OFPTMFC_EPERM: since("1.2+", 8, 2),
  OFPQOFC_BAD_PORT: { "1.0": [5, 0], "1.1+": [9, 0] },
  OFPQOFC_BAD_QUEUE: { "1.0": [5, 1], "1.1+": [9, 1] },
  OFPQOFC_EPERM: { "1.0": [5, 2], "1.1+": [9, 2] },
  OFPSCFC_BAD_FLAGS: since("1.1+", 10, 0),
  OFPSCFC_BAD_LEN: since("1.1+", 10, 1),
  OFPSCFC_EPERM: since("1.2+", 10, 2),
  OFPRRFC_STALE: since("1.2+", 11, 0),
  OFPRRFC_UNSUP: since("1.2+", 11, 1),
  OFPRRFC_BAD_ROLE: since("1.2+", 11, 2),
  OFPMMFC_UNKNOWN: since("1.3+", 12, 0),
  OFPMMFC_METER_EXISTS: since("1.3+", 12, 1),
  OFPMMFC_INVALID_METER: since("1.3+", 12, 2),
  OFPMMFC_UNKNOWN_METER: since("1.3+", 12, 3),
  OFPMMFC_BAD_COMMAND: since("1.3+", 12, 4),
  OFPMMFC_BAD_FLAGS: since("1.3+", 12, 5),
  OFPMMFC_BAD_RATE: since("1.3+", 12, 6),
  OFPMMFC_BAD_BURST: since("1.3+", 12, 7),
  OFPMMFC_BAD_BAND: since("1.3+", 12, 8),
  OFPMMFC_BAD_BAND_VALUE: since("1.3+", 12, 9),
  OFPMMFC_OUT_OF_METERS: since("1.3+", 12, 10),
  OFPMMFC_OUT_OF_BANDS: since("1.3+", 12, 11),
  OFPTFFC_BAD_TABLE: since("1.3+", 13, 0),
  OFPTFFC_BAD_METADATA: since("1.3+", 13, 1),
  OFPTFFC_BAD_TYPE: since("1.3", 13, 2),
  OFPTFFC_BAD_LEN: since("1.3", 13, 3),
  OFPTFFC_BAD_ARGUMENT: since("1.3", 13, 4),
  OFPTFFC_EPERM: since("1.3+", 13, 5),
};

/** Errors that a version lacks, by the one that says it best there. */
const INSTEAD: Readonly<Record<string, string>> = {
  OFPBMC_BAD_FIELD: "OFPBRC_BAD_LEN",
  OFPBRC_BAD_PORT: "OFPBAC_BAD_OUT_PORT",
  OFPFMFC_BAD_TABLE_ID: "OFPBRC_EPERM",
};

const PLACES = new Map<string, Map<Version, ErrorPair>>();
const NAMES = new Map<string, string>();
for (const [name, places] of Object.entries(ERRORS)) {
  const byVersion = new Map<Version, ErrorPair>();
  for (const [range, pair] of Object.entries(places) as [VersionRange, ErrorPair][]) {
    for (const version of versionsIn(range)) {
      byVersion.set(version, pair);
      NAMES.set(`${version}:${pair[0]}:${pair[1]}`, name);
    }
  }
  PLACES.set(name, byVersion);
}

/** Where an error stands in a version: its own place, or that of the nearest error the version has. */
export function errorPair(name: string, version: Version): ErrorPair {
  return PLACES.get(name)?.get(version) ?? PLACES.get(INSTEAD[name] ?? "")?.get(version) ?? [1, 6];
}

/** The name of an error on the wire; undefined where no table knows it. */
export function errorName(version: Version, type: number, code: number): string | undefined {
  return NAMES.get(`${version}:${type}:${code}`);
}
