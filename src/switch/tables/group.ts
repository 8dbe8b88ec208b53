import { type Bucket as BucketMessage, GroupNo, type GroupProperty, GroupType, HashFields, PortNo } from "../../ofp/mod.js";
import type { Compiled, Uses, Way } from "../actions/program.js";
import { finish, hashOf, hashOfFields, mix } from "../packet/hash.js";
import { type Place, placeOf } from "../packet/places.js";

/** A bucket of a group, ready. */
export interface Bucket {
  /** As it was given. */
  readonly message: BucketMessage;
  readonly actions: readonly Compiled[];
  readonly uses: Uses;
  packets: number;
  bytes: number;
}

/** What groups ask of the switch that they are of. */
export interface GroupPlace {
  get(groupId: number): Group | undefined;
  /** Whether a port can send. */
  isLive(port: number): boolean;
  now(): number;
}

/** How a group of type select finds the bucket of a packet. */
interface Selection {
  readonly basis: number;
  /** None for the addresses and ports of the packet. */
  readonly fields: readonly { readonly place: Place; readonly mask: bigint }[] | undefined;
}

function selectionOf(properties: readonly GroupProperty[]): Selection {
  for (const p of properties) {
    if (p.type !== "selection-method" && p.type !== "selection-method-old") continue;
    const basis = Number(p.param & 0xffffffffn);
    if (p.method !== "hash" || p.fields.isEmpty) return { basis, fields: undefined };
    const fields = p.fields.entries.flatMap(({ field, value }) => {
      const place = field === undefined ? undefined : placeOf(field);
      return place === undefined || value instanceof Uint8Array ? [] : [{ place, mask: BigInt(value) }];
    });
    return { basis, fields };
  }
  return { basis: 0, fields: undefined };
}

/** How deep liveness is looked for through groups that watch groups. */
const MAX_WATCHED = 16;

/** A group: what is done with a packet by some of its buckets. OpenFlow 1.3 §5.6 */
export class Group {
  readonly groupId: number;
  readonly type: number;
  readonly buckets: readonly Bucket[];
  readonly properties: readonly GroupProperty[];
  /** When it was added, in the clock's milliseconds. */
  readonly created: number;
  packets = 0;
  bytes = 0;
  readonly #place: GroupPlace;
  readonly #selection: Selection;

  constructor(init: Pick<Group, "groupId" | "type" | "buckets" | "properties" | "created">, place: GroupPlace) {
    this.groupId = init.groupId;
    this.type = init.type;
    this.buckets = init.buckets;
    this.properties = init.properties;
    this.created = init.created;
    this.#place = place;
    this.#selection = selectionOf(init.properties);
  }

  /** Does with a packet what its type says. */
  execute(x: Way): void {
    this.packets++;
    this.bytes += x.packet.length;
    if (this.type === GroupType.All) {
      for (const bucket of this.buckets) this.#perform(bucket, x);
      return;
    }
    const bucket = this.#choose(x);
    if (bucket !== undefined) this.#perform(bucket, x);
  }

  /** Whether a packet that it gets can leave: some bucket is live. OpenFlow 1.3 §6.5 */
  isLive(depth = 0): boolean {
    return this.buckets.some((bucket) => this.isBucketLive(bucket, depth));
  }

  /** Whether what a bucket watches is live; one that watches nothing is. */
  isBucketLive({ message: { watchPort, watchGroup } }: Bucket, depth = 0): boolean {
    if (watchPort === PortNo.Any && watchGroup === GroupNo.Any) return true;
    if (watchPort !== PortNo.Any && this.#place.isLive(watchPort)) return true;
    return watchGroup !== GroupNo.Any && depth < MAX_WATCHED && this.#place.get(watchGroup)?.isLive(depth + 1) === true;
  }

  #choose(x: Way): Bucket | undefined {
    switch (this.type) {
      case GroupType.Indirect:
        return this.buckets[0];
      case GroupType.FastFailover:
        return this.buckets.find((b) => this.#watches(b) && this.isBucketLive(b));
      default:
        return this.#select(x);
    }
  }

  #watches({ message: { watchPort, watchGroup } }: Bucket): boolean {
    return watchPort !== PortNo.Any || watchGroup !== GroupNo.Any;
  }

  /** The bucket whose weighted hash is the highest, so that few packets move when buckets come and go. */
  #select({ packet }: Way): Bucket | undefined {
    const { basis, fields } = this.#selection;
    const hash =
      fields === undefined
        ? hashOf(packet, HashFields.SymmetricL4, mix(basis, finish(packet.key.udpSrc ?? 0)))
        : hashOfFields(packet, fields, basis);
    let best: Bucket | undefined;
    let most = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < this.buckets.length; i++) {
      const bucket = this.buckets[i]!;
      const { weight } = bucket.message;
      if (weight === 0 || !this.isBucketLive(bucket)) continue;
      // weighted rendezvous: of -w / ln(u) the largest
      const u = (finish(mix(hash, bucketSeed(bucket, i))) + 1) / 4294967297;
      const score = -weight / Math.log(u);
      if (score > most) {
        most = score;
        best = bucket;
      }
    }
    return best;
  }

  #perform(bucket: Bucket, x: Way): void {
    bucket.packets++;
    bucket.bytes += x.packet.length;
    x.aside(() => x.asSet(bucket.actions));
  }
}

const bucketSeed = ({ message: { bucketId } }: Bucket, i: number): number => Math.imul(bucketId + 1, 0x9e3779b1) ^ i;
