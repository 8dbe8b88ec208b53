import { type CounterNames, leaveOutUntold } from "../schema/mod.js";
import { GetAsyncReply, GetAsyncRequest } from "./async-config.js";
import {
  BarrierReply,
  BarrierRequest,
  EchoReply,
  EchoRequest,
  Experimenter,
  ExperimenterStatsRequest,
  FeaturesRequest,
  GetConfigReply,
  GetConfigRequest,
} from "./basic.js";
import { BundleControl } from "./bundle/bundle.js";
import { BundleFeaturesReply, BundleFeaturesRequest } from "./bundle/bundle-features.js";
import { ControllerStatusReply, ControllerStatusRequest } from "./controller-status.js";
import { DescReply, DescRequest, PortDescReply, PortDescRequest } from "./desc.js";
import { FeaturesReply } from "./features.js";
import { type FlowCounters, FlowCountersReply, FlowCountersRequest } from "./flow/flow-counters.js";
import { FlowMonitorReply, FlowMonitorRequest } from "./flow/flow-monitor.js";
import { AggregateStatsReply, AggregateStatsRequest, type FlowStats, FlowStatsReply, FlowStatsRequest } from "./flow/flow-stats.js";
import {
  type BucketStats,
  GroupDescReply,
  GroupDescRequest,
  GroupFeaturesReply,
  GroupFeaturesRequest,
  type GroupStats,
  GroupStatsReply,
  GroupStatsRequest,
} from "./group/group-stats.js";
import { IpfixBridgeReply, IpfixBridgeRequest, IpfixFlowReply, IpfixFlowRequest, type IpfixStats } from "./ipfix.js";
import type { KnownMessage } from "./messages.js";
import {
  type BandStats,
  MeterConfigReply,
  MeterConfigRequest,
  MeterFeaturesReply,
  MeterFeaturesRequest,
  type MeterStats,
  MeterStatsReply,
  MeterStatsRequest,
} from "./meter/meter-stats.js";
import { type PortStats, PortStatsReply, PortStatsRequest } from "./port/port-stats.js";
import type { EthernetPortStats, PortStatsProperty, Rfc2819PortStats } from "./port/port-stats-property.js";
import { QueueGetConfigReply, QueueGetConfigRequest } from "./queue/queue.js";
import { QueueDescReply, QueueDescRequest, type QueueStats, QueueStatsReply, QueueStatsRequest } from "./queue/queue-stats.js";
import { RoleReply, RoleRequest } from "./role.js";
import { TableDescReply, TableDescRequest } from "./table/table-desc.js";
import { TableFeaturesReply, TableFeaturesRequest } from "./table/table-features.js";
import { type TableStats, TableStatsReply, TableStatsRequest } from "./table/table-stats.js";
import { TlvTableReply, TlvTableRequest } from "./tlv-table.js";

/** Whoever defined the request defined what answers it. */
const ANY = { entryName: "" } as { readonly entryName: ""; new (): KnownMessage };

/** The requests and their replies, and the list that the parts of a reply have of one whole. A new request is a line here. */
export const REPLIES = [
  [EchoRequest, EchoReply],
  [FeaturesRequest, FeaturesReply],
  [GetConfigRequest, GetConfigReply],
  [BarrierRequest, BarrierReply],
  [RoleRequest, RoleReply],
  [GetAsyncRequest, GetAsyncReply],
  [QueueGetConfigRequest, QueueGetConfigReply, "queues"],
  [BundleControl, BundleControl],
  [TlvTableRequest, TlvTableReply],
  [DescRequest, DescReply],
  [FlowStatsRequest, FlowStatsReply, "flows"],
  [AggregateStatsRequest, AggregateStatsReply],
  [FlowCountersRequest, FlowCountersReply, "flows"],
  [TableStatsRequest, TableStatsReply, "tables"],
  [TableFeaturesRequest, TableFeaturesReply, "tables"],
  [TableDescRequest, TableDescReply, "tables"],
  [PortStatsRequest, PortStatsReply, "ports"],
  [PortDescRequest, PortDescReply, "ports"],
  [QueueStatsRequest, QueueStatsReply, "queues"],
  [QueueDescRequest, QueueDescReply, "queues"],
  [GroupStatsRequest, GroupStatsReply, "groups"],
  [GroupDescRequest, GroupDescReply, "groups"],
  [GroupFeaturesRequest, GroupFeaturesReply],
  [MeterStatsRequest, MeterStatsReply, "meters"],
  [MeterConfigRequest, MeterConfigReply, "meters"],
  [MeterFeaturesRequest, MeterFeaturesReply],
  [BundleFeaturesRequest, BundleFeaturesReply],
  [ControllerStatusRequest, ControllerStatusReply, "controllers"],
  [FlowMonitorRequest, FlowMonitorReply, "updates"],
  [IpfixBridgeRequest, IpfixBridgeReply],
  [IpfixFlowRequest, IpfixFlowReply, "stats"],
  [Experimenter, ANY],
  [ExperimenterStatsRequest, ANY],
] as const;

type Row = (typeof REPLIES)[number];
type Rows = { readonly [R in Row as InstanceType<R[0]>["type"]]: R };
type Listed = Extract<Row, readonly [unknown, unknown, string]>;

/** A message that is answered. */
export type Request = InstanceType<Row[0]>;

/** The message that answers a request. */
export type ReplyOf<R extends Request> = R extends Request ? InstanceType<Rows[R["type"]][1]> : never;

/** A request whose reply is a list, which may come in parts. */
export type ListRequest = InstanceType<Listed[0]>;

type ListOf<R extends ListRequest> = R extends ListRequest
  ? Rows[R["type"]] extends readonly [unknown, infer A extends new () => unknown, infer L extends string]
    ? L extends keyof InstanceType<A>
      ? InstanceType<A>[L]
      : never
    : never
  : never;

/** What the list of a reply holds. */
type ElementOf<R extends ListRequest> = ListOf<R> extends readonly (infer E)[] ? E : never;

type CountersOf<C> = C extends { readonly fields: infer F } ? CounterNames<F> : never;
type CounterName = CountersOf<Counting>;
/** The classes of what counts. */
type Counting =
  | typeof FlowStats
  | typeof FlowCounters
  | typeof TableStats
  | typeof PortStats
  | typeof EthernetPortStats
  | typeof Rfc2819PortStats
  | typeof QueueStats
  | typeof GroupStats
  | typeof BucketStats
  | typeof MeterStats
  | typeof BandStats
  | typeof IpfixStats;

/** What counts within what is collected. */
type Within = BucketStats | BandStats | PortStatsProperty;

/** The same as collected from a switch: counters are undefined where the switch does not count. */
export type Collected<T> = [Extract<keyof T, CounterName>] extends [never]
  ? T
  : {
      [K in keyof T]: K extends CounterName
        ? T[K] | undefined
        : T[K] extends readonly (infer E)[]
          ? [E] extends [Within]
            ? readonly Collected<E>[]
            : T[K]
          : T[K];
    };

/** What `Channel.collect` gives for a request: the elements of the lists of all parts. */
export type CollectedOf<R extends ListRequest> = Collected<ElementOf<R>>;

const ROWS: ReadonlyMap<string, Row> = new Map(REPLIES.map((row) => [row[0].entryName, row]));
const ANSWERS: ReadonlySet<string> = new Set(REPLIES.map(([, reply]) => reply.entryName));

/** Whether messages of a type are answered. */
export const isRequest = (type: string): boolean => ROWS.has(type);

/** Whether messages of a type answer requests; those of experimenters that no table knows do not count. */
export const isReply = (type: string): boolean => ANSWERS.has(type);

/** Whether a message of the type `reply` may answer one of the type `request`. */
export function answers(reply: string, request: string): boolean {
  const row = ROWS.get(request);
  return row !== undefined && (row[1] === ANY || row[1].entryName === reply);
}

/** The name of the list in a request's reply; undefined where the reply has none that the parts join to. */
export const listOfReply = (request: string): string | undefined => ROWS.get(request)?.[2];

/** The elements of the parts of a reply, in one list. Counters that the switch does not have are made undefined, in the objects themselves. */
export function collected<R extends ListRequest>(request: R, parts: readonly ReplyOf<R>[]): CollectedOf<R>[] {
  const row = ROWS.get(request.type)!;
  const [, reply, list] = row;
  const all: CollectedOf<R>[] = [];
  for (const part of parts) {
    if ("fields" in reply) leaveOutUntold(reply.fields, part);
    for (const element of (part as unknown as Readonly<Record<string, readonly CollectedOf<R>[]>>)[list as string]!) all.push(element);
  }
  return all;
}
