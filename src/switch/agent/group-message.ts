import { BucketStats, GroupDesc, GroupStats } from "../../ofp/mod.js";
import type { Group } from "../tables/group.js";

const lived = (since: number, now: number): { durationSec: number; durationNsec: number } => {
  const ms = Math.max(0, now - since);
  return { durationSec: Math.floor(ms / 1000), durationNsec: Math.floor((ms % 1000) * 1e6) };
};

/** A group's counters in OpenFlow's form. @param refCount - of flows and groups that use it */
export const groupStats = (group: Group, refCount: number, now: number): GroupStats =>
  GroupStats.of({
    groupId: group.groupId,
    refCount,
    packetCount: BigInt(group.packets),
    byteCount: BigInt(group.bytes),
    ...lived(group.created, now),
    buckets: group.buckets.map(({ packets, bytes }) => BucketStats.of({ packetCount: BigInt(packets), byteCount: BigInt(bytes) })),
  });

/** A group and its buckets in OpenFlow's form. */
export const groupDesc = (group: Group): GroupDesc =>
  GroupDesc.of({
    groupType: group.type,
    groupId: group.groupId,
    buckets: group.buckets.map(({ message }) => message),
    properties: [...group.properties],
  });
