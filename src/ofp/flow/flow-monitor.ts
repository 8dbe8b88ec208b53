import type { Chunk } from "../../bytes/mod.js";
import { named } from "../../errors/mod.js";
import {
  type Element,
  type EntryLayouts,
  type EntryShape,
  entryClass,
  enumeration,
  type Fields,
  fail,
  flags,
  list,
  mustBeZero,
  Parts,
  type PartValues,
  struct,
  U8,
  U16,
  type UnionHeader,
  type UnknownElement,
  u8,
  u16,
  u32,
  u64,
  union,
} from "../../schema/mod.js";
import { GroupNo } from "../group/group-no.js";
import { DEFAULT_PRIORITY } from "../ids.js";
import { INSTRUCTIONS10, instructions } from "../instruction/table.js";
import { multipart, NXST, ONFST } from "../message.js";
import { match, NX_MATCH, OXM_MATCH } from "../oxm/codec.js";
import type { Match } from "../oxm/match.js";
import { PORT16, PortNo, port } from "../port/port-no.js";
import { ALL_TABLES } from "./flow-mod.js";
import { FlowRemovedReason } from "./flow-removed.js";

/** What is done with a monitor. OpenFlow 1.4 §7.3.5.17.1 (ofp_flow_monitor_command) */
export const FlowMonitorCommand = named("FlowMonitorCommand", { Add: 0, Modify: 1, Delete: 2 });

/**
 * What a monitor reports; `Instructions` asks for the flows' instructions too, `NoAbbrev` for the controller's own changes in full, and `OnlyOwn` for no others.
 * Before OpenFlow 1.4 there is no `OnlyOwn`. OpenFlow 1.4 §7.3.5.17.1 (ofp_flow_monitor_flags)
 */
export const FlowMonitorFlags = named("FlowMonitorFlags", {
  Initial: 1,
  Add: 2,
  Removed: 4,
  Modify: 8,
  Instructions: 16,
  NoAbbrev: 32,
  OnlyOwn: 64,
});

const MATCH_LENGTH = 2;

/**
 * In the ONF's extension for OpenFlow 1.3 the length of the match, without its padding, stands before other fields and the match.
 * @param names - the fields from there on, the match last
 * @param size - the bytes from the length to the match
 * @param get - reads the other fields
 * @param put - writes them
 */
function withMatchLength<N extends string>(
  names: readonly (N | "match")[],
  size: number,
  get: (c: Chunk, p: number) => PartValues,
  put: (c: Chunk, p: number, values: PartValues) => void,
): Parts<N | "match"> {
  return new Parts(names.join(" "), names, (version, mode) => {
    const inner = OXM_MATCH.codec(version, mode);
    const start = (p: number, end: number): number =>
      end - p < size ? fail("OFPBRC_BAD_LEN", "it is cut short before the match", p) : p + size;
    return {
      decode: (c, p, end) => ({ ...get(c, p), match: inner.decode(c, start(p, end), end) }),
      encode(c, p, values) {
        const end = inner.encode(c, p + size, values.match as Match);
        put(c, p, values);
        c.dv.setUint16(p, c.dv.getUint16(p + size + MATCH_LENGTH));
        return end;
      },
      extent: (c, p, end) => inner.extent(c, start(p, end), end),
    };
  });
}

const REQUEST13 = withMatchLength(
  ["outPort", "tableId", "match"],
  10,
  (c, p) => {
    mustBeZero(c, p + 7, p + 10, "NXBRC_MUST_BE_ZERO");
    return { outPort: c.dv.getUint32(p + 2), tableId: c.dv.getUint8(p + 6) };
  },
  (c, p, values) => {
    c.dv.setUint32(p + 2, values.outPort as number);
    c.dv.setUint32(p + 6, ((values.tableId as number) << 24) >>> 0);
  },
);

/** One monitor that is asked for. OpenFlow 1.4 §7.3.5.17.1 (ofp_flow_monitor_request); Open vSwitch nicira-ext.h (nx_flow_monitor_request) */
export const FlowMonitor = struct(
  "FlowMonitor",
  {
    /** The controller's number for it. */
    monitorId: u32(),
    /** Only flows that output there; `PortNo.Any` for all. */
    outPort: port(PortNo.Any),
    /** Only flows that use the group; `GroupNo.Any` for all. OpenFlow 1.4 */
    outGroup: u32(GroupNo.Any),
    flags: flags(U16, FlowMonitorFlags, 0x1f),
    /** {@link ALL_TABLES} for all. */
    tableId: u8(ALL_TABLES),
    /** OpenFlow 1.4; a {@link FlowMonitorCancel} ends a monitor before it. */
    command: enumeration(U8, FlowMonitorCommand, FlowMonitorCommand.Add),
    /** Only flows that match the same or less. */
    match: match(),
  },
  {
    "1.0-1.2": [
      "monitorId",
      "flags",
      { outPort: PORT16 },
      "lengthOf:match",
      "tableId",
      "zero:5:NXBRC_MUST_BE_ZERO",
      { match: NX_MATCH },
      "align:8",
    ],
    "1.3": ["monitorId", "flags", REQUEST13],
    "1.4+": ["monitorId", "outPort", "outGroup", "flags", "tableId", "command", "match"],
  },
);
/** See the class. */
export type FlowMonitor = InstanceType<typeof FlowMonitor>;

const NICIRA = NXST(2);
const ONF = ONFST(1870);
const STANDARD = [16];

/** Asks for reports of changes to flows. In OpenFlow 1.0 to 1.2 Nicira's, in 1.3 the ONF's extension 187. OpenFlow 1.4 §7.3.5.17 */
export const FlowMonitorRequest = multipart(
  "request",
  "FlowMonitorRequest",
  "flow-monitor-request",
  { monitors: list(FlowMonitor) },
  {
    "1.0": { key: NICIRA, slots: ["pad:4", "monitors"] },
    "1.1-1.2": { key: NICIRA, slots: ["monitors"] },
    "1.3": { key: ONF, slots: ["monitors"] },
    "1.4+": { key: STANDARD, slots: ["monitors"] },
  },
);
/** See the class. */
export type FlowMonitorRequest = InstanceType<typeof FlowMonitorRequest>;

/** What every update begins with. OpenFlow 1.4 §7.3.5.17.2 (ofp_flow_update_header) */
const UPDATE_HEADER: UnionHeader = {
  frame: { lengthAt: 0, min: 4, align: 8, counted: true, reason: "OFPBRC_BAD_LEN" },
  part: (_version, [event]) => (event === undefined ? { at: 2, size: 2 } : undefined),
};

const update = <const N extends string, const F extends Fields>(name: string, type: N, fields: F, layouts: EntryLayouts<F>) =>
  entryClass<F, EntryShape<N, F>>(name, type, UPDATE_HEADER, fields, layouts);

const full = () => ({
  /** Why a flow is gone; 0 of others. */
  reason: enumeration(U16, FlowRemovedReason, 0),
  priority: u16(DEFAULT_PRIORITY),
  idleTimeout: u16(0, { unit: "seconds" }),
  hardTimeout: u16(0, { unit: "seconds" }),
  tableId: u8(),
  cookie: u64(),
  match: match(),
  instructions: instructions(),
});
type Full = ReturnType<typeof full>;

const FULL13 = withMatchLength(
  ["tableId", "cookie", "match"],
  12,
  (c, p) => ({ tableId: c.dv.getUint8(p + 2), cookie: c.dv.getBigUint64(p + 4) }),
  (c, p, values) => {
    c.dv.setUint16(p + 2, (values.tableId as number) << 8);
    c.dv.setBigUint64(p + 4, values.cookie as bigint);
  },
);

const fullLayouts = (event: number, old: number | undefined): EntryLayouts<Full> => ({
  ...(old === undefined
    ? {}
    : {
        "1.0-1.2": {
          key: [old],
          slots: [
            "reason",
            "priority",
            "idleTimeout",
            "hardTimeout",
            "lengthOf:match",
            "tableId",
            "pad:1",
            "cookie",
            { match: NX_MATCH },
            "align:8",
            { instructions: INSTRUCTIONS10 },
          ],
        },
        "1.3": {
          key: [old],
          slots: ["reason", "priority", "idleTimeout", "hardTimeout", FULL13, "instructions"],
        },
      }),
  "1.4+": {
    key: [event],
    slots: ["tableId", "reason:u8", "idleTimeout", "hardTimeout", "priority", "pad:4", "cookie", "match", "instructions"],
  },
});

/** A flow that was there when the monitor was made. Before OpenFlow 1.4 it is reported as added. §7.3.5.17.2 (OFPFME_INITIAL) */
export const FlowInitial = update("FlowInitial", "initial", full(), fullLayouts(0, undefined));
/** See the class. */
export type FlowInitial = InstanceType<typeof FlowInitial>;

/** A flow that was added. OpenFlow 1.4 §7.3.5.17.2 (OFPFME_ADDED) */
export const FlowAdded = update("FlowAdded", "added", full(), fullLayouts(1, 0));
/** See the class. */
export type FlowAdded = InstanceType<typeof FlowAdded>;

/** A flow that is gone. OpenFlow 1.4 §7.3.5.17.2 (OFPFME_REMOVED) */
export const FlowDeleted = update("FlowDeleted", "removed", full(), fullLayouts(2, 1));
/** See the class. */
export type FlowDeleted = InstanceType<typeof FlowDeleted>;

/** A flow whose instructions changed. OpenFlow 1.4 §7.3.5.17.2 (OFPFME_MODIFIED) */
export const FlowModified = update("FlowModified", "modified", full(), fullLayouts(3, 2));
/** See the class. */
export type FlowModified = InstanceType<typeof FlowModified>;

/** A change that the controller made itself, by the transaction id of its flow-mod. OpenFlow 1.4 §7.3.5.17.2 (ofp_flow_update_abbrev) */
export const FlowAbbreviated = update(
  "FlowAbbreviated",
  "abbreviated",
  { flowModXid: u32() },
  { "1.0-1.3": { key: [3], slots: ["flowModXid"] }, "1.4+": { key: [4], slots: ["flowModXid"] } },
);
/** See the class. */
export type FlowAbbreviated = InstanceType<typeof FlowAbbreviated>;

/** The switch stops reporting changes, since too many wait to be sent. Before OpenFlow 1.4 see {@link FlowMonitorPaused}. §7.3.5.17.2 (ofp_flow_update_paused) */
export const FlowUpdatesPaused = update("FlowUpdatesPaused", "paused", {}, { "1.4+": { key: [5], slots: ["pad:4"] } });
/** See the class. */
export type FlowUpdatesPaused = InstanceType<typeof FlowUpdatesPaused>;

/** The switch reports changes again. Before OpenFlow 1.4 see {@link FlowMonitorResumed}. §7.3.5.17.2 (ofp_flow_update_paused) */
export const FlowUpdatesResumed = update("FlowUpdatesResumed", "resumed", {}, { "1.4+": { key: [6], slots: ["pad:4"] } });
/** See the class. */
export type FlowUpdatesResumed = InstanceType<typeof FlowUpdatesResumed>;

/** What a monitor reports. OpenFlow 1.4 §7.3.5.17.2 (ofp_flow_update_event) */
export const FLOW_UPDATES = union("flow update", UPDATE_HEADER, "NXBRC_FM_BAD_EVENT", [
  FlowInitial,
  FlowAdded,
  FlowDeleted,
  FlowModified,
  FlowAbbreviated,
  FlowUpdatesPaused,
  FlowUpdatesResumed,
]);

/** One thing that a monitor reports. */
export type FlowUpdate =
  | FlowInitial
  | FlowAdded
  | FlowDeleted
  | FlowModified
  | FlowAbbreviated
  | FlowUpdatesPaused
  | FlowUpdatesResumed
  | UnknownElement;

/** Reports changes to flows. In OpenFlow 1.0 to 1.2 Nicira's, in 1.3 the ONF's extension 187. OpenFlow 1.4 §7.3.5.17.2 */
export const FlowMonitorReply = multipart(
  "reply",
  "FlowMonitorReply",
  "flow-monitor-reply",
  { updates: list(FLOW_UPDATES as Element<FlowUpdate>) },
  {
    "1.0": { key: NICIRA, slots: ["pad:4", "updates"] },
    "1.1-1.2": { key: NICIRA, slots: ["updates"] },
    "1.3": { key: ONF, slots: ["updates"] },
    "1.4+": { key: STANDARD, slots: ["updates"] },
  },
);
/** See the class. */
export type FlowMonitorReply = InstanceType<typeof FlowMonitorReply>;
