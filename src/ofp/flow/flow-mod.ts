import { named, SouthboundError } from "../../errors/mod.js";
import { enumeration, field, OPTIONAL, Parts, rangeError, struct, U8, u8, u16, u32, u64, VERSIONS } from "../../schema/mod.js";
import { FLAG } from "../flag.js";
import { GroupNo } from "../group/group-no.js";
import { DEFAULT_PRIORITY } from "../ids.js";
import { INSTRUCTIONS10, instructions } from "../instruction/table.js";
import { message, NXT } from "../message.js";
import { match, NX_MATCH } from "../oxm/codec.js";
import { MATCH10 } from "../oxm/match10.js";
import { MATCH11 } from "../oxm/match11.js";
import { NO_BUFFER } from "../packet/packet-in-reason.js";
import { PORT16, PortNo, port } from "../port/port-no.js";
import { flowFlags, flowModFlags } from "./flow-flags.js";
import { splitCookie, through, withCookie } from "./nx-cookie.js";

/** What a flow-mod does. OpenFlow 1.3 §7.3.4.1 (ofp_flow_mod_command) */
export const FlowModCommand = named("FlowModCommand", { Add: 0, Modify: 1, ModifyStrict: 2, Delete: 3, DeleteStrict: 4 });

/** All tables, in a deletion. OpenFlow 1.3 §7.3.4.1 (OFPTT_ALL) */
export const ALL_TABLES = 0xff;

/** The cookie that leaves a flow's as it is. Nicira's nicira-ext.h (nx_flow_mod) */
export const SAME_COOKIE = 0xffffffffffffffffn;

/** A flow-mod up to its actions as Nicira has it: the cookie that flows get, and in the match that which they must have. nicira-ext.h (nx_flow_mod) */
const NxFlowMod = struct(
  "NxFlowMod",
  {
    newCookie: u64(),
    tableId: u8(),
    command: u8(),
    idleTimeout: u16(0, OPTIONAL),
    hardTimeout: u16(0, OPTIONAL),
    priority: u16(),
    bufferId: u32(),
    outPort: port(),
    flags: flowModFlags(),
    match: match(),
  },
  Object.fromEntries(
    VERSIONS.map((version) => [
      `1.${version - 1}`,
      [
        "newCookie",
        "tableId",
        "command",
        "idleTimeout",
        "hardTimeout",
        "priority",
        "bufferId",
        { outPort: PORT16 },
        { flags: flowFlags(version) },
        "lengthOf:match",
        "pad:6",
        { match: NX_MATCH },
        "align:8",
      ],
    ]),
  ),
);

const NXT_NAMES = [
  "cookie",
  "cookieMask",
  "tableId",
  "command",
  "idleTimeout",
  "hardTimeout",
  "priority",
  "bufferId",
  "outPort",
  "flags",
  "match",
  "newCookie",
] as const;

const NXT_FLOW_MOD = through(
  "nx_flow_mod",
  NXT_NAMES,
  NxFlowMod,
  (wire) => {
    const { tableId, command, idleTimeout, hardTimeout, priority, bufferId, outPort, flags, match, newCookie } = wire;
    const same = { tableId, command, idleTimeout, hardTimeout, priority, bufferId, outPort, flags };
    if (command === FlowModCommand.Add) return { ...same, match, cookie: newCookie, cookieMask: 0n, newCookie: SAME_COOKIE };
    return { ...same, ...splitCookie(match), newCookie };
  },
  (values) => {
    const v = values as unknown as InstanceType<typeof NxFlowMod> & { readonly cookie: bigint; readonly cookieMask: bigint };
    const { tableId, command, idleTimeout, hardTimeout, priority, bufferId, outPort, flags, match, cookie, cookieMask } = v;
    const same = { tableId, command, idleTimeout, hardTimeout, priority, bufferId, outPort, flags };
    if (command === FlowModCommand.Add) return { ...same, match, newCookie: cookie };
    return { ...same, match: withCookie(match, cookie, cookieMask), newCookie: v.newCookie };
  },
);

/** The table and the command of OpenFlow 1.0: 16 bits of command, of which Nicira's extension takes the upper half for the table. */
const COMMAND10 = new Parts("table and command", ["tableId", "namesTable", "command"], () => ({
  extent: (_c, p) => p + 2,
  decode: (c, p) => ({ tableId: c.u8[p]!, namesTable: c.u8[p] !== 0, command: c.u8[p + 1]! }),
  encode(c, p, values) {
    const { tableId, namesTable, command } = values as { readonly tableId: number; readonly namesTable: boolean; readonly command: number };
    if (tableId !== 0 && !namesTable)
      throw new SouthboundError(
        "ERR_UNSUPPORTED",
        "OpenFlow 1.0 has no FlowMod.tableId: use OpenFlow 1.1 to 1.5, or set namesTable for a switch that FlowModTableId was sent to",
      );
    if ((tableId & 0xff) !== tableId) throw rangeError("u8", tableId);
    if ((command & 0xff) !== command) throw rangeError("u8", command);
    c.u8[p] = tableId;
    c.u8[p + 1] = command;
    return p + 2;
  },
}));

/** What every layout since OpenFlow 1.1 begins with. §7.3.4.1 (ofp_flow_mod) */
const HEAD = [
  "cookie",
  "cookieMask",
  "tableId",
  "command",
  "idleTimeout",
  "hardTimeout",
  "priority",
  "bufferId",
  "outPort",
  "outGroup",
] as const;

/** Adds, changes or deletes flows. OpenFlow 1.3 §7.3.4.1; format `nxt` is Nicira's NXT_FLOW_MOD, whose match has the fields of NXM */
export const FlowMod = message(
  "FlowMod",
  "flow-mod",
  {
    /** Says nothing to the switch; comes back with the flow. */
    cookie: u64(0n, OPTIONAL),
    /** Changes and deletions touch only flows whose cookie equals `cookie` in these bits. */
    cookieMask: u64(0n, OPTIONAL),
    /** {@link ALL_TABLES} in a deletion. OpenFlow 1.0 has one table, 0, but with `namesTable`. */
    tableId: u8(),
    /**
     * OpenFlow 1.0 alone: whether the upper half of the command names the table. A switch expects that once a `FlowModTableId` has set it; any other takes it for a command that it does not know.
     * Open vSwitch nicira-ext.h (NXT_FLOW_MOD_TABLE_ID)
     */
    namesTable: field(FLAG, false, { absent: "drop" }),
    command: enumeration(U8, FlowModCommand, 0),
    /** Without a hit for so long, the flow goes; 0 is never. */
    idleTimeout: u16(0, { ...OPTIONAL, unit: "seconds" }),
    /** So long after it was added, the flow goes; 0 is never. */
    hardTimeout: u16(0, { ...OPTIONAL, unit: "seconds" }),
    /** The matching flow of the highest priority wins. */
    priority: u16(DEFAULT_PRIORITY),
    /** A buffered packet that the new flow is applied to at once; {@link NO_BUFFER} for none. */
    bufferId: u32(NO_BUFFER),
    /** Deletions touch only flows that output there; `PortNo.Any` for all. */
    outPort: port(PortNo.Any),
    /** Deletions touch only flows that use the group; `GroupNo.Any` for all. */
    outGroup: u32(GroupNo.Any),
    flags: flowModFlags(),
    /** Which flow goes first when the table is full: the least important. OpenFlow 1.4 */
    importance: u16(0, OPTIONAL),
    match: match(),
    instructions: instructions(),
    /** Of the format `nxt`, in a change: the cookie that changed flows get; {@link SAME_COOKIE} leaves it. Others have no room for it beside `cookie`. */
    newCookie: u64(SAME_COOKIE),
  },
  {
    "1.0": {
      key: [14],
      slots: [
        { match: MATCH10 },
        "cookie",
        COMMAND10,
        "idleTimeout",
        "hardTimeout",
        "priority",
        "bufferId",
        { outPort: PORT16 },
        { flags: flowFlags(1) },
        { instructions: INSTRUCTIONS10 },
      ],
      ovs: { min: 64 },
    },
    "1.1": {
      key: [14],
      slots: [...HEAD, { flags: flowFlags(2) }, "pad:2", { match: MATCH11 }, "instructions"],
    },
    "1.2": {
      key: [14],
      slots: [...HEAD, { flags: flowFlags(3) }, "pad:2", "match", "instructions"],
    },
    "1.3": {
      key: [14],
      slots: [...HEAD, { flags: flowFlags(4) }, "pad:2", "match", "instructions"],
    },
    "1.4+": {
      key: [14],
      slots: [...HEAD, { flags: flowFlags(5) }, "importance", "match", "instructions"],
    },
  },
  {},
  {
    nxt: {
      "1.0": { key: NXT(13), slots: [NXT_FLOW_MOD, { instructions: INSTRUCTIONS10 }], ovs: { min: 32 } },
      "1.1+": { key: NXT(13), slots: [NXT_FLOW_MOD, "instructions"], ovs: { min: 32 } },
    },
  },
);
/** See the class. */
export type FlowMod = InstanceType<typeof FlowMod>;
