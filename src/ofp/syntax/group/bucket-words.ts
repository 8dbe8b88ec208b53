import type { Version } from "../../../schema/mod.js";
import { type Bucket, BucketWeight } from "../../group/bucket.js";
import { GroupType } from "../../group/group.js";
import { GroupNo } from "../../group/group-no.js";
import { PortNo } from "../../port/port-no.js";
import { uint16, type ValueKind } from "../action/value-kinds.js";
import type { TextOptions } from "../options.js";
import { readPort } from "../parse/name.js";
import { ANY_PROTOCOL, WITH_BUCKET_IDS } from "../parse/protocols.js";
import { refuse } from "../parse/syntax-fault.js";
import { portText } from "../words.js";
import { BUCKET_ID, isWide, WATCH_GROUP } from "./group-words.js";

/** The fields of a bucket that text gives by keys. */
export type BucketFields = { -readonly [K in "bucketId" | "weight" | "watchPort" | "watchGroup"]: Bucket[K] };

/** Whose bucket is printed. */
export interface BucketOf extends TextOptions {
  readonly version: Version;
  /** The type of its group. */
  readonly groupType: number;
}

/** A key of a bucket: a row by which it is printed and read. */
interface BucketKey {
  readonly key: string;
  readonly member: keyof BucketFields;
  readonly kind: ValueKind<number>;
  /** The value that is printed; undefined where it goes without saying. */
  shown(b: Bucket, of: BucketOf): number | undefined;
  /** The protocols whose buckets have it. */
  readonly protocols: number;
}

/** The weight of a bucket in a group of this type that gives none. */
export const usualWeight = (groupType: number): number => (groupType === GroupType.Select ? 1 : 0);

/** The weight of a bucket; one of a group of type select that does not have it has 1 where weights are properties. */
function weightOf(b: Bucket, { groupType, version }: BucketOf): number {
  const silent = b.weight === 0 && !b.properties.some((p) => BucketWeight.is(p));
  return silent && isWide(version) ? usualWeight(groupType) : b.weight;
}

const unless = (v: number, usual: number): number | undefined => (v === usual ? undefined : v);

/** A port that may be watched. */
const WATCH_PORT: ValueKind<number> = {
  shown: "PORT",
  print: portText,
  read(text, r) {
    const port = readPort(text, r);
    const good = port !== undefined && (port < PortNo.Max || port === PortNo.Any || port === PortNo.Controller);
    return good ? port : refuse(`${text}: invalid watch_port`, 0);
  },
};

/** The keys of a bucket, in the order in which they are printed. */
export const BUCKET_KEYS: readonly BucketKey[] = [
  {
    key: "bucket_id",
    member: "bucketId",
    kind: BUCKET_ID,
    shown: ({ bucketId }, { version }) => (isWide(version) ? bucketId : undefined),
    protocols: WITH_BUCKET_IDS,
  },
  {
    key: "weight",
    member: "weight",
    kind: uint16("weight"),
    shown: (b, of) => unless(weightOf(b, of), usualWeight(of.groupType)),
    protocols: ANY_PROTOCOL,
  },
  {
    key: "watch_port",
    member: "watchPort",
    kind: WATCH_PORT,
    shown: ({ watchPort }) => unless(watchPort, PortNo.Any),
    protocols: ANY_PROTOCOL,
  },
  {
    key: "watch_group",
    member: "watchGroup",
    kind: WATCH_GROUP,
    shown: ({ watchGroup }) => unless(watchGroup, GroupNo.Any),
    protocols: ANY_PROTOCOL,
  },
];
