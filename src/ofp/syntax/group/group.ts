import { Chunk } from "../../../bytes/mod.js";
import type { Version } from "../../../schema/mod.js";
import { type Bucket, BucketNo, BucketWeight } from "../../group/bucket.js";
import { type GroupMod, GroupModCommand, GroupType } from "../../group/group.js";
import { GroupNo } from "../../group/group-no.js";
import { type GroupProperty, SelectionMethod, SelectionMethodOld } from "../../group/group-property.js";
import { GroupDesc, type GroupFeaturesReply, GroupStats } from "../../group/group-stats.js";
import { PortNo } from "../../port/port-no.js";
import { actionNames } from "../action/action-names.js";
import { formatActions } from "../action/actions.js";
import { fieldMasks } from "../match/field-masks.js";
import { type Context, type TextOptions, versionOf } from "../options.js";
import { type Printers, statsBody } from "../printer.js";
import { duration, hex, portText } from "../words.js";
import { groupDescFault, groupModFault, isWide, plainGroupDescs, plainGroupMod, refuseGroupDesc } from "./diagnose-group.js";

const TYPE_WORDS = ["all", "select", "indirect", "ff"] as const;

const COMMAND_WORDS: Readonly<Record<number, string>> = {
  [GroupModCommand.Add]: "ADD",
  [GroupModCommand.Modify]: "MOD",
  [GroupModCommand.AddOrModify]: "ADD_OR_MOD",
  [GroupModCommand.Delete]: "DEL",
  [GroupModCommand.InsertBucket]: "INSERT_BUCKET",
  [GroupModCommand.RemoveBucket]: "REMOVE_BUCKET",
};

const BUCKET_WORDS: Readonly<Record<number, string>> = { [BucketNo.First]: "first", [BucketNo.Last]: "last", [BucketNo.All]: "all" };

const NO_COUNT = 0xffffffffffffffffn;

/** A group: its number, or a word for all or any. */
export const groupText = (group: number): string => (group === GroupNo.All ? "ALL" : group === GroupNo.Any ? "ANY" : String(group));

const bucketId = (label: string, id: number, version: Version): string => (isWide(version) ? `${label}:${BUCKET_WORDS[id] ?? id},` : "");

/** The weight of a bucket; one of a group of type select that does not say it has 1 where weights are properties. */
function weightOf(b: Bucket, type: number, version: Version): number {
  const silent = b.weight === 0 && !b.properties.some((p) => BucketWeight.is(p));
  return silent && isWide(version) && type === GroupType.Select ? 1 : b.weight;
}

/** The text of a bucket, such as `bucket=weight:2,actions=output:1`. */
export function formatBucket(b: Bucket, type: number, o: TextOptions = {}): string {
  const version = versionOf(o);
  let text = `bucket=${bucketId("bucket_id", b.bucketId, version)}`;
  const weight = weightOf(b, type, version);
  if (weight !== (type === GroupType.Select ? 1 : 0)) text += `weight:${weight},`;
  const { watchPort, watchGroup } = b;
  if (watchPort !== PortNo.Any) text += `watch_port:${portText(watchPort, o)},`;
  if (watchGroup !== GroupNo.Any) text += `watch_group:${watchGroup},`;
  return `${text}actions=${formatActions(b.actions, o)}`;
}

function methodText(properties: readonly GroupProperty[], version: Version): string {
  const found = properties.filter((p) => SelectionMethod.is(p) || SelectionMethodOld.is(p)) as readonly SelectionMethod[];
  const last = found.at(-1);
  if (last === undefined || last.method === "") return "";
  let text = `,selection_method=${last.method}`;
  if (last.param !== 0n) text += `,selection_method_param=${last.param}`;
  const masks = fieldMasks(last.fields, version);
  if (masks.length === 1) text += `,fields=${masks[0]}`;
  else if (masks.length > 1) text += `,fields(${masks.join(",")})`;
  return text;
}

/** What a group is made of, as `ovs-ofctl dump-groups` has it: `group_id=1,type=all,bucket=actions=output:1`. */
export function formatGroup(
  g: Pick<GroupDesc, "groupId" | "groupType" | "buckets" | "properties">,
  o: TextOptions = {},
  withType = true,
): string {
  const type = withType ? `,type=${TYPE_WORDS[g.groupType] ?? "unknown"}` : "";
  const buckets = g.buckets.map((b) => formatBucket(b, g.groupType, o)).join(",");
  // Open vSwitch takes one comma off the end, which without buckets is the one before them
  return `group_id=${g.groupId}${type}${methodText(g.properties, versionOf(o))}${buckets === "" ? "" : `,${buckets}`}`;
}

function modText(m: GroupMod, c: Context): string {
  const ofBucket = m.command === GroupModCommand.InsertBucket || m.command === GroupModCommand.RemoveBucket;
  const told = ofBucket ? bucketId("command_bucket_id", m.commandBucketId, c.version) : "";
  return `\n ${COMMAND_WORDS[m.command] ?? `cmd:${m.command}`} ${told}${formatGroup(m, c, !ofBucket)}`;
}

/** The counters of a group as `ovs-ofctl dump-group-stats` has them. */
export function formatGroupStats(s: GroupStats, o: TextOptions = {}): string {
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
    diagnose: (chunk, c) => groupModFault(chunk, c.version),
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
      diagnose: (chunk, p, c) => groupDescFault(chunk, p, c.version),
    },
  },
  "group-features-request": { text: () => "" },
  "group-features-reply": { text: featuresText },
};
