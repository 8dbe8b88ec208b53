import type { Chunk } from "../../../bytes/mod.js";
import type { Element } from "../../../schema/mod.js";
import { listKind } from "../../../schema/mod.js";
import { ACTIONS, type Action } from "../../action/table.js";
import { OXM_LIST } from "../../oxm/codec.js";
import { ANY_PACKET } from "../../oxm/match.js";
import { NO_BUFFER } from "../../packet/packet-in-reason.js";
import { formatActions } from "../action/actions.js";
import { actionsFault, oxmsFault } from "../message/diagnose.js";
import { warn } from "../notes/note.js";
import type { Context } from "../options.js";
import { eachProperty, hasAtLeast, hasSize, nestedAt, type RawProperty } from "../properties.js";
import { hex, tableText } from "../words.js";
import { type PacketInParts, packetInText } from "./packet-in-parts.js";

type Body = readonly [text: string, fault: string | undefined];
type Writable<T> = { -readonly [K in keyof T]: T[K] };

const LENGTH = "OFPBPC_BAD_LEN";

/** The types of the properties. Open vSwitch nicira-ext.h (nx_packet_in2_prop_type) */
const Type = { Packet: 0, FullLength: 1, Buffer: 2, Table: 3, Cookie: 4, Reason: 5, Metadata: 6, Userdata: 7, Continuation: 8 } as const;

/** The types of the properties of a continuation. Open vSwitch ofp-packet.c (nx_continuation_prop_type) */
const Part = {
  Bridge: 0x8000,
  Stack: 0x8001,
  Mirrors: 0x8002,
  Conntracked: 0x8003,
  Table: 0x8004,
  Cookie: 0x8005,
  Actions: 0x8006,
  ActionSet: 0x8007,
  Port: 0x8008,
} as const;

/** Whether a property says 64 bits, which stand behind 4 bytes of padding. */
const has64 = (p: RawProperty): boolean => p.end - p.start === 16;

const dotted = (bytes: Uint8Array): string => Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join(".");

/** A number of any length. */
function bigNumber(bytes: Uint8Array): string {
  const digits = Array.from(bytes, (b) => b.toString(16).padStart(2, "0"))
    .join("")
    .replace(/^0+/, "");
  return digits === "" ? "0" : `0x${digits}`;
}

/** A UUID, which Open vSwitch prints in words of four bytes as its own machine has them, the last byte first. */
function uuid(bytes: Uint8Array): string {
  const digits = Array.from(bytes, (_, i) => bytes[i ^ 3]!.toString(16).padStart(2, "0")).join("");
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

const ACTION_LIST = listKind(ACTIONS as Element<Action>);
const MAX_STACK_VALUE = 128;

/** What a continuation is gathered into. */
interface Continuation {
  bridge: string;
  stack: string[];
  mirrors: number;
  conntracked: boolean;
  table: number;
  cookie: bigint;
  actions: string[];
  actionSet: Action[];
  port: number;
}

/** The actions of a property, which stand behind its header in 8 bytes. */
function actionsOf(chunk: Chunk, p: RawProperty, c: Context): readonly Action[] | string {
  const at = p.start + 8;
  if (at > p.end) return LENGTH;
  if ((p.end - at) % 8 !== 0) return "OFPBRC_BAD_LEN";
  return actionsFault(chunk, at, p.end, c.version, c.log) ?? ACTION_LIST.codec(c.version, "interpreted").decode(chunk, at, p.end);
}

function partFault(chunk: Chunk, p: RawProperty, to: Continuation, c: Context): string | undefined {
  const { dv, u8 } = chunk;
  if (p.experimenter !== 0) return undefined;
  switch (p.type) {
    case Part.Bridge:
      if (!hasSize(p, 16)) return LENGTH;
      to.bridge = uuid(u8.subarray(p.at, p.end));
      return undefined;
    case Part.Stack:
      if (p.end - p.at > MAX_STACK_VALUE) return LENGTH;
      to.stack.push(bigNumber(u8.subarray(p.at, p.end)));
      return undefined;
    case Part.Mirrors:
    case Part.Port:
      if (!hasSize(p, 4)) return LENGTH;
      to[p.type === Part.Port ? "port" : "mirrors"] = dv.getUint32(p.at);
      return undefined;
    case Part.Conntracked:
      to.conntracked = true;
      return undefined;
    case Part.Table:
      if (!hasAtLeast(p, 1)) return LENGTH;
      to.table = dv.getUint8(p.at);
      return undefined;
    case Part.Cookie:
      if (!has64(p)) return LENGTH;
      to.cookie = dv.getBigUint64(p.start + 8);
      return undefined;
    case Part.Actions:
    case Part.ActionSet: {
      const actions = actionsOf(chunk, p, c);
      if (typeof actions === "string") return actions;
      if (p.type === Part.ActionSet) {
        to.actionSet.push(...actions);
        return undefined;
      }
      to.actions.push(`unroll_xlate(table=${tableText(to.table, c)}, cookie=${to.cookie})`);
      if (actions.length > 0) to.actions.push(formatActions(actions, c));
      return undefined;
    }
    default:
      return undefined;
  }
}

const NO_BRIDGE = "00000000-0000-0000-0000-000000000000";

function continuationText(k: Continuation, c: Context): string {
  let text = k.bridge === NO_BRIDGE ? "" : ` continuation.bridge=${k.bridge}\n`;
  if (k.stack.length > 0) text += ` continuation.stack=(top) ${k.stack.join(" ")} (bottom)\n`;
  if (k.mirrors !== 0) text += ` continuation.mirrors=${hex(k.mirrors)}\n`;
  if (k.conntracked) text += " continuation.conntracked=true\n";
  if (k.actions.length > 0) text += ` continuation.actions=${k.actions.join(",")}\n`;
  if (k.actionSet.length > 0) text += ` continuation.action_set=${formatActions(k.actionSet, c)}\n`;
  return k.port === 0 ? text : `${text} continuation.odp_port=${k.port}\n`;
}

const PROPERTIES = 16;

/** The text of a packet-in in Nicira's second form, or of the message that has the packet go on. Properties that are not known are passed over. */
export function packetIn2(chunk: Chunk, c: Context): Body {
  const { dv, u8 } = chunk;
  const m: Writable<PacketInParts> = {
    bufferId: NO_BUFFER,
    totalLen: 0,
    reason: 0,
    tableId: 0,
    cookie: 0xffffffffffffffffn,
    match: ANY_PACKET,
    data: u8.subarray(0, 0),
  };
  let userdata = m.data;
  let nested: readonly [start: number, end: number] = [0, 0];
  const fault = eachProperty(chunk, PROPERTIES, u8.length, (p) => {
    if (p.experimenter !== 0) return undefined;
    switch (p.type) {
      case Type.Packet:
        m.data = u8.subarray(p.at, p.end);
        return undefined;
      case Type.FullLength:
      case Type.Buffer:
        if (!hasSize(p, 4)) return LENGTH;
        m[p.type === Type.Buffer ? "bufferId" : "totalLen"] = dv.getUint32(p.at);
        return undefined;
      case Type.Table:
      case Type.Reason:
        if (!hasAtLeast(p, 1)) return LENGTH;
        m[p.type === Type.Table ? "tableId" : "reason"] = dv.getUint8(p.at);
        return undefined;
      case Type.Cookie:
        if (!has64(p)) return LENGTH;
        m.cookie = dv.getBigUint64(p.start + 8);
        return undefined;
      case Type.Metadata: {
        const bad = oxmsFault(chunk, p.at, p.end, c.version, { loose: true }, c.log);
        if (bad === undefined) m.match = OXM_LIST.codec(c.version, "interpreted").decode(chunk, p.at, p.end);
        return bad;
      }
      case Type.Userdata:
        userdata = u8.subarray(p.at, p.end);
        return undefined;
      case Type.Continuation: {
        const at = nestedAt(p);
        if (at === undefined) return LENGTH;
        nested = [at, p.end];
        return undefined;
      }
      default:
        return undefined;
    }
  });
  if (fault !== undefined) return ["", fault];
  if (m.data.length === 0) {
    warn(c.log, "ofp_packet", "NXT_PACKET_IN2 lacks packet");
    return ["", "OFPBRC_BAD_LEN"];
  }
  if (m.totalLen === 0) m.totalLen = m.data.length;
  if (m.totalLen < m.data.length) {
    warn(c.log, "ofp_packet", "NXT_PACKET_IN2 claimed full_len < len");
    return ["", "OFPBRC_BAD_LEN"];
  }
  const k: Continuation = {
    bridge: NO_BRIDGE,
    stack: [],
    mirrors: 0,
    conntracked: false,
    table: 0,
    cookie: 0n,
    actions: [],
    actionSet: [],
    port: 0,
  };
  const bad = eachProperty(chunk, nested[0], nested[1], (p) => partFault(chunk, p, k, c));
  if (bad !== undefined) return ["", bad];
  const between = (userdata.length === 0 ? "" : ` userdata=${dotted(userdata)}\n`) + continuationText(k, c);
  return [packetInText(m, c, between), undefined];
}
