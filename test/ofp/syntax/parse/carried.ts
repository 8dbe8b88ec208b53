/** What text cannot carry of a message, by name, for each kind that has a reader: bringing a message within a limit loses what the limit names. */
import {
  type Action,
  Bucket,
  BucketNo,
  DropBand,
  DscpRemarkBand,
  FlowMonitor,
  FlowMonitorCommand,
  FlowMonitorFlags,
  FlowMonitorRequest,
  GroupMod,
  GroupModCommand,
  GroupNo,
  GroupType,
  Match,
  MatchEntry,
  MeterFlags,
  MeterMod,
  MeterModCommand,
  MeterNo,
  NO_BUFFER,
  OXM,
  type OxmField,
  PacketOut,
  PortNo,
  SelectionMethod,
  TlvTableCommand,
  TlvTableMod,
} from "../../../../src/ofp/mod.js";
import { parseActions, parseMatch } from "../../../../src/ofp/syntax/mod.js";
import type { Version } from "../../../../src/schema/mod.js";
import { pick } from "../../../../src/testing/arbitrary-source.js";
import type { RandomSource } from "../../../../src/testing/mod.js";

/** A limit of text: `within` is the same message where it keeps the limit. */
export interface Limit<M> {
  readonly name: string;
  within(m: M, version: Version, source: RandomSource): M;
  /** Brings a message beyond the limit, where random ones hardly ever are. */
  readonly beyond?: (m: M) => M;
}

const copied = <M extends object>(make: (init: never) => M, m: M, change: Partial<M>): M => make({ ...m, ...change } as never);

/** A limit on fields of a message. */
const limit =
  <M extends object>(make: (init: never) => M) =>
  (name: string, change: (m: M, version: Version, source: RandomSource) => Partial<M> | undefined): Limit<M> => ({
    name,
    within(m, version, source) {
      const changed = change(m, version, source);
      return changed === undefined ? m : copied(make, m, changed);
    },
  });

const rare = <M>(of: Limit<M>, beyond: (m: M) => M): Limit<M> => ({ ...of, beyond });

const ACTIONS = "output:1|group:3|controller|resubmit(,5)|note:01.02|output:IN_PORT|set_queue:5|load:0x5->NXM_NX_REG0[0..15]|drop".split(
  "|",
);

/** Actions whose text has no limits of its own, which are those of another test. */
function plainActions(version: Version, source: RandomSource): readonly Action[] {
  const text = Array.from({ length: source.integer(1, 3) }, () => pick(source, ACTIONS)).filter((word) => word !== "drop");
  return parseActions(text.length === 0 ? "drop" : text.join(","), { version }).filter((a) => version > 1 || a.type !== "group");
}

const { Add, Modify, Delete, InsertBucket, RemoveBucket, AddOrModify } = GroupModCommand;
const COMMANDS: readonly number[] = [Add, Modify, AddOrModify, Delete];
const WIDE_COMMANDS: readonly number[] = [...COMMANDS, InsertBucket, RemoveBucket];
const isWide = (version: Version): boolean => version === 1 || version === 6;
const ofBucket = (m: GroupMod): boolean => m.command === InsertBucket || m.command === RemoveBucket;
const sets = (m: GroupMod): boolean => m.command === Add || m.command === Modify || m.command === AddOrModify;
const selects = (m: GroupMod): boolean => m.groupType === GroupType.Select && !ofBucket(m);

const group = limit<GroupMod>(GroupMod.of as never);
const bucket = limit<Bucket>(Bucket.of as never);

/** A limit on each bucket of a group. */
const buckets = (name: string, change: (b: Bucket, m: GroupMod, version: Version, source: RandomSource) => Partial<Bucket> | undefined) =>
  group(name, (m, version, source) => ({
    buckets: m.buckets.map((b) => bucket(name, (x) => change(x, m, version, source)).within(b, version, source)),
  }));

/** A limit on how a group selects its bucket. */
const selection = (
  name: string,
  change: (p: SelectionMethod, source: RandomSource) => { method?: string; param?: bigint; fields?: Match } | undefined,
) =>
  group(name, (m, _version, source) => ({
    properties: m.properties.map((p) => (SelectionMethod.is(p) ? SelectionMethod.of({ ...p, ...change(p, source) }) : p)),
  }));

/** Fields with the bits that count as their values, in Open vSwitch's order. */
const HASHED: readonly (readonly [name: keyof typeof OXM, masks: readonly number[]])[] = [
  ["reg0", [1, 0xff00, 0xffffffff]],
  ["ethType", [0xffff]],
  ["ipv4Src", [0xff000000, 0x0f, 0xffffffff]],
  ["ipProto", [0xff]],
  ["tcpSrc", [0xf0, 0xffff]],
];

const hashed = (source: RandomSource): Match =>
  new Match(
    HASHED.flatMap(([name, masks]) =>
      source.integer(0, 1) === 0 ? [] : [new MatchEntry(OXM[name] as unknown as OxmField, 0, pick(source, masks), undefined)],
    ),
  );

const isKnownId = (id: number): boolean => id <= BucketNo.Max || id === BucketNo.First || id === BucketNo.Last;

/** What the text of a group cannot carry. */
export const GROUP_LIMITS: readonly Limit<GroupMod>[] = [
  group("a command without a name", (m, version, source) =>
    sets(m) || m.command === Delete || (isWide(version) && ofBucket(m))
      ? undefined
      : { command: pick(source, isWide(version) ? WIDE_COMMANDS : COMMANDS) },
  ),
  group("a type without a name", (m, _version, source) =>
    m.groupType <= GroupType.FastFailover ? undefined : { groupType: pick(source, Object.values(GroupType)) },
  ),
  group("the type of a command that takes none", (m) => (sets(m) ? undefined : { groupType: GroupType.All })),
  group("a number above that of the highest group", (m) =>
    m.groupId <= GroupNo.Max || m.groupId === GroupNo.All ? undefined : { groupId: m.groupId & 0xffff },
  ),
  group("the bucket of a command that takes none", (m) => (ofBucket(m) ? undefined : { commandBucketId: BucketNo.All })),
  rare(
    group("a bucket in a command that is none", (m) =>
      m.command === InsertBucket && !isKnownId(m.commandBucketId)
        ? { commandBucketId: BucketNo.First }
        : m.command === RemoveBucket && !isKnownId(m.commandBucketId)
          ? { commandBucketId: BucketNo.All }
          : undefined,
    ),
    (m) => GroupMod.of({ ...m, command: InsertBucket, commandBucketId: BucketNo.All } as never),
  ),
  group("properties other than one selection method", (m, version) => ({
    properties: isWide(version) ? m.properties.filter((p) => SelectionMethod.is(p)).slice(0, 1) : [],
  })),
  group("the properties of a command that takes none", (m) => (sets(m) ? undefined : { properties: [] })),
  selection("a selection method without a plain name", ({ method }) => (/^\w+$/.test(method) ? undefined : { method: "hash" })),
  rare(
    selection("fields that are hashed by another method than hash", ({ method }) =>
      method === "hash" ? undefined : { fields: new Match([]) },
    ),
    (m) =>
      GroupMod.of({
        ...m,
        command: Add,
        properties: [SelectionMethod.of({ method: "dp_hash", fields: Match.of({ ipProto: 0xff }) })],
      } as never),
  ),
  selection("fields in another order, twice, unknown, or without a bit that counts", ({ fields }, source) =>
    fields.isEmpty ? undefined : { fields: hashed(source) },
  ),
  group("the buckets of a command that takes none", (m) => (sets(m) || m.command === InsertBucket ? undefined : { buckets: [] })),
  group("more than one bucket of an indirect group", (m) =>
    m.groupType === GroupType.Indirect ? { buckets: m.buckets.slice(0, 1) } : undefined,
  ),
  buckets("properties of a bucket without a field", () => ({ properties: [] })),
  buckets("a number above that of the highest bucket", ({ bucketId }) => (bucketId <= BucketNo.Max ? undefined : { bucketId: 7 })),
  buckets("a weight in a group of another type than select", ({ weight }, m) =>
    weight === 0 || selects(m) || m.command === InsertBucket ? undefined : { weight: 0 },
  ),
  buckets("the lack of a weight in a group of type select", ({ weight }, m, version) =>
    weight === 0 && selects(m) && isWide(version) ? { weight: 1 } : undefined,
  ),
  buckets("a reserved port that is watched", ({ watchPort }) =>
    watchPort < 0xff00 || watchPort === PortNo.Any ? undefined : { watchPort: 5 },
  ),
  rare(
    buckets("a watched number above that of the highest group", ({ watchGroup }) =>
      watchGroup <= GroupNo.Max || watchGroup === GroupNo.Any ? undefined : { watchGroup: 5 },
    ),
    (m) => GroupMod.of({ ...m, buckets: [Bucket.of({ watchGroup: GroupNo.Max + 1 })] } as never),
  ),
  rare(
    buckets("a bucket of fast failover that watches nothing", ({ watchPort, watchGroup }, m) =>
      m.groupType === GroupType.FastFailover && watchPort === PortNo.Any && watchGroup === GroupNo.Any ? { watchPort: 1 } : undefined,
    ),
    (m) => GroupMod.of({ ...m, groupType: GroupType.FastFailover, buckets: [Bucket.of({})] } as never),
  ),
  buckets("what text cannot carry of actions", (_b, _m, version, source) => ({ actions: plainActions(version, source) })),
];

const meter = limit<MeterMod>(MeterMod.of as never);
const ALL_FLAGS = MeterFlags.Kbps | MeterFlags.Pktps | MeterFlags.Burst | MeterFlags.Stats;
const SPECIAL: readonly number[] = [MeterNo.Slowpath, MeterNo.Controller, MeterNo.All];
type KnownBand = DropBand | DscpRemarkBand;

/** A band with another value of some fields. */
const changedBand = (b: KnownBand, change: { rate?: number; burstSize?: number; precLevel?: number }): KnownBand =>
  b.type === "drop" ? DropBand.of({ ...b, ...change } as never) : DscpRemarkBand.of({ ...b, ...change } as never);

const bands = (name: string, change: (b: KnownBand, m: MeterMod) => Parameters<typeof changedBand>[1] | undefined) =>
  meter(name, (m) => ({
    bands: m.bands.map((b) => (b.type === "drop" || b.type === "dscp-remark" ? changedBand(b, change(b, m) ?? {}) : b)),
  }));

/** What the text of a meter cannot carry. */
export const METER_LIMITS: readonly Limit<MeterMod>[] = [
  meter("a command without a name", (m, _version, source) =>
    m.command <= MeterModCommand.Delete ? undefined : { command: pick(source, Object.values(MeterModCommand)) },
  ),
  meter("a number without a meaning", (m) =>
    m.meterId !== 0 && (m.meterId <= MeterNo.Max || SPECIAL.includes(m.meterId)) ? undefined : { meterId: 1 },
  ),
  meter("what a deletion carries", (m) => (m.command === MeterModCommand.Delete ? { meterFlags: 0, bands: [] } : undefined)),
  meter("flags without a name", (m) => ({ meterFlags: m.meterFlags & ALL_FLAGS })),
  meter("the lack of flags", (m) => (m.command !== MeterModCommand.Delete && m.meterFlags === 0 ? { meterFlags: 1 } : undefined)),
  meter("bands other than drop and dscp-remark", (m) => ({ bands: m.bands.filter((b) => b.type === "drop" || b.type === "dscp-remark") })),
  meter("the lack of bands", (m) =>
    m.command !== MeterModCommand.Delete && m.bands.length === 0 ? { bands: [DropBand.of({ rate: 1 })] } : undefined,
  ),
  bands("a band without a rate", ({ rate }) => (rate === 0 ? { rate: 1 } : undefined)),
  bands("a burst size without its flag, or the flag without one", ({ burstSize }, m) =>
    (m.meterFlags & MeterFlags.Burst) === 0 ? { burstSize: 0 } : burstSize === 0 ? { burstSize: 1 } : undefined,
  ),
  bands("a precedence of 0", (b) => (b.type === "dscp-remark" && b.precLevel === 0 ? { precLevel: 1 } : undefined)),
];

const packetOut = limit<PacketOut>(PacketOut.of as never);

const METADATA = ["in_port=1", "in_port=LOCAL,metadata=0x5", "in_port=CONTROLLER,reg0=0x1/0xf,tun_id=0x7", "in_port=2,tun_src=1.2.3.0/24"];

/** What the text of a packet-out cannot carry. */
export const PACKET_OUT_LIMITS: readonly Limit<PacketOut>[] = [
  packetOut("a buffer", () => ({ bufferId: NO_BUFFER })),
  packetOut("a packet of fewer than 14 bytes", (m) => (m.data.length >= 14 ? undefined : { data: new Uint8Array(14) })),
  packetOut("a port that no packet comes in by", (m) =>
    m.inPort < 0xff00 || m.inPort === PortNo.Local || m.inPort === PortNo.Any || m.inPort === PortNo.Controller ? undefined : { inPort: 1 },
  ),
  packetOut("what text cannot carry of the packet's metadata", (_m, version, source) =>
    version < 6 ? undefined : { match: parseMatch(pick(source, METADATA), { list: 6 }) },
  ),
  packetOut("what text cannot carry of actions", (_m, version, source) => ({ actions: plainActions(version, source) })),
];

const ALL_EVENTS = FlowMonitorFlags.Initial | FlowMonitorFlags.Add | FlowMonitorFlags.Removed | FlowMonitorFlags.Modify;
const flagsOf = (version: Version): number =>
  ALL_EVENTS | FlowMonitorFlags.Instructions | (version < 5 ? FlowMonitorFlags.NoAbbrev : FlowMonitorFlags.OnlyOwn);

const MATCHES = ["", "tcp,tp_dst=80", "in_port=1,dl_vlan=5,ip,nw_src=10.0.0.0/8", "ipv6,ipv6_src=::1", "reg0=0x5/0x7,metadata=0x1"];

const monitorLimit = limit<FlowMonitor>(FlowMonitor.of as never);
const monitors = (
  name: string,
  change: (x: FlowMonitor, version: Version, source: RandomSource) => Partial<FlowMonitor> | undefined,
): Limit<FlowMonitorRequest> => ({
  name,
  within(m, version, source) {
    return FlowMonitorRequest.of({ monitors: m.monitors.map((x) => monitorLimit(name, change).within(x, version, source)) });
  },
});

/** What the text of a monitor cannot carry. */
export const MONITOR_LIMITS: readonly Limit<FlowMonitorRequest>[] = [
  {
    name: "several monitors in one request, or none",
    within(m) {
      return FlowMonitorRequest.of({ monitors: m.monitors.length === 0 ? [FlowMonitor.of({})] : m.monitors.slice(0, 1) });
    },
  },
  monitors("the monitor's number", () => ({ monitorId: 0 })),
  monitors("another command than to add it", () => ({ command: FlowMonitorCommand.Add })),
  monitors("flags without a word", ({ flags }, version) => ({ flags: flags & flagsOf(version) })),
  monitors("a port above those of OpenFlow 1.0", ({ outPort }) => (outPort < 0xff00 || outPort > PortNo.Max ? undefined : { outPort: 5 })),
  monitors("what text cannot carry of a match", (_x, version, source) => ({
    match: parseMatch(pick(source, version === 2 ? MATCHES.slice(0, 3) : MATCHES), { list: version < 4 ? 0 : version }),
  })),
];

/** What the text of a tunnel's options cannot carry. */
export const TLV_LIMITS: readonly Limit<TlvTableMod>[] = [
  {
    name: "a command without a word, and the maps of one that deletes all",
    within(m) {
      return m.command < TlvTableCommand.Clear ? m : TlvTableMod.of({ command: TlvTableCommand.Clear, maps: [] });
    },
  },
];
