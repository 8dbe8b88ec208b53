import type { Clock } from "../../clock/mod.js";
import { type BucketFacts, checkActions, checkGroup, isCommandBucket } from "../../ofp/check/mod.js";
import {
  type Bucket as BucketMessage,
  BucketNo,
  type GroupMod,
  GroupModCommand,
  GroupNo,
  type GroupProperty,
  PortNo,
} from "../../ofp/mod.js";
import type { Version } from "../../schema/mod.js";
import { compileActions } from "../actions/compile-action.js";
import type { CompilePlace } from "../actions/compile-place.js";
import { usesOf } from "../actions/program.js";
import { RULES } from "../actions/rules.js";
import { type Change, change } from "../work/change.js";
import { Refusal } from "../work/refusal.js";
import { type Bucket, Group, type GroupPlace } from "./group.js";

/** How many groups a switch has at most, and how many buckets a group. */
export const MAX_GROUPS = 65_536;
export const MAX_BUCKETS = 4_096;

/** How deep groups may stand within each other. */
const MAX_CHAIN = 32;

/** A change of a group that was found to be possible. */
export interface GroupPlan extends Change {
  /** The numbers of the groups that go by it: flows that use them go too. */
  readonly gone: readonly number[];
}

/** The groups of a switch by their numbers. OpenFlow 1.3 §5.6, §6.5 */
export class GroupTable {
  readonly #clock: Clock;
  readonly #groups = new Map<number, Group>();
  readonly #place: GroupPlace;

  /** @param isLive - whether a port can send */
  constructor(clock: Clock, isLive: (port: number) => boolean) {
    this.#clock = clock;
    this.#place = { get: (groupId) => this.#groups.get(groupId), isLive, now: () => clock.now() };
  }

  get(groupId: number): Group | undefined {
    return this.#groups.get(groupId);
  }

  has(groupId: number): boolean {
    return this.#groups.has(groupId);
  }

  /** Lowest number first. */
  all(): readonly Group[] {
    return [...this.#groups.values()].sort((a, b) => a.groupId - b.groupId);
  }

  /** The groups that a request means; none where there is no such group, as in Open vSwitch. */
  named(groupId: number): readonly Group[] {
    if (groupId === GroupNo.All) return this.all();
    const group = this.#groups.get(groupId);
    return group === undefined ? [] : [group];
  }

  /** How many buckets hand packets to a group. */
  references(groupId: number): number {
    let count = 0;
    for (const { buckets } of this.#groups.values()) for (const { uses } of buckets) if (uses.groups.has(groupId)) count++;
    return count;
  }

  /**
   * Prepares a change. OpenFlow 1.3 §7.3.4.2, 1.5 §7.3.4.3
   * @param place - what the actions of buckets may refer to
   * @throws Refusal with the OFPGMFC_ or OFPBAC_ error
   */
  plan(m: GroupMod, place: CompilePlace): GroupPlan {
    const { command, groupId, groupType } = m;
    const facts = m.buckets.map(factsOf);
    if (command === GroupModCommand.Delete) return this.#planDelete(groupId);
    const fault = checkGroup(groupType, command, facts);
    if (fault !== undefined) throw Refusal.of(fault, place.version);
    if (groupId > GroupNo.Max) throw new Refusal("OFPGMFC_INVALID_GROUP", `group ${groupId}: a group has a number up to ${GroupNo.Max}`);
    if (!isCommandBucket(command, m.commandBucketId)) throw new Refusal("OFPGMFC_BAD_BUCKET", `bucket ${m.commandBucketId}`);
    const old = this.#groups.get(groupId);
    switch (command) {
      case GroupModCommand.Add:
        if (old !== undefined) throw new Refusal("OFPGMFC_GROUP_EXISTS", `there is a group ${groupId} already`);
        return this.#planPut(m, m.buckets, undefined, place);
      case GroupModCommand.AddOrModify:
        return this.#planPut(m, m.buckets, old, place);
      case GroupModCommand.Modify:
        return this.#planPut(m, m.buckets, this.#known(groupId), place);
      case GroupModCommand.InsertBucket:
        return this.#planInsert(m, this.#known(groupId), place);
      default:
        return this.#planRemove(m, this.#known(groupId), place);
    }
  }

  #known(groupId: number): Group {
    const group = this.#groups.get(groupId);
    if (group === undefined) throw new Refusal("OFPGMFC_UNKNOWN_GROUP", `there is no group ${groupId}`);
    return group;
  }

  #planDelete(groupId: number): GroupPlan {
    const gone = groupId === GroupNo.All ? [...this.#groups.keys()] : this.#groups.has(groupId) ? [groupId] : [];
    // as Open vSwitch: the groups that hand packets to one that goes, go on without
    return {
      gone,
      ...change(
        this.#groups,
        gone.map((id) => [id, undefined]),
      ),
    };
  }

  /** @param old - the group that it replaces */
  #planPut(
    m: Pick<GroupMod, "groupId" | "groupType" | "properties">,
    given: readonly BucketMessage[],
    old: Group | undefined,
    place: CompilePlace,
  ): GroupPlan {
    if (old === undefined && this.#groups.size >= MAX_GROUPS)
      throw new Refusal("OFPGMFC_OUT_OF_GROUPS", `there are ${MAX_GROUPS} groups already`);
    const group = this.#make(m.groupId, m.groupType, given, m.properties, old, place);
    return { gone: [], ...change(this.#groups, [[m.groupId, group]]) };
  }

  #make(
    groupId: number,
    type: number,
    given: readonly BucketMessage[],
    properties: readonly GroupProperty[],
    old: Group | undefined,
    place: CompilePlace,
  ): Group {
    if (given.length > MAX_BUCKETS) throw new Refusal("OFPGMFC_OUT_OF_BUCKETS", `${given.length} buckets, of which ${MAX_BUCKETS} may be`);
    const buckets = numbered(given).map((message) => this.#bucket(message, place));
    for (const { uses } of buckets) for (const id of uses.groups) this.#refuseLoop(id, groupId, 0);
    const made = new Group({ groupId, type, buckets, properties, created: old?.created ?? this.#clock.now() }, this.#place);
    if (old !== undefined) {
      made.packets = old.packets;
      made.bytes = old.bytes;
    }
    return made;
  }

  #bucket(message: BucketMessage, place: CompilePlace): Bucket {
    const fault = checkActions(message.actions, place.version, RULES);
    if (fault !== undefined) throw Refusal.of(fault, place.version);
    return { message, actions: compileActions(message.actions, place), uses: usesOf(message.actions), packets: 0, bytes: 0 };
  }

  /** OpenFlow 1.3 §6.5: a group that would hand packets to itself */
  #refuseLoop(from: number, to: number, depth: number): void {
    if (from === to || depth > MAX_CHAIN) throw new Refusal("OFPGMFC_LOOP", `group ${to} would hand packets to itself`);
    for (const { uses } of this.#groups.get(from)?.buckets ?? []) for (const id of uses.groups) this.#refuseLoop(id, to, depth + 1);
  }

  #planInsert(m: GroupMod, old: Group, place: CompilePlace): GroupPlan {
    const there = old.buckets.map((b) => b.message);
    if (m.buckets.some(({ bucketId }) => there.some((b) => b.bucketId === bucketId)))
      throw new Refusal("OFPGMFC_BUCKET_EXISTS", "a bucket with this number is there already");
    const id = m.commandBucketId;
    const at = id === BucketNo.First ? 0 : id === BucketNo.Last ? there.length : 1 + indexOfBucket(there, id);
    return this.#planPut(
      { ...old, groupId: m.groupId, groupType: old.type },
      [...there.slice(0, at), ...m.buckets, ...there.slice(at)],
      old,
      place,
    );
  }

  #planRemove(m: GroupMod, old: Group, place: CompilePlace): GroupPlan {
    const there = old.buckets.map((b) => b.message);
    const id = m.commandBucketId;
    const left =
      id === BucketNo.All
        ? []
        : id === BucketNo.First
          ? there.slice(1)
          : id === BucketNo.Last
            ? there.slice(0, -1)
            : there.toSpliced(indexOfBucket(there, id), 1);
    return this.#planPut({ ...old, groupId: m.groupId, groupType: old.type }, left, old, place);
  }
}

const factsOf = ({ weight, watchPort, watchGroup }: BucketMessage): BucketFacts => ({
  weight,
  live: watchPort !== PortNo.Any || watchGroup !== GroupNo.Any,
});

function indexOfBucket(buckets: readonly BucketMessage[], id: number): number {
  const at = buckets.findIndex((b) => b.bucketId === id);
  if (at < 0) throw new Refusal("OFPGMFC_UNKNOWN_BUCKET", `there is no bucket ${id}`);
  return at;
}

/** Buckets with numbers: where a version has none, all are 0, and they are counted through. */
function numbered(buckets: readonly BucketMessage[]): readonly BucketMessage[] {
  const given = new Set(buckets.map((b) => b.bucketId));
  if (given.size === buckets.length) return buckets;
  if (given.size > 1 || !given.has(0)) throw new Refusal("OFPGMFC_BUCKET_EXISTS", "two buckets have the same number");
  return buckets.map((b, i) => Object.assign(Object.create(Object.getPrototypeOf(b)) as BucketMessage, b, { bucketId: i }));
}

/** The version whose group messages have numbers of buckets. */
export const hasBucketNumbers = (version: Version): boolean => version === 1 || version === 6;
