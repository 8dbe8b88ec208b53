import {
  AggregateStatsReply,
  type AggregateStatsRequest,
  ALL_TABLES,
  ALL_WILDCARDS10,
  BandTypes,
  DescReply,
  FlowStats,
  FlowStatsReply,
  type FlowStatsRequest,
  GroupCapabilities,
  GroupDesc,
  GroupDescReply,
  GroupFeaturesReply,
  GroupNo,
  GroupStats,
  GroupStatsReply,
  GroupTypes,
  type Message,
  MeterConfig,
  MeterConfigReply,
  MeterFeaturesReply,
  MeterFlags,
  MeterStats,
  MeterStatsReply,
  MORE,
  NX_FLOW_STATS,
  PortDescReply,
  Port as PortMessage,
  PortNo,
  PortStats,
  PortStatsReply,
  Queue,
  QueueDescReply,
  QueueStats,
  QueueStatsReply,
  TableDesc,
  TableDescReply,
  TableFeatures,
  TableFeaturesReply,
  TableStats,
  TableStatsReply,
} from "../../ofp/mod.js";
import type { Version } from "../../schema/mod.js";
import { refuseMatch } from "../actions/compile-flow.js";
import type { Flow } from "../tables/flow.js";
import type { FlowTable } from "../tables/flow-table.js";
import { MAX_GROUPS } from "../tables/group-table.js";
import { MAX_BANDS, MAX_METERS } from "../tables/meter-table.js";
import { Refusal } from "../work/refusal.js";
import type { Work } from "../work/work.js";
import type { Connection } from "./connection.js";
import type { Core } from "./core.js";
import { flowStats } from "./flow-message.js";
import { groupDesc, groupStats } from "./group-message.js";
import { tableDesc } from "./handle-table-mod.js";
import { meterConfig, meterStats } from "./meter-message.js";
import { portMessage, portStats } from "./port-message.js";
import { queueStats, queuesAt } from "./queues.js";
import { sendParts } from "./reply-parts.js";
import { actionBits, tableFeatures, tableName } from "./table-features.js";

/** Answers a multipart request. OpenFlow 1.0 §5.3.5, 1.3 §7.3.5 @returns the work of a reply that is not a single small message */
export function handleMultipart(core: Core, connection: Connection, m: Message): Work | undefined {
  if ("flags" in m && (m.flags & MORE) !== 0)
    throw new Refusal("OFPBRC_MULTIPART_BUFFER_OVERFLOW", `a ${m.type} of several messages is not taken`);
  const { version } = connection;
  const { forwarder, clock } = core;
  switch (m.type) {
    case "desc-request": {
      const { manufacturer: mfrDesc, hardware: hwDesc, software: swDesc, serialNumber: serialNum, datapath: dpDesc } = core.description;
      connection.answer(m.xid, DescReply.of({ mfrDesc, hwDesc, swDesc, serialNum, dpDesc }));
      return undefined;
    }
    case "flow-stats-request": {
      const nxm = m.format === "nxt";
      const stats = map(flowsOf(core, connection, m), ([flow, tableId]) => flowStats(flow, tableId, version, clock.now(), nxm));
      return nxm
        ? sendParts(connection, m.xid, NX_FLOW_STATS, FlowStatsReply.of({ format: "nxt" }), stats)
        : sendParts(connection, m.xid, FlowStats, FlowStatsReply.of(), stats);
    }
    case "aggregate-stats-request":
      return aggregate(connection, m.xid, flowsOf(core, connection, m), m.format === "nxt");
    case "table-stats-request":
      return sendParts(connection, m.xid, TableStats, TableStatsReply.of(), map(forwarder.tables.entries(), tableStats));
    case "port-stats-request": {
      const port = forwarder.port(m.portNo);
      if (m.portNo !== PortNo.Any && port === undefined)
        throw new Refusal("OFPBRC_BAD_PORT", `port-stats: there is no port 0x${m.portNo.toString(16)}`);
      const ports = port === undefined ? forwarder.ports() : [port];
      return sendParts(
        connection,
        m.xid,
        PortStats,
        PortStatsReply.of(),
        map(ports, (p) => portStats(p, clock)),
      );
    }
    case "group-stats-request": {
      const groups = forwarder.pipeline.groups.named(m.groupId);
      const stats = map(groups, (group) => groupStats(group, forwarder.groupUsers(group.groupId), clock.now()));
      return sendParts(connection, m.xid, GroupStats, GroupStatsReply.of(), stats);
    }
    case "group-desc-request": {
      const groups = forwarder.pipeline.groups.named(version === 6 || version === 1 ? m.groupId : GroupNo.All);
      return sendParts(connection, m.xid, GroupDesc, GroupDescReply.of(), map(groups, groupDesc));
    }
    case "group-features-request":
      connection.answer(m.xid, groupFeatures(version));
      return undefined;
    case "meter-stats-request": {
      const meters = forwarder.pipeline.meters.named(m.meterId);
      const stats = map(meters, (meter) => meterStats(meter, forwarder.meterUsers(meter.meterId), clock.now()));
      return sendParts(connection, m.xid, MeterStats, MeterStatsReply.of(), stats);
    }
    case "meter-config-request":
      return sendParts(connection, m.xid, MeterConfig, MeterConfigReply.of(), map(forwarder.pipeline.meters.named(m.meterId), meterConfig));
    case "meter-features-request":
      connection.answer(m.xid, METER_FEATURES);
      return undefined;
    case "flow-monitor-request":
      return connection.monitors.request(m);
    case "queue-stats-request":
      return sendParts(connection, m.xid, QueueStats, QueueStatsReply.of(), queueStats(core, m.port, m.queueId));
    case "queue-desc-request":
      return sendParts(connection, m.xid, Queue, QueueDescReply.of(), queuesAt(core, m.port, m.queueId));
    case "table-desc-request":
      return sendParts(
        connection,
        m.xid,
        TableDesc,
        TableDescReply.of(),
        map(forwarder.tables.entries(), ([tableId, table]) => tableDesc(table, tableId)),
      );
    case "port-desc-request":
      return sendParts(
        connection,
        m.xid,
        PortMessage,
        PortDescReply.of(),
        map(forwarder.ports(), (port) => portMessage(port, version)),
      );
    case "table-features-request": {
      if (m.tables.length > 0) throw new Refusal("OFPTFFC_EPERM", "the features of the tables cannot be set");
      const { tables } = forwarder;
      const features = map(tables.entries(), ([tableId, table]) => tableFeatures(table, tableId, tables.length, version));
      return sendParts(connection, m.xid, TableFeatures, TableFeaturesReply.of(), features);
    }
    default:
      throw new Refusal("OFPBRC_BAD_STAT", `a switch takes no ${m.type}`);
  }
}

/** What this switch can do with groups. */
function groupFeatures(version: Version): GroupFeaturesReply {
  const actions = actionBits(version);
  return GroupFeaturesReply.of({
    types: GroupTypes.All | GroupTypes.Select | GroupTypes.Indirect | GroupTypes.FastFailover,
    capabilities:
      GroupCapabilities.SelectWeight | GroupCapabilities.SelectLiveness | GroupCapabilities.Chaining | GroupCapabilities.ChainingChecks,
    maxAll: MAX_GROUPS,
    maxSelect: MAX_GROUPS,
    maxIndirect: MAX_GROUPS,
    maxFastFailover: MAX_GROUPS,
    actionsAll: actions,
    actionsSelect: actions,
    actionsIndirect: actions,
    actionsFastFailover: actions,
  });
}

const METER_FEATURES = MeterFeaturesReply.of({
  maxMeter: MAX_METERS,
  bandTypes: BandTypes.Drop | BandTypes.DscpRemark,
  capabilities: MeterFlags.Kbps | MeterFlags.Pktps | MeterFlags.Burst | MeterFlags.Stats,
  maxBands: MAX_BANDS,
  maxColor: 0,
});

/** Each item as something else, made when its turn comes; undefined stays. */
function* map<T, U>(items: Iterable<T | undefined>, make: (item: T) => U): Generator<U | undefined, void, void> {
  for (const item of items) yield item === undefined ? undefined : make(item);
}

function tableStats([tableId, table]: readonly [number, FlowTable]): TableStats {
  return TableStats.of({
    tableId,
    name: tableName(tableId),
    wildcards: ALL_WILDCARDS10,
    config: table.miss,
    maxEntries: table.maxFlows,
    activeCount: table.size,
    lookupCount: BigInt(table.lookups),
    matchedCount: BigInt(table.matches),
  });
}

/** The flows that a request asks for, with the number of their table; undefined marks a pause. */
function flowsOf(
  core: Core,
  connection: Connection,
  m: FlowStatsRequest | AggregateStatsRequest,
): Generator<readonly [Flow, number] | undefined, void, void> {
  refuseMatch(m.match);
  const { tables } = core.forwarder;
  // OpenFlow 1.0 also knows a table for the time without a controller, which is not there and empty
  const none = connection.version === 1 && m.tableId === 0xfe;
  if (m.tableId !== ALL_TABLES && m.tableId >= tables.length && !none)
    throw new Refusal("OFPBRC_BAD_TABLE_ID", `there is no table ${m.tableId}`);
  return visit(tables, m);
}

function* visit(
  tables: readonly FlowTable[],
  m: FlowStatsRequest | AggregateStatsRequest,
): Generator<readonly [Flow, number] | undefined, void, void> {
  for (const [tableId, table] of tables.entries()) {
    if (m.tableId !== ALL_TABLES && m.tableId !== tableId) continue;
    for (const flow of table.visit(m)) yield flow === undefined ? undefined : [flow, tableId];
  }
}

function* aggregate(connection: Connection, xid: number, flows: Iterable<readonly [Flow, number] | undefined>, nxm: boolean): Work {
  let packets = 0n;
  let bytes = 0n;
  let flowCount = 0;
  for (const found of flows) {
    if (found !== undefined) {
      packets += BigInt(found[0].packets);
      bytes += BigInt(found[0].bytes);
      flowCount++;
    }
    yield;
  }
  connection.answer(
    xid,
    AggregateStatsReply.of({ packetCount: packets, byteCount: bytes, flowCount, ...(nxm && { format: "nxt" as const }) }),
  );
}
