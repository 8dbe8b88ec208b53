import type { Version } from "../../../schema/mod.js";
import { BucketNo } from "../../group/bucket.js";
import { GroupModCommand, GroupType } from "../../group/group.js";
import { GroupNo } from "../../group/group-no.js";
import { choice, type ValueKind } from "../action/value-kinds.js";
import { readU32 } from "../parse/c-number.js";
import { refuse } from "../parse/syntax-fault.js";

/** Whether Nicira's messages of OpenFlow 1.0 and those of 1.5, whose form they have, are meant. */
export const isWide = (version: Version): boolean => version === 1 || version === 6;

const TYPES = choice(
  "TYPE",
  { [GroupType.All]: "all", [GroupType.Select]: "select", [GroupType.Indirect]: "indirect", [GroupType.FastFailover]: "ff" },
  () => "unknown",
  { fault: (text) => `invalid group type ${text}` },
);

/** The type of a group by its word, of which fast failover has two. */
export const GROUP_TYPE: ValueKind<number> = {
  ...TYPES,
  read: (text, r) => (text === "fast_failover" ? GroupType.FastFailover : TYPES.read(text, r)),
};

/** What a group-mod does, as it is printed. */
export const COMMANDS: ValueKind<number> = choice(
  "COMMAND",
  {
    [GroupModCommand.Add]: "ADD",
    [GroupModCommand.Modify]: "MOD",
    [GroupModCommand.AddOrModify]: "ADD_OR_MOD",
    [GroupModCommand.Delete]: "DEL",
    [GroupModCommand.InsertBucket]: "INSERT_BUCKET",
    [GroupModCommand.RemoveBucket]: "REMOVE_BUCKET",
  },
  (command) => `cmd:${command}`,
);

/** A number of a kind, of which some are no more than refused. @param what - what the fault calls it */
const bounded = (kind: ValueKind<number>, isGood: (v: number) => boolean, what: string): ValueKind<number> => ({
  ...kind,
  read(text, r) {
    const v = kind.read(text, r);
    return isGood(v) ? v : refuse(`invalid ${what} ${v}`, 0);
  },
});

const BUCKET_WORDS = choice("BUCKET", { [BucketNo.First]: "first", [BucketNo.Last]: "last", [BucketNo.All]: "all" }, String);

const numberOrWord: ValueKind<number> = { ...BUCKET_WORDS, read: (text) => BUCKET_WORDS.find(text) ?? readU32(text) };

/** The number of a bucket in its group. */
export const BUCKET_ID: ValueKind<number> = bounded({ ...BUCKET_WORDS, read: readU32 }, (v) => v <= BucketNo.Max, "bucket_id id");

/** The bucket, or the place, that a command is about. */
export const COMMAND_BUCKET: ValueKind<number> = bounded(
  numberOrWord,
  (v) => v <= BucketNo.Max || v >= BucketNo.First,
  "command bucket id",
);

/** A group that a bucket watches. */
export const WATCH_GROUP: ValueKind<number> = bounded(
  { shown: "GROUP", print: String, read: readU32 },
  (v) => v <= GroupNo.Max,
  "watch_group id",
);

/** The number of a group, which `all` stands for too. */
export const GROUP_ID: ValueKind<number> = bounded(
  { shown: "GROUP", print: String, read: (text) => (text === "all" ? GroupNo.All : readU32(text)) },
  (v) => v <= GroupNo.Max || v === GroupNo.All,
  "group id",
);
