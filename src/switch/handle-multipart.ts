import { Chunk } from "../bytes/mod.js";
import {
  AggregateStatsReply,
  type AggregateStatsRequest,
  ALL_TABLES,
  DescReply,
  FlowStats,
  FlowStatsReply,
  type FlowStatsRequest,
  type KnownMessage,
  type Message,
  MORE,
  type MultipartBase,
  PortDescReply,
  Port as PortMessage,
  PortNo,
  PortStats,
  PortStatsReply,
  TableFeatures,
  TableFeaturesReply,
  TableStats,
  TableStatsReply,
} from "../ofp/mod.js";
import { defaultMode, type Kind } from "../schema/mod.js";
import { checkMatch } from "./compile-flow.js";
import type { Connection } from "./connection.js";
import type { Core } from "./core.js";
import type { Flow } from "./flow.js";
import { flowStats } from "./flow-message.js";
import type { FlowTable } from "./flow-table.js";
import { portMessage, portStats } from "./port-message.js";
import { Refusal } from "./refusal.js";
import { tableFeatures, tableName } from "./table-features.js";

/** How much of a reply goes into one message, without its header. */
const PART = 65_000;
const ALL_WILDCARDS10 = 0x3fffff;
const scratch = new Chunk(0x1_0400);

/** Answers a multipart request. OpenFlow 1.0 §5.3.5, 1.3 §7.3.5 */
export function handleMultipart(core: Core, connection: Connection, m: Message): void {
  if ("flags" in m && (m.flags & MORE) !== 0)
    throw new Refusal("OFPBRC_MULTIPART_BUFFER_OVERFLOW", `a ${m.type} of several messages is not taken`);
  const { version } = connection;
  const { forwarder, clock } = core;
  switch (m.type) {
    case "desc-request": {
      const { manufacturer: mfrDesc, hardware: hwDesc, software: swDesc, serialNumber: serialNum, datapath: dpDesc } = core.description;
      connection.answer(m.xid, DescReply.of({ mfrDesc, hwDesc, swDesc, serialNum, dpDesc }));
      break;
    }
    case "flow-stats-request": {
      const now = clock.now();
      const flows = select(core, connection, m).map(([flow, tableId]) => flowStats(flow, tableId, version, now));
      sendParts(connection, m.xid, FlowStats, flows, (part) => FlowStatsReply.of({ flows: part }));
      break;
    }
    case "aggregate-stats-request":
      connection.answer(m.xid, aggregate(select(core, connection, m)));
      break;
    case "table-stats-request":
      sendParts(connection, m.xid, TableStats, forwarder.tables.map(tableStats), (part) => TableStatsReply.of({ tables: part }));
      break;
    case "port-stats-request": {
      const port = forwarder.port(m.portNo);
      if (m.portNo !== PortNo.Any && port === undefined)
        throw new Refusal("OFPBRC_BAD_PORT", `port-stats: there is no port 0x${m.portNo.toString(16)}`);
      const ports = (port === undefined ? forwarder.ports() : [port]).map((p) => portStats(p, clock));
      sendParts(connection, m.xid, PortStats, ports, (part) => PortStatsReply.of({ ports: part }));
      break;
    }
    case "port-desc-request":
      sendParts(
        connection,
        m.xid,
        PortMessage,
        forwarder.ports().map((port) => portMessage(port, connection.version)),
        (part) => PortDescReply.of({ ports: part }),
      );
      break;
    case "table-features-request": {
      if (m.tables.length > 0) throw new Refusal("OFPTFFC_EPERM", "the features of the tables cannot be set");
      const { tables } = forwarder;
      const features = tables.map((table, tableId) => tableFeatures(table, tableId, tables.length, version));
      sendParts(connection, m.xid, TableFeatures, features, (part) => TableFeaturesReply.of({ tables: part }));
      break;
    }
    default:
      throw new Refusal("OFPBRC_BAD_STAT", `a switch takes no ${m.type}`);
  }
}

function tableStats(table: FlowTable, tableId: number): TableStats {
  return TableStats.of({
    tableId,
    name: tableName(tableId),
    wildcards: ALL_WILDCARDS10,
    maxEntries: table.maxFlows,
    activeCount: table.size,
    lookupCount: BigInt(table.lookups),
    matchedCount: BigInt(table.matches),
  });
}

/** The flows that a request asks for, with the number of their table. */
function select(core: Core, connection: Connection, m: FlowStatsRequest | AggregateStatsRequest): [Flow, number][] {
  checkMatch(m.match);
  const { tables } = core.forwarder;
  // OpenFlow 1.0 also knows a table for the time without a controller, which is not there and empty
  const none = connection.version === 1 && m.tableId === 0xfe;
  if (m.tableId !== ALL_TABLES && m.tableId >= tables.length && !none)
    throw new Refusal("OFPBRC_BAD_TABLE_ID", `there is no table ${m.tableId}`);
  return tables.flatMap((table, tableId) =>
    m.tableId === ALL_TABLES || m.tableId === tableId ? table.select(m).map((flow): [Flow, number] => [flow, tableId]) : [],
  );
}

function aggregate(flows: readonly [Flow, number][]): AggregateStatsReply {
  let packetCount = 0n;
  let byteCount = 0n;
  for (const [flow] of flows) {
    packetCount += BigInt(flow.packets);
    byteCount += BigInt(flow.bytes);
  }
  return AggregateStatsReply.of({ packetCount, byteCount, flowCount: flows.length });
}

/** Sends a list in as many messages as it needs; an empty one in one. OpenFlow 1.3 §7.3.5 */
function sendParts<T>(
  connection: Connection,
  xid: number,
  kind: Kind<T>,
  items: readonly T[],
  make: (part: readonly T[]) => KnownMessage & MultipartBase,
): void {
  const codec = kind.codec(connection.version, defaultMode());
  let part: T[] = [];
  let size = 0;
  const send = (more: boolean): void => {
    const message = make(part);
    message.flags = more ? MORE : 0;
    connection.answer(xid, message);
    part = [];
    size = 0;
  };
  for (const item of items) {
    const length = codec.encode(scratch, 0, item);
    if (size + length > PART && part.length > 0) send(true);
    part.push(item);
    size += length;
  }
  send(false);
}
