import { BucketNo } from "../group/bucket.js";
import { GroupModCommand, GroupType } from "../group/group.js";
import { Fault } from "./fault.js";

/** What the checks of a whole group look at in one of its buckets. */
export interface BucketFacts {
  /** Its share of the packets in a group of the type select; 0 where none is given. */
  readonly weight: number;
  /** Whether it watches a port or a group. */
  readonly live: boolean;
}

const COMMANDS: readonly number[] = Object.values(GroupModCommand);
const BAD_BUCKET = "OFPGMFC_BAD_BUCKET";

/**
 * Why a group is refused as a whole; undefined for a good one. OpenFlow 1.3 §5.6.1, §6.5, 1.5 §7.3.4.3
 * @param type - of `GroupType`
 * @param command - of `GroupModCommand`: what is to be done with the buckets
 */
export function checkGroup(type: number, command: number, buckets: readonly BucketFacts[]): Fault | undefined {
  if (type > GroupType.FastFailover) return new Fault("OFPGMFC_BAD_TYPE");
  if (type === GroupType.Indirect && command !== GroupModCommand.Delete && buckets.length !== 1) return new Fault("OFPGMFC_INVALID_GROUP");
  if (!COMMANDS.includes(command)) return new Fault("OFPGMFC_BAD_COMMAND");
  if (command === GroupModCommand.RemoveBucket && buckets.length > 0) return new Fault(BAD_BUCKET);
  for (const { weight, live } of buckets) {
    if (weight !== 0 && type !== GroupType.Select && command !== GroupModCommand.InsertBucket) return new Fault("OFPGMFC_INVALID_GROUP");
    if (type === GroupType.FastFailover && !live) return new Fault("OFPGMFC_INVALID_GROUP");
    if ((type === GroupType.All || type === GroupType.Indirect) && live) return new Fault("OFPGMFC_WATCH_UNSUPPORTED");
  }
  return undefined;
}

/** Whether a command may name a bucket, by its number or one of `BucketNo`. OpenFlow 1.5 §7.3.4.3 */
export function isCommandBucket(command: number, id: number): boolean {
  const some = id <= BucketNo.Max || id === BucketNo.First || id === BucketNo.Last;
  if (command === GroupModCommand.InsertBucket) return some;
  return id === BucketNo.All || (command === GroupModCommand.RemoveBucket && some);
}
