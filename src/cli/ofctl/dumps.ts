import { portsOf, rawReplies } from "../../client/mod.js";
import {
  ALL_QUEUES,
  ConfigFlags,
  DescRequest,
  FeaturesRequest,
  GetConfigReply,
  GetConfigRequest,
  GroupDescRequest,
  GroupFeaturesRequest,
  GroupNo,
  IpfixBridgeRequest,
  IpfixFlowRequest,
  PortDescRequest,
  PortNo,
  PortStatsRequest,
  QueueDescRequest,
  QueueGetConfigRequest,
  QueueStatsRequest,
  SetConfig,
  TableDescRequest,
  TableStatsRequest,
  TlvTableRequest,
} from "../../ofp/mod.js";
import { parsePort, parsePortMod } from "../../ofp/syntax/mod.js";
import type { Version } from "../../schema/mod.js";
import type { Vconn } from "../../vconn/mod.js";
import { Fatal } from "./fatal.js";
import { inWords } from "./read-flows.js";
import { type Run, write } from "./settings.js";
import { showMessage } from "./show-message.js";
import { Target } from "./target.js";

/** The first versions whose ports and queues are lists of their own. */
const WITH_PORT_DESC = 4;
const WITH_QUEUE_DESC = 5;
/** The first version in which a switch reports how its tables are configured. */
export const WITH_TABLE_DESC = 5;
const FOREVER = { timeout: Number.POSITIVE_INFINITY };

/** Prints what a switch is, its ports and its configuration. */
export const show: Run = async ([name = ""], settings) => {
  const target = new Target(name, settings);
  await target.use(async (vconn) => {
    for await (const part of rawReplies(vconn, FeaturesRequest.of())) showMessage(part, { verbosity: settings.verbosity + 1 });
    if (vconn.version >= WITH_PORT_DESC) await target.show(vconn, PortDescRequest.of());
  });
  await target.use((vconn) => target.show(vconn, GetConfigRequest.of()));
};

/** Prints what a switch says of itself. */
export const dumpDesc: Run = ([name = ""], settings) => new Target(name, settings).ask(DescRequest.of());
/** Prints the counters of tables. */
export const dumpTables: Run = ([name = ""], settings) => new Target(name, settings).ask(TableStatsRequest.of());

/** Prints how tables are configured. */
export const dumpTableDesc: Run = async ([name = ""], settings) => {
  const target = new Target(name, settings);
  await target.use(async (vconn) => {
    if (vconn.version < WITH_TABLE_DESC) throw new Fatal("dump-table-desc needs OpenFlow 1.4 or later ('-O OpenFlow14')");
    await target.show(vconn, TableDescRequest.of());
  });
};

/** A port by its number or one of its names. */
async function portOf(target: Target, text: string): Promise<number> {
  try {
    return parsePort(text);
  } catch {
    const names = await target.accepted();
    return inWords(() => parsePort(text, names), `${target.name}: `);
  }
}

const isAll = (text: string): boolean => text === "" || text.toLowerCase() === "all";
/** A number as atoi() reads it: what is none counts as 0. */
const atoi = (text: string): number => (Number.parseInt(text, 10) || 0) >>> 0;

/** Prints the counters of ports. */
export const dumpPorts: Run = async ([name = "", port], settings) => {
  const target = new Target(name, settings);
  await target.ask(PortStatsRequest.of({ portNo: port === undefined ? PortNo.Any : await portOf(target, port) }));
};

/** Prints the ports. Before OpenFlow 1.5 all of them are. */
export const dumpPortsDesc: Run = async ([name = "", port], settings) => {
  const target = new Target(name, settings);
  const portNo = port === undefined ? PortNo.Any : await portOf(target, port);
  await target.use((vconn) => target.show(vconn, PortDescRequest.of(vconn.version > WITH_QUEUE_DESC ? { portNo } : {})));
};

/** Prints the counters of queues. */
export const queueStats: Run = async ([name = "", port = "", queue = ""], settings) => {
  const target = new Target(name, settings);
  const portNo = isAll(port) ? PortNo.Any : await portOf(target, port);
  await target.ask(QueueStatsRequest.of({ port: portNo, queueId: isAll(queue) ? ALL_QUEUES : atoi(queue) }));
};

/** Prints the queues of a port, or of all. */
export const queueGetConfig: Run = async ([name = "", portName = "any", queue = "all"], settings) => {
  const target = new Target(name, settings);
  const port = await portOf(target, portName);
  const queueId = queue.toLowerCase() === "all" ? ALL_QUEUES : atoi(queue);
  await target.use(async (vconn) => {
    if (vconn.version >= WITH_QUEUE_DESC) await target.show(vconn, QueueDescRequest.of({ port, queueId }));
    else if (port !== PortNo.Any || vconn.version > 1) await target.show(vconn, QueueGetConfigRequest.of({ port }));
    else {
      // OpenFlow 1.0 tells the queues of one port at a time
      for (const { portNo } of await portsOf(vconn))
        if (portNo < PortNo.Max) await target.show(vconn, QueueGetConfigRequest.of({ port: portNo }));
    }
  });
};

/** Prints the groups. */
export const dumpGroups: Run = async ([name = "", group], settings) => {
  const target = new Target(name, settings);
  const word = group?.toLowerCase();
  const given =
    word === undefined || word === "all" || !/^(any|\d+)$/.test(word) ? GroupNo.All : word === "any" ? GroupNo.Any : Number(word);
  await target.use((vconn) => {
    const groupId = vconn.version === 1 || vconn.version === 6 ? given : GroupNo.All;
    return target.show(vconn, GroupDescRequest.of({ groupId }));
  });
};

/** Prints what groups a switch can have. */
export const dumpGroupFeatures: Run = async ([name = ""], settings) => {
  const target = new Target(name, settings);
  await target.use((vconn) => target.show(vconn, GroupFeaturesRequest.of()));
};

/** Prints how options of tunnels are mapped to fields. */
export const dumpTlvMap: Run = ([name = ""], settings) => new Target(name, settings).ask(TlvTableRequest.of());
/** Prints the counters of IPFIX of a bridge. */
export const dumpIpfixBridge: Run = ([name = ""], settings) => new Target(name, settings).ask(IpfixBridgeRequest.of());
/** Prints the counters of IPFIX of flows. */
export const dumpIpfixFlow: Run = ([name = ""], settings) => new Target(name, settings).ask(IpfixFlowRequest.of());

const FRAGMENT_BITS = ConfigFlags.FragDrop | ConfigFlags.FragReasm;
const FRAGMENTS: readonly string[] = ["normal", "drop", "reassemble", "nx-match"];

/** How a switch is configured. */
export async function configOf(vconn: Vconn): Promise<GetConfigReply> {
  const reply = await vconn.transact(GetConfigRequest.of(), FOREVER);
  if (!GetConfigReply.is(reply)) throw new Fatal(`${vconn.name}: bad reply to config request`);
  return reply;
}

/** Prints what a switch does with fragments. */
export const getFrags: Run = async ([name = ""], settings) => {
  const { flags } = await new Target(name, settings).use(configOf);
  write(`${FRAGMENTS[flags & FRAGMENT_BITS]}\n`);
};

/** Sets what a switch does with fragments, and looks whether it does. */
export const setFrags: Run = async ([name = "", mode = ""], settings) => {
  const wanted = FRAGMENTS.indexOf(mode.toLowerCase());
  if (wanted < 0) throw new Fatal(`${mode}: unknown fragment handling mode`);
  await new Target(name, settings).use(async (vconn) => {
    const { flags, missSendLen } = await configOf(vconn);
    if ((flags & FRAGMENT_BITS) === wanted) return;
    await vconn.transactNoReply(SetConfig.of({ flags: (flags & ~FRAGMENT_BITS) | wanted, missSendLen }), FOREVER);
    if (settings.dryRun || ((await configOf(vconn)).flags & FRAGMENT_BITS) === wanted) return;
    throw new Fatal(`${name}: setting fragment handling mode failed (this switch probably doesn't support mode "${FRAGMENTS[wanted]}")`);
  });
};

/** Changes how a port behaves. */
export const modPort: Run = async ([name = "", portName = "", action = ""], settings) => {
  const target = new Target(name, settings);
  const ports = await target.asks(portsOf);
  const number = /^\d+$/.test(portName) ? inWords(() => parsePort(portName), `${name}: `) : undefined;
  const port = ports.find((p) => (number === undefined ? p.name === portName : p.portNo === number));
  if (port === undefined) throw new Fatal(`${name}: couldn't find port \`${portName}'`);
  inWords(() => parsePortMod(action, port));
  await target.use((vconn) => vconn.transactNoReply(parsePortMod(action, port, { version: vconn.version as Version }), FOREVER));
};
