import { encodedLength } from "../../../bytes/mod.js";
import { checkOptions, type OptionTable } from "../../../errors/mod.js";
import type { Version } from "../../../schema/mod.js";
import { BucketNo } from "../../group/bucket.js";
import { GroupMod, GroupModCommand, GroupType } from "../../group/group.js";
import { GroupNo } from "../../group/group-no.js";
import { GroupDesc } from "../../group/group-stats.js";
import { readU64 } from "../parse/c-number.js";
import { commandWord } from "../parse/command-word.js";
import { LINE_OPTIONS, type LineOptions, readLines } from "../parse/lines.js";
import type { SyntaxOptions } from "../parse/options.js";
import { SYNTAX_OPTIONS } from "../parse/options.js";
import { Pairs } from "../parse/pairs.js";
import { ANY_PROTOCOL, chooseProtocol, WITH_BUCKET_IDS } from "../parse/protocols.js";
import type { ActionReading } from "../parse/reading.js";
import { REPLY_HEADER } from "../parse/reply-header.js";
import { inWhole, refuse, refuseName } from "../parse/syntax-fault.js";
import { COMMAND_BUCKET, GROUP_ID, GROUP_TYPE, isWide } from "./group-words.js";
import { type BucketText, bucketsOf, readBucket } from "./parse-bucket.js";
import { NO_FIELDS, readSelectedFields, type SelectedFields, selectionMethod } from "./selection.js";

/** What the text of a group is for: a command, or whatever its first word names (`any`), which is to add where it names none. */
export type GroupTextCommand = "add" | "modify" | "add_or_mod" | "delete" | "insert_bucket" | "remove_bucket" | "any";

/** How the text of a group is read. */
export interface GroupTextOptions extends SyntaxOptions {
  /** `add` unless given. */
  readonly command?: GroupTextCommand | undefined;
}

/** What {@link GroupTextOptions} has, for its check. */
export const GROUP_TEXT_OPTIONS: OptionTable<GroupTextOptions> = {
  ...SYNTAX_OPTIONS,
  command: ["add", "modify", "delete", "any", "add_or_mod", "insert_bucket", "remove_bucket"],
};

const { Add, Modify, AddOrModify, Delete, InsertBucket, RemoveBucket } = GroupModCommand;

/** What each command takes besides the number of a group. */
interface Takes {
  readonly command: number;
  /** A type, and how a bucket is selected. */
  readonly type: boolean;
  readonly buckets: boolean;
  /** The number of a bucket, which must be given unless all of them may be meant. */
  readonly bucketId: "no" | "one" | "all";
  /** What `ovs-ofctl` calls the command. */
  readonly name: string;
}

const sets = (command: number, name: string): Takes => ({ command, type: true, buckets: true, bucketId: "no", name });

const TAKES: Readonly<Record<Exclude<GroupTextCommand, "any">, Takes>> = {
  add: sets(Add, "add-group"),
  modify: sets(Modify, "mod-group"),
  add_or_mod: sets(AddOrModify, "mod-group"),
  delete: { command: Delete, type: false, buckets: false, bucketId: "no", name: "del-group" },
  insert_bucket: { command: InsertBucket, type: false, buckets: true, bucketId: "one", name: "insert-bucket" },
  remove_bucket: { command: RemoveBucket, type: false, buckets: false, bucketId: "all", name: "remove-bucket" },
};

const WORDS = ["add", "delete", "modify", "add_or_mod", "insert_bucket", "remove_bucket"] as const;

/** The keys of a group, for hints. */
const KEYS = ["group_id", "type", "bucket", "command_bucket_id", "selection_method", "selection_method_param", "fields"];

/** What the buckets of a text begin with, wherever it stands. */
const BUCKET = "bucket=";
/** The longest name of a selection method, in bytes. */
const LONGEST_METHOD = 15;

/** A group, or a change of its buckets, as its text has it, before it is known in which version it will be sent. */
export class GroupText {
  /** What is to be done: one of `GroupModCommand`. */
  readonly command: number;
  /** The protocols that can have the group: see `Protocol`. */
  get protocols(): number {
    return this.#reading.protocols;
  }
  groupId: number = GroupNo.Any;
  groupType: number = GroupType.All;
  /** Where buckets are inserted, or which are removed. */
  commandBucketId: number = BucketNo.All;
  readonly #takes: Takes;
  readonly #reading: ActionReading;
  #hasType = false;
  #hasBucketId = false;
  #method = "";
  #param = 0n;
  #fields: SelectedFields = NO_FIELDS;
  readonly #buckets: BucketText[] = [];

  /** Reads a group. Throws {@link SyntaxFault}. */
  constructor(text: string, o: GroupTextOptions = {}) {
    checkOptions("GroupText", o, GROUP_TEXT_OPTIONS);
    let start = 0;
    let takes = TAKES.add;
    if (o.command === "any") {
      const { word, at } = commandWord(text, 0, WORDS);
      takes = TAKES[word ?? "add"];
      start = at;
    } else if (o.command !== undefined) takes = TAKES[o.command];
    this.command = takes.command;
    this.#takes = takes;
    this.#reading = { ports: o.ports, tables: o.tables, protocols: takes.bucketId === "no" ? ANY_PROTOCOL : WITH_BUCKET_IDS };
    if (takes.command === Delete && start === text.length) {
      this.groupId = GroupNo.All;
      return;
    }
    const buckets = text.indexOf(BUCKET, start);
    if (buckets >= 0 && !takes.buckets) refuse("bucket is not needed", buckets);
    const pairs = new Pairs(text, start, buckets < 0 ? text.length : buckets);
    try {
      while (pairs.next()) this.#take(pairs.key, pairs.value);
    } catch (e) {
      throw inWhole(e, pairs.at, pairs.valueAt);
    }
    this.#finish();
    if (buckets >= 0) this.#takeBuckets(text, buckets);
  }

  #take(key: string, value: string): void {
    const typed = (what: string): void => (this.#takes.type ? undefined : refuse(what));
    switch (key) {
      case "command_bucket_id":
        if (this.#takes.bucketId === "no") refuse("command bucket id is not needed");
        this.commandBucketId = COMMAND_BUCKET.read(value, this.#reading);
        if (this.commandBucketId === BucketNo.All && this.#takes.bucketId !== "all") refuse("command_bucket_id=all is not permitted", 0);
        this.#hasBucketId = true;
        return;
      case "group_id":
        this.groupId = GROUP_ID.read(value, this.#reading);
        return;
      case "type":
        typed("type is not needed");
        this.groupType = GROUP_TYPE.read(value, this.#reading);
        this.#hasType = true;
        return;
      case "selection_method":
        typed("selection method is not needed");
        if (encodedLength(value) > LONGEST_METHOD) refuse(`selection method is longer than ${LONGEST_METHOD} bytes long`, 0);
        this.#method = value;
        break;
      case "selection_method_param":
        typed("selection method param is not needed");
        this.#param = readU64(value);
        break;
      case "fields":
        typed("fields are not needed");
        this.#fields = readSelectedFields(value, this.#reading, this.#fields);
        this.#reading.protocols &= this.#fields.protocols;
        break;
      default:
        refuseName(`unknown keyword ${key}`, key, KEYS);
    }
    this.#reading.protocols &= WITH_BUCKET_IDS;
  }

  #finish(): void {
    const { type, bucketId } = this.#takes;
    if (this.groupId === GroupNo.Any) refuse("must specify a group_id");
    if (type && !this.#hasType) refuse("must specify a type");
    if (this.#method !== "hash" && this.#fields.fields.length > 0) refuse('fields may only be specified with "selection_method=hash"');
    if (this.#method === "" && this.#param !== 0n) refuse('selection_method_param is only allowed with "selection_method"');
    if (bucketId === "one" && !this.#hasBucketId) refuse("must specify a command bucket id");
  }

  #takeBuckets(text: string, first: number): void {
    const free = this.command === InsertBucket || this.groupType === GroupType.Select;
    for (let at = first; at >= 0; ) {
      const start = at + BUCKET.length;
      const next = text.indexOf(BUCKET, start);
      const bucket = readBucket(text, start, next < 0 ? text.length : next, this.groupType, this.#reading);
      this.#buckets.push(bucket);
      if (!free && bucket.weight !== 0) refuse("Only select groups can have bucket weights.", start);
      at = next;
    }
    if (this.groupType === GroupType.Indirect && this.#buckets.length > 1) refuse("Indirect groups can have at most one bucket.", first);
  }

  /** What a version says of the group itself. */
  #described(version: Version) {
    const { groupId, groupType } = this;
    const selects = isWide(version) && this.#method !== "";
    const properties = selects ? [selectionMethod(this.#method, this.#param, this.#fields, version)] : [];
    return { groupId, groupType, buckets: bucketsOf(this.#buckets, groupType, version), properties };
  }

  /**
   * The group-mod by which a version says it. Between OpenFlow 1.1 and 1.4 how a bucket is selected is left out, as Open vSwitch does.
   * @throws SyntaxFault where the version has no such command
   */
  mod(version: Version): GroupMod {
    const { command, commandBucketId } = this;
    const { name, bucketId } = this.#takes;
    if (!isWide(version) && bucketId !== "no") refuse(`${name} needs OpenFlow 1.5 or later ('-O OpenFlow15')`);
    return GroupMod.of({ command, commandBucketId, ...this.#described(version) });
  }

  /** The group as a version's switch describes it. */
  desc(version: Version): GroupDesc {
    return GroupDesc.of(this.#described(version));
  }
}

/** How a group is read for one version. */
export interface GroupSyntaxOptions extends GroupTextOptions {
  /** 4 (OpenFlow 1.3) unless given. */
  readonly version?: Version | undefined;
}

/** What {@link GroupSyntaxOptions} has, for its check. */
export const GROUP_SYNTAX_OPTIONS: OptionTable<GroupSyntaxOptions> = { ...GROUP_TEXT_OPTIONS, version: "number" };

/**
 * The group-mod that a text such as `group_id=1,type=select,bucket=weight:2,output:1,bucket=output:2` stands for, in the words of `ovs-ofctl` (its section Group Syntax). In OpenFlow 1.0 it is
 * Nicira's. With the command `delete` an empty text stands for all groups.
 * @throws SyntaxFault `ERR_SYNTAX` with the words of `ovs-ofctl`
 */
export function parseGroup(text: string, o: GroupSyntaxOptions = {}): GroupMod {
  checkOptions("parseGroup", o, GROUP_SYNTAX_OPTIONS);
  const version = o.version ?? 4;
  const group = new GroupText(text, o);
  chooseProtocol(group.protocols, version);
  return group.mod(version);
}

/** How a file of groups is read. */
export interface GroupsSyntaxOptions extends GroupSyntaxOptions, LineOptions {}

/** What {@link GroupsSyntaxOptions} has, for its check. */
export const GROUPS_SYNTAX_OPTIONS: OptionTable<GroupsSyntaxOptions> = { ...LINE_OPTIONS, ...GROUP_SYNTAX_OPTIONS, file: "string" };

/**
 * The group-mods that the lines of a text stand for, as `ovs-ofctl add-groups` reads a file. A line begins with the word of its command, `add` if it has none, unless the options give one for all.
 * @throws SyntaxFault `ERR_SYNTAX` with the words of `ovs-ofctl`: the file, the line and what is wrong
 */
export function parseGroups(text: string, o: GroupsSyntaxOptions = {}): GroupMod[] {
  checkOptions("parseGroups", o, GROUPS_SYNTAX_OPTIONS);
  const version = o.version ?? 4;
  const groups = readLines(text, o, (line) => new GroupText(line, { ...o, command: o.command ?? "any" }));
  chooseProtocol(
    groups.reduce((all, group) => all & group.protocols, ANY_PROTOCOL),
    version,
  );
  return groups.map((group) => group.mod(version));
}

/**
 * The groups that a page of `ovs-ofctl dump-groups` describes, a line each; the lines with which it begins are passed over.
 * @throws SyntaxFault `ERR_SYNTAX`: the line and what is wrong
 */
export function parseGroupDescs(text: string, o: GroupsSyntaxOptions = {}): GroupDesc[] {
  checkOptions("parseGroupDescs", o, GROUPS_SYNTAX_OPTIONS);
  const read = (line: string): GroupDesc[] =>
    REPLY_HEADER.test(line) ? [] : [new GroupText(line, { ports: o.ports, tables: o.tables }).desc(o.version ?? 4)];
  return readLines(text, o, read).flat();
}
