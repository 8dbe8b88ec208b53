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
import { inWhole, refuse, SyntaxFault } from "../parse/syntax-fault.js";
import { BUCKET_KEYS, type BucketFields, usualWeight } from "./bucket-words.js";
import { isWide } from "./group-words.js";

/** A bucket as its text has it. */
export interface BucketText extends Readonly<BucketFields> {
  readonly acts: readonly Act[];
}

const KEYS: ReadonlyMap<string, (typeof BUCKET_KEYS)[number]> = new Map(BUCKET_KEYS.map((row) => [row.key, row]));

/** The actions of a bucket as one text, as Open vSwitch puts it together of the keys that are none of a bucket's, and where its pieces stand in the text that was given. */
class ActionsText {
  text = "";
  readonly #pieces: { readonly from: number; readonly key: number; readonly at: number; readonly valueAt: number; readonly end: number }[] =
    [];

  get isEmpty(): boolean {
    return this.#pieces.length === 0;
  }

  add({ key, value, at, valueAt }: Pairs): void {
    if (!this.isEmpty) this.text += ",";
    const isList = /^actions?$/i.test(key);
    this.#pieces.push({ from: this.text.length, key: isList ? -1 : key.length, at, valueAt, end: valueAt + value.length });
    this.text += isList ? value : `${key}(${value})`;
  }

  /** The place in the given text of one in this text. */
  placeOf(offset: number): number {
    const { from, key, at, valueAt, end } = this.#pieces.findLast((piece) => piece.from <= offset)!;
    const within = offset - from;
    return within <= key ? at + within : Math.min(valueAt + within - key - 1, end);
  }
}

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
  const actions = new ActionsText();
  const pairs = new Pairs(text, start, end);
  try {
    while (pairs.next()) {
      const row = KEYS.get(pairs.key.toLowerCase());
      if (row === undefined) {
        actions.add(pairs);
        continue;
      }
      reading.protocols &= row.protocols;
      bucket[row.member] = row.kind.read(pairs.value, reading);
    }
  } catch (e) {
    throw inWhole(e, pairs.at, pairs.valueAt);
  }
  if (actions.isEmpty) refuse("bucket must specify actions", start);
  if (groupType === GroupType.FastFailover && bucket.watchPort === PortNo.Any && bucket.watchGroup === GroupNo.Any)
    refuse("fast failover bucket requires watch_port or watch_group", start);
  try {
    return { ...bucket, acts: readActs(actions.text, reading, false) };
  } catch (e) {
    const offset = e instanceof SyntaxFault ? e.offset : -1;
    throw inWhole(e, start, offset < 0 ? start : actions.placeOf(offset) - offset);
  }
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
