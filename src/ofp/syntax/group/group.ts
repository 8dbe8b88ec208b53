import { Chunk } from "../../../bytes/mod.js";
import { checkOptions } from "../../../errors/mod.js";
import type { Version } from "../../../schema/mod.js";
import type { Bucket } from "../../group/bucket.js";
import { type GroupMod, GroupModCommand } from "../../group/group.js";
import { GroupNo } from "../../group/group-no.js";
import { GroupDesc, type GroupFeaturesReply, GroupStats } from "../../group/group-stats.js";
import { actionNames } from "../action/action-names.js";
import { formatActions } from "../action/actions.js";
import { type Context, TEXT_OPTIONS, type TextOptions, versionOf } from "../options.js";
import { type Printers, statsBody } from "../printer.js";
import { duration, hex } from "../words.js";
import { BUCKET_KEYS } from "./bucket-words.js";
import { groupDescFault, groupModFault, plainGroupDescs, plainGroupMod, refuseGroupDesc } from "./diagnose-group.js";
import { COMMAND_BUCKET, COMMANDS, GROUP_TYPE, isWide } from "./group-words.js";
import { selectionText } from "./selection.js";

const NO_COUNT = 0xffffffffffffffffn;

/** A group: its number, or a word for all or any. */
export const groupText = (group: number): string => (group === GroupNo.All ? "ALL" : group === GroupNo.Any ? "ANY" : String(group));

/** The text of a bucket, such as `bucket=weight:2,actions=output:1`. */
export function formatBucket(b: Bucket, type: number, o: TextOptions = {}): string {
  checkOptions("formatBucket", o, TEXT_OPTIONS);
  const of = { ...o, version: versionOf(o), groupType: type };
  let text = "bucket=";
  for (const row of BUCKET_KEYS) {
    const value = row.shown(b, of);
    if (value !== undefined) text += `${row.key}:${row.kind.print(value, o)},`;
  }
  return `${text}actions=${formatActions(b.actions, o)}`;
}

/** What a group is made of, as `ovs-ofctl dump-groups` has it: `group_id=1,type=all,bucket=actions=output:1`. */
export function formatGroup(
  g: Pick<GroupDesc, "groupId" | "groupType" | "buckets" | "properties">,
  o: TextOptions = {},
  withType = true,
): string {
  checkOptions("formatGroup", o, TEXT_OPTIONS);
  const type = withType ? `,type=${GROUP_TYPE.print(g.groupType, o)}` : "";
  const buckets = g.buckets.map((b) => formatBucket(b, g.groupType, o)).join(",");
  // Open vSwitch takes one comma off the end, which without buckets is the one before them
  return `group_id=${g.groupId}${type}${selectionText(g.properties, versionOf(o))}${buckets === "" ? "" : `,${buckets}`}`;
}

const BUCKET_COMMANDS: readonly number[] = [GroupModCommand.InsertBucket, GroupModCommand.RemoveBucket];

/** What a group-mod says besides its command. @param withType - whether the type is part of it, unless the command is about buckets */
function bodyText(m: GroupMod, o: TextOptions, withType: boolean): string {
  if (!BUCKET_COMMANDS.includes(m.command)) return formatGroup(m, o, withType);
  const named = isWide(versionOf(o)) ? `command_bucket_id:${COMMAND_BUCKET.print(m.commandBucketId, o)},` : "";
  return named + formatGroup(m, o, false);
}

/**
 * What a group-mod says besides its command, as {@link parseGroup} reads it with that command. It cannot have what the command does not take, numbers above the highest group and bucket, weights outside of
 * groups of type select, properties other than one selection method, nor what Open vSwitch refuses.
 */
export const formatGroupMod = (m: GroupMod, o: TextOptions = {}): string => {
  checkOptions("formatGroupMod", o, TEXT_OPTIONS);
  return bodyText(m, o, m.command !== GroupModCommand.Delete);
};

const modText = (m: GroupMod, c: Context): string => `\n ${COMMANDS.print(m.command, c)} ${bodyText(m, c, true)}`;

/** The counters of a group as `ovs-ofctl dump-group-stats` has them. */
export function formatGroupStats(s: GroupStats, o: TextOptions = {}): string {
  checkOptions("formatGroupStats", o, TEXT_OPTIONS);
  const version = versionOf(o);
  let text = `group_id=${s.groupId},`;
  const timed = version !== 2 && version !== 3 && s.durationSec !== 0xffffffff;
  if (timed) text += `duration=${duration(s.durationSec, s.durationNsec)},`;
  text += `ref_count=${s.refCount},packet_count=${s.packetCount},byte_count=${s.byteCount}`;
  for (const [i, b] of s.buckets.entries())
    if (b.packetCount !== NO_COUNT) text += `,bucket${i}:packet_count=${b.packetCount},byte_count=${b.byteCount}`;
  return text;
}

const FEATURE_ROWS = [
  ["all", "maxAll", "actionsAll"],
  ["select", "maxSelect", "actionsSelect"],
  ["indirect", "maxIndirect", "actionsIndirect"],
  ["fast failover", "maxFastFailover", "actionsFastFailover"],
] as const;

function featuresText(m: GroupFeaturesReply, c: Context): string {
  let text = `\n Group table:\n    Types:  0x${m.types.toString(16)}\n    Capabilities:  0x${m.capabilities.toString(16)}\n`;
  for (const [i, [word, most, actions]] of FEATURE_ROWS.entries()) {
    if (((m.types >>> i) & 1) === 0) continue;
    text += `    ${word} group:\n       max_groups=${hex(m[most])}\n       actions: ${actionNames(m[actions], c.version)}\n`;
  }
  return text;
}

const PARSE_ERROR = " ***parse error***";
const COUNTER = 16;

/** A reply, group by group. A length that is no whole number of buckets is rounded down, and what is left is taken for the next group. */
function statsText(chunk: Chunk, c: Context): readonly [text: string, fault: string | undefined] {
  const base = c.version === 2 || c.version === 3 ? 32 : 40;
  const codec = GroupStats.codec(c.version, "interpreted");
  const end = chunk.u8.length;
  let text = "";
  for (let p = groupsAt(c.version); p < end; ) {
    const length = end - p < base ? 0 : chunk.dv.getUint16(p);
    const buckets = Math.floor((length - base) / COUNTER);
    const e = p + base + buckets * COUNTER;
    if (length < base || e > end) return [text + PARSE_ERROR, "OFPBRC_BAD_LEN"];
    const group = new Chunk(chunk.u8.slice(p, e));
    group.dv.setUint16(0, e - p);
    text += `\n ${formatGroupStats(codec.decode(group, 0, e - p), c)}`;
    p = e;
  }
  return [text, undefined];
}

/** Where the groups of a reply start. */
const groupsAt = (version: Version): number => (version === 1 ? 24 : statsBody(version));

/** The messages about groups. */
export const GROUP_PRINTERS: Printers<
  | "group-mod"
  | "group-stats-request"
  | "group-stats-reply"
  | "group-desc-request"
  | "group-desc-reply"
  | "group-features-request"
  | "group-features-reply"
> = {
  "group-mod": {
    text: modText,
    refuse: (_m, c) => groupModFault(new Chunk(c.raw()), c.version),
    diagnose: (chunk, c) => groupModFault(chunk, c.version, [], c.log),
    reduce: (chunk, c) => plainGroupMod(chunk, c.version),
  },
  "group-stats-request": { text: (m) => ` group_id=${groupText(m.groupId)}` },
  "group-stats-reply": {
    text: (m, c) => m.groups.map((s) => `\n ${formatGroupStats(s, c)}`).join(""),
    whole: statsText,
  },
  "group-desc-request": { text: (m) => ` group_id=${groupText(m.groupId)}` },
  "group-desc-reply": {
    text: (m, c) => m.groups.map((g) => `\n ${formatGroup(g, c)}`).join(""),
    reduce: (chunk, c) => plainGroupDescs(chunk, groupsAt(c.version), c.version),
    items: {
      field: "groups",
      element: GroupDesc,
      at: groupsAt,
      refuse: (g, c) => refuseGroupDesc(g as GroupDesc, c.version),
      diagnose: (chunk, p, c) => groupDescFault(chunk, p, c.version, [], c.log),
    },
  },
  "group-features-request": { text: () => "" },
  "group-features-reply": { text: featuresText },
};
