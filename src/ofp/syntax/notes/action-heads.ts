import type { Chunk } from "../../../bytes/mod.js";
import { type Version, versionName } from "../../../schema/mod.js";
import { EXPERIMENTER, ExperimenterId } from "../../ids.js";
import { type NoteSink, sharp, warn } from "./note.js";

/** An action as Open vSwitch lists it: its name in the log, and the bytes that it may have. */
interface ActionHead {
  readonly name: string;
  readonly least: number;
  readonly most: number;
  /** Whether Set-Field is to be used instead. */
  readonly deprecated: boolean;
}

/*
 * Open vSwitch's own list of the actions that it reads, with the names that only its log has (ofp-actions.c, enum ofp_raw_action_type): type, wire versions, name, least bytes, + where there may
 * be more, and ! where it is logged that Set-Field is to be used instead. The interop test holds it to the real tool.
 */

const STANDARD = `
  0 1-1 OFPAT_OUTPUT 8
  0 2-6 OFPAT_OUTPUT 16
  1 1-1 OFPAT_SET_VLAN_VID 8
  2 1-1 OFPAT_SET_VLAN_PCP 8
  1 2-2 OFPAT_SET_VLAN_VID 8
  2 2-2 OFPAT_SET_VLAN_PCP 8
  17 2-6 OFPAT_PUSH_VLAN 8
  3 1-1 OFPAT_STRIP_VLAN 8
  18 2-6 OFPAT_POP_VLAN 8
  4 1-1 OFPAT_SET_DL_SRC 16
  3 2-2 OFPAT_SET_DL_SRC 16
  5 1-1 OFPAT_SET_DL_DST 16
  4 2-2 OFPAT_SET_DL_DST 16
  6 1-1 OFPAT_SET_NW_SRC 8
  5 2-2 OFPAT_SET_NW_SRC 8
  7 1-1 OFPAT_SET_NW_DST 8
  6 2-2 OFPAT_SET_NW_DST 8
  8 1-1 OFPAT_SET_NW_TOS 8
  7 2-2 OFPAT_SET_NW_TOS 8
  8 2-2 OFPAT_SET_NW_ECN 8
  9 1-1 OFPAT_SET_TP_SRC 8
  9 2-2 OFPAT_SET_TP_SRC 8
  10 1-1 OFPAT_SET_TP_DST 8
  10 2-2 OFPAT_SET_TP_DST 8
  11 1-1 OFPAT_ENQUEUE 16
  13 2-2 OFPAT_SET_MPLS_LABEL 8
  14 2-2 OFPAT_SET_MPLS_TC 8
  15 2-2 OFPAT_SET_MPLS_TTL 8
  16 2-6 OFPAT_DEC_MPLS_TTL 8
  19 2-6 OFPAT_PUSH_MPLS 8
  20 2-6 OFPAT_POP_MPLS 8
  21 2-6 OFPAT_SET_QUEUE 8
  22 2-6 OFPAT_GROUP 8
  23 2-6 OFPAT_SET_NW_TTL 8
  24 2-6 OFPAT_DEC_NW_TTL 8
  25 3-5 OFPAT_SET_FIELD 8+
  25 6-6 OFPAT_SET_FIELD 8+
  28 6-6 OFPAT_COPY_FIELD 16+
  29 6-6 OFPAT_METER 8
  1 3-6 OFPAT_SET_VLAN_VID 8!
  2 3-6 OFPAT_SET_VLAN_PCP 8!
  3 3-6 OFPAT_SET_DL_SRC 16!
  4 3-6 OFPAT_SET_DL_DST 16!
  5 3-6 OFPAT_SET_NW_SRC 8!
  6 3-6 OFPAT_SET_NW_DST 8!
  7 3-6 OFPAT_SET_NW_TOS 8!
  8 3-6 OFPAT_SET_NW_ECN 8!
  9 3-6 OFPAT_SET_TP_SRC 8!
  10 3-6 OFPAT_SET_TP_DST 8!
  13 3-6 OFPAT_SET_MPLS_LABEL 8!
  14 3-6 OFPAT_SET_MPLS_TC 8!
  15 3-6 OFPAT_SET_MPLS_TTL 8!`;

const NICIRA = `
  30 1-1 OFPAT_SET_MPLS_LABEL 16
  31 1-1 OFPAT_SET_MPLS_TC 16
  25 1-1 OFPAT_SET_MPLS_TTL 16
  26 1-1 OFPAT_DEC_MPLS_TTL 16
  23 1-1 OFPAT_PUSH_MPLS 16
  24 1-1 OFPAT_POP_MPLS 16
  4 1-1 OFPAT_SET_QUEUE 16
  40 1-1 OFPAT_GROUP 16
  18 1-1 OFPAT_DEC_NW_TTL 16
  21 1-6 NXAST_DEC_TTL_CNT_IDS 16+
  7 1-5 NXAST_REG_LOAD 24
  33 1-5 NXAST_REG_LOAD2 16+
  6 1-5 NXAST_REG_MOVE 16+
  1 1-6 NXAST_RESUBMIT 16
  14 1-6 NXAST_RESUBMIT_TABLE 16
  44 1-6 NXAST_RESUBMIT_TABLE_CT 16
  2 1-6 NXAST_SET_TUNNEL 16
  9 1-6 NXAST_SET_TUNNEL64 24
  5 1-6 NXAST_POP_QUEUE 16
  8 1-6 NXAST_NOTE 16+
  10 1-6 NXAST_MULTIPATH 32
  12 1-6 NXAST_BUNDLE 32+
  13 1-6 NXAST_BUNDLE_LOAD 32+
  15 1-6 NXAST_OUTPUT_REG 24
  32 1-6 NXAST_OUTPUT_REG2 24
  16 1-6 NXAST_LEARN 32+
  45 1-6 NXAST_LEARN2 40+
  17 1-6 NXAST_EXIT 16
  19 1-6 NXAST_FIN_TIMEOUT 16
  20 1-6 NXAST_CONTROLLER 16
  37 1-6 NXAST_CONTROLLER2 16+
  22 1-6 NXAST_WRITE_METADATA 32
  27 1-6 NXAST_STACK_PUSH 24
  28 1-6 NXAST_STACK_POP 24
  29 1-6 NXAST_SAMPLE 24
  38 1-6 NXAST_SAMPLE2 32
  41 1-6 NXAST_SAMPLE3 32
  34 1-6 NXAST_CONJUNCTION 16
  35 1-6 NXAST_CT 24+
  36 1-6 NXAST_NAT 16+
  39 1-6 NXAST_OUTPUT_TRUNC 16
  42 1-6 NXAST_CLONE 16+
  43 1-6 NXAST_CT_CLEAR 16
  46 4-6 NXAST_ENCAP 16+
  47 4-6 NXAST_DECAP 16+
  48 4-6 NXAST_DEC_NSH_TTL 16
  49 1-6 NXAST_CHECK_PKT_LARGER 24+
  50 1-6 NXAST_DELETE_FIELD 24
  254 1-6 NXAST_DEBUG_SLOW 16
  255 1-6 NXAST_DEBUG_RECIRC 16`;

const ONF = `
  3200 4-5 ONFACT_COPY_FIELD 24+`;

const MOST = 65528;

let heads: ReadonlyMap<string, ActionHead> | undefined;

const keyOf = (owner: number, type: number, version: number): string => `${owner} ${type} ${version}`;

function readHeads(): ReadonlyMap<string, ActionHead> {
  const found = new Map<string, ActionHead>();
  const read = (owner: number, list: string): void => {
    for (const line of list.trim().split("\n")) {
      const [type, versions, name, bytes] = line.trim().split(" ") as [string, string, string, string];
      const [first, last] = versions.split("-").map(Number) as [number, number];
      const least = Number.parseInt(bytes, 10);
      const head = { name, least, most: bytes.endsWith("+") ? MOST : least, deprecated: bytes.endsWith("!") };
      for (let version = first; version <= last; version++) found.set(keyOf(owner, Number(type), version), head);
    }
  };
  read(0, STANDARD);
  read(ExperimenterId.Nicira, NICIRA);
  read(ExperimenterId.Onf, ONF);
  return found;
}

/** The first version with set-field. */
export const WITH_SET_FIELD = 3;

/** A version as Open vSwitch's log has it. */
const wordOf = (version: Version): string => `OpenFlow${versionName(version).replace(".", "")}`;

/** Notes that an action is out of use in its version. @param name - in Open vSwitch's list */
export const noteDeprecated = (log: NoteSink, name: string, version: Version): void =>
  log({ module: MODULE, level: "INFO", text: `${name} is deprecated in ${wordOf(version)} (use Set-Field)`, limit: MODULE });

const HEADER = 4;
/** What an experimenter's action begins with, padding included. */
export const LONG_HEADER = 16;
const MODULE = "ofp_actions";

/**
 * Notes what Open vSwitch logs of the header of the action at `q`, and answers whether it reads on behind it. Open vSwitch ofp-actions.c (ofpact_pull_raw)
 * @param end - where the list ends
 */
export function noteHead(log: NoteSink, c: Chunk, q: number, end: number, version: Version): boolean {
  const left = end - q;
  if (left < HEADER) return false;
  const base = c.dv.getUint16(q);
  let owner = 0;
  let type = base;
  if (base === EXPERIMENTER) {
    if (left < 8) return false;
    owner = c.dv.getUint32(q + 4);
    if (owner !== ExperimenterId.Nicira && owner !== ExperimenterId.Onf) {
      warn(log, MODULE, `OpenFlow action has unknown vendor ${sharp(owner)}`);
      return false;
    }
    if (left < LONG_HEADER) return false;
    type = c.dv.getUint16(q + 8);
  }
  heads ??= readHeads();
  const head = heads.get(keyOf(owner, type, version));
  if (head === undefined) {
    warn(log, MODULE, `unknown ${wordOf(version)} action for vendor ${sharp(owner)} and type ${type}`);
    return false;
  }
  const { name, least, most } = head;
  if (head.deprecated) noteDeprecated(log, name, version);
  const length = c.dv.getUint16(q + 2);
  if (length > left) warn(log, MODULE, `OpenFlow action ${name} length ${length} exceeds action buffer length ${left}`);
  else if (length < least || length > most)
    warn(log, MODULE, `OpenFlow action ${name} length ${length} not in valid range [${least},${most}]`);
  else if (length % 8 !== 0) warn(log, MODULE, `OpenFlow action ${name} length ${length} is not a multiple of 8`);
  else return true;
  return false;
}
