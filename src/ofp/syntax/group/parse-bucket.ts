import { type Version, versionName } from "../../../schema/mod.js";
import { Bucket, BucketNo, BucketWeight } from "../../group/bucket.js";
import { GroupType } from "../../group/group.js";
import { GroupNo } from "../../group/group-no.js";
import { PortNo } from "../../port/port-no.js";
import { type Act, Rank } from "../action/act.js";
import { readActs } from "../action/action-list.js";
import { actionsOfActs } from "../action/acts-of-version.js";
import { Pairs } from "../parse/pairs.js";
import type { ActionReading } from "../parse/reading.js";
import { inWhole, readAt, refuse } from "../parse/syntax-fault.js";
import { BUCKET_KEYS, type BucketFields, usualWeight } from "./bucket-words.js";
import { isWide } from "./group-words.js";

/** A bucket as its text has it. */
export interface BucketText extends Readonly<BucketFields> {
  readonly acts: readonly Act[];
}

const KEYS: ReadonlyMap<string, (typeof BUCKET_KEYS)[number]> = new Map(BUCKET_KEYS.map((row) => [row.key, row]));

/** What keys that are none of a bucket's add to the text of its actions. */
const actionText = (key: string, value: string): string => (/^actions?$/i.test(key) ? value : `${key}(${value})`);

/**
 * Reads what stands behind `bucket=`, from `start` up to `end`, as Open vSwitch's parse_bucket_str does: what is no key of a bucket is an action. The protocols that can have the bucket
 * are left in `reading`; those of its actions replace all that were there before. Throws SyntaxFault.
 */
export function readBucket(text: string, start: number, end: number, groupType: number, reading: ActionReading): BucketText {
  const bucket: BucketFields = {
    bucketId: BucketNo.All,
    weight: usualWeight(groupType),
    watchPort: PortNo.Any,
    watchGroup: GroupNo.Any,
  };
  const actions: string[] = [];
  const pairs = new Pairs(text, start, end);
  try {
    while (pairs.next()) {
      const row = KEYS.get(pairs.key.toLowerCase());
      if (row === undefined) {
        actions.push(actionText(pairs.key, pairs.value));
        continue;
      }
      reading.protocols &= row.protocols;
      bucket[row.member] = row.kind.read(pairs.value, reading);
    }
  } catch (e) {
    throw inWhole(e, pairs.at, pairs.valueAt);
  }
  if (actions.length === 0) refuse("bucket must specify actions", start);
  if (groupType === GroupType.FastFailover && bucket.watchPort === PortNo.Any && bucket.watchGroup === GroupNo.Any)
    refuse("fast failover bucket requires watch_port or watch_group", start);
  const acts = readAt(start, () => readActs(actions.join(","), reading, false), false);
  return { ...bucket, acts };
}

/** The version in which a meter is an action. */
const WITH_METER = 6;

/** The buckets of a version, those without a number numbered as Open vSwitch does: by the lowest ones that none of those behind the first of them has. Throws SyntaxFault where it does not have an action. */
export function bucketsOf(texts: readonly BucketText[], groupType: number, version: Version): Bucket[] {
  const wide = isWide(version);
  let ids: Set<number> | undefined;
  let next = 0;
  return texts.map((b, i) => {
    let { bucketId } = b;
    if (bucketId > BucketNo.Max) {
      ids ??= new Set(texts.slice(i + 1).map((x) => x.bucketId));
      while (ids.has(next)) next++;
      bucketId = next++;
    }
    // Open vSwitch sends an instruction in its place, which no switch takes for an action
    if (version < WITH_METER && b.acts.some(({ rank }) => rank === Rank.meter))
      refuse(`OpenFlow ${versionName(version)} has no action meter: use OpenFlow ${versionName(WITH_METER)}`);
    return Bucket.of({
      bucketId: wide ? bucketId : 0,
      weight: b.weight,
      watchPort: b.watchPort,
      watchGroup: b.watchGroup,
      actions: actionsOfActs(b.acts, version),
      properties: wide && groupType === GroupType.Select && b.weight === 0 ? [BucketWeight.of({ weight: 0 })] : [],
    });
  });
}
