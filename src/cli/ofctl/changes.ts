import { applyChanges, checkProtocols, flowModProtocol } from "../../client/mod.js";
import { SouthboundError } from "../../errors/mod.js";
import {
  ALL_TABLES,
  type Message,
  MeterFeaturesRequest,
  MeterMod,
  MeterModCommand,
  MeterNo,
  TableDescReply,
  TableDescRequest,
} from "../../ofp/mod.js";
import {
  ANY_PROTOCOL,
  BundleText,
  GroupText,
  type GroupTextCommand,
  type MeterTextCommand,
  PacketOutText,
  Protocol,
  parseCtFlush,
  parseCtFlushZone,
  parseGroupStatsRequest,
  parseMeter,
  parseMeterConfigRequest,
  parseMeterStatsRequest,
  parsePort,
  parseTlvMaps,
  readLines,
  TableSetting,
  versionOfProtocol,
} from "../../ofp/syntax/mod.js";
import { type Version, versionName } from "../../schema/mod.js";
import { WITH_TABLE_DESC } from "./dumps.js";
import { Fatal } from "./fatal.js";
import { flowFormatsOf, versionsWithBundles } from "./flow-formats.js";
import { inWords, textOfFile } from "./read-flows.js";
import { hexBytes, type Run, type Settings } from "./settings.js";
import { renameTable } from "./table-features.js";
import { Target } from "./target.js";

const FOREVER = { timeout: Number.POSITIVE_INFINITY };
/** OpenFlow 1.3 and later, which have meters and bundles. */
const SINCE_13 = Protocol.OpenFlow13 | Protocol.OpenFlow14 | Protocol.OpenFlow15;
/** Ends the program where no protocol that has what is to be sent is allowed, before anything is connected to. */
function checkAllowed(protocols: number, { flowFormats }: Settings): void {
  try {
    checkProtocols(protocols, flowFormats);
  } catch (e) {
    throw SouthboundError.is(e) ? new Fatal(e.message) : e;
  }
}

/** Sends what a protocol has for a text, once one is chosen. */
async function send(
  target: Target,
  protocols: number,
  messagesOf: (protocol: number) => readonly Message[],
  bundle: boolean,
): Promise<void> {
  const { flowFormats } = target.settings;
  checkAllowed(protocols & (bundle ? SINCE_13 : ANY_PROTOCOL), target.settings);
  const messages = (protocol: number): readonly Message[] => inWords(() => messagesOf(protocol));
  await target.use((vconn) => applyChanges(vconn, protocols, messages, { bundle, allowed: flowFormats, ...FOREVER }));
}

const common = (texts: readonly { readonly protocols: number }[]): number =>
  texts.reduce((all, text) => all & text.protocols, ANY_PROTOCOL);

const changeGroups = (target: Target, groups: readonly GroupText[]): Promise<void> =>
  send(target, common(groups), (protocol) => groups.map((group) => group.mod(versionOfProtocol(protocol))), target.settings.bundle);

async function groupsOfFile(target: Target, file: string, command: GroupTextCommand): Promise<readonly GroupText[]> {
  const names = await target.accepted();
  const text = await textOfFile(file);
  return inWords(() =>
    readLines(text, { file }, (line) => new GroupText(line, { ...names, command: command === "add" ? "any" : command })),
  );
}

/** A command that changes a group, or with `-` those of standard input. */
const changingGroup =
  (commandOf: (settings: Settings) => GroupTextCommand): Run =>
  async ([name = "", text = ""], settings) => {
    const target = new Target(name, settings);
    const command = commandOf(settings);
    if (text === "-") await changeGroups(target, await groupsOfFile(target, "-", command));
    else {
      const names = await target.accepted();
      await changeGroups(target, [inWords(() => new GroupText(text, { ...names, command }))]);
    }
  };

/** Adds a group. */
export const addGroup: Run = changingGroup(() => "add");
/** Changes a group, or with `--may-create` adds it. */
export const modGroup: Run = changingGroup(({ mayCreate }) => (mayCreate ? "add_or_mod" : "modify"));
/** Deletes a group, or all. */
export const delGroups: Run = changingGroup(() => "delete");
/** Puts buckets into a group. */
export const insertBuckets: Run = changingGroup(() => "insert_bucket");
/** Takes buckets out of a group. */
export const removeBuckets: Run = changingGroup(() => "remove_bucket");

/** Does what the lines of a file say: each adds a group unless it begins with another command. */
export const addGroups: Run = async ([name = "", file = ""], settings) => {
  const target = new Target(name, settings);
  await changeGroups(target, await groupsOfFile(target, file, "add"));
};

/** Prints the counters of a group, or of all. */
export const dumpGroupStats: Run = async ([name = "", text = ""], settings) => {
  const target = new Target(name, settings);
  const request = inWords(() => parseGroupStatsRequest(text));
  await target.ask(request);
};

const meterMod =
  (command: MeterTextCommand): Run =>
  async ([name = "", text], settings) => {
    const target = new Target(name, settings);
    const mod =
      text === undefined
        ? MeterMod.of({ command: MeterModCommand.Delete, meterId: MeterNo.All })
        : inWords(() => parseMeter(text, { command }));
    await send(target, SINCE_13, () => [mod], false);
  };

/** Adds a meter. */
export const addMeter: Run = meterMod("add");
/** Changes a meter. */
export const modMeter: Run = meterMod("modify");
/** Deletes a meter, or all. */
export const delMeters: Run = meterMod("delete");

const meterRequest =
  (requestOf: (text: string | undefined) => Message): Run =>
  async ([name = "", text], settings) => {
    const target = new Target(name, settings);
    const request = inWords(() => requestOf(text));
    checkAllowed(SINCE_13, settings);
    await target.use(async (vconn) => {
      await flowModProtocol(vconn, SINCE_13, settings.flowFormats);
      await target.show(vconn, request);
    });
  };

/** Prints what meters are made of. */
export const dumpMeters: Run = meterRequest((text) => parseMeterConfigRequest(text));
/** Prints the counters of meters. */
export const meterStats: Run = meterRequest((text) => parseMeterStatsRequest(text));
/** Prints what meters a switch can have. */
export const meterFeatures: Run = meterRequest(() => MeterFeaturesRequest.of());

/** Has a switch send packets: one as a text, or some in hexadecimal behind a port and actions. */
export const packetOut: Run = async ([name = "", first = "", actions, ...packets], settings) => {
  const target = new Target(name, settings);
  const names = await target.accepted();
  if (actions === undefined) {
    const text = inWords(() => new PacketOutText(first, names));
    await send(target, text.protocols, (protocol) => [text.message(versionOfProtocol(protocol))], false);
    return;
  }
  if (packets.length === 0) throw new Fatal("Too many arguments (4)");
  const port = inWords(() => parsePort(first, names), `${name}: `);
  const texts = packets.map((packet) => {
    hexBytes(packet, "Trailing garbage in packet data");
    return inWords(() => new PacketOutText(`in_port=${port},packet=${packet},actions=${actions}`, names));
  });
  await send(target, common(texts), (protocol) => texts.map((text) => text.message(versionOfProtocol(protocol))), false);
};

/** Does all that the lines of a file say, or nothing. */
export const bundle: Run = async ([name = "", file = ""], settings) => {
  const versions = versionsWithBundles(settings.connection.versions);
  const own =
    versions === settings.connection.versions
      ? settings
      : { ...settings, connection: { ...settings.connection, versions }, flowFormats: flowFormatsOf("any", versions) };
  const target = new Target(name, own);
  const names = await new Target(name, settings).accepted();
  const text = await textOfFile(file);
  const messages = inWords(() => new BundleText(text, { file, ...names }));
  await send(target, messages.protocols, (protocol) => messages.messages(protocol), true);
};

/** The protocols with lists of fields, of which those for options of tunnels are a part. Open vSwitch ovs-ofctl.c (ofctl_tlv_mod) */
const WITH_OPTIONS = ANY_PROTOCOL & ~(Protocol.OpenFlow10 | Protocol.OpenFlow10Table | Protocol.OpenFlow11);

/** Maps options of tunnels to fields. */
export const addTlvMap: Run = async ([name = "", text = ""], settings) => {
  const mod = inWords(() => parseTlvMaps(text, { command: "add" }));
  await send(new Target(name, settings), WITH_OPTIONS, () => [mod], false);
};

/** Takes such maps away, or all. */
export const delTlvMap: Run = async ([name = "", text], settings) => {
  const mod = inWords(() => parseTlvMaps(text, { command: "delete" }));
  await send(new Target(name, settings), WITH_OPTIONS, () => [mod], false);
};

const flushing =
  (messageOf: (args: readonly string[]) => Message): Run =>
  async ([name = "", ...args], settings) => {
    const message = inWords(() => messageOf(args));
    await new Target(name, settings).use((vconn) => vconn.transactNoReply(message, FOREVER));
  };

/** Has a switch forget tracked connections. */
export const ctFlush: Run = flushing((args) => parseCtFlush(...args));
/** Has a switch forget the tracked connections of a zone. */
export const ctFlushZone: Run = flushing(([zone = ""]) => parseCtFlushZone(zone));

const LAST_TABLE = 253;

/** Configures a table, or all. */
export const modTable: Run = async ([name = "", table = "", setting = ""], settings) => {
  const names = await new Target(name, settings).accepted();
  const given = inWords(() => new TableSetting(table, setting, names));
  const versions = settings.connection.versions.filter((version) => given.versions.includes(version));
  if (versions.length === 0) {
    const words = given.versions.map((version) => `OpenFlow${versionName(version).replace(".", "")}`);
    throw new Fatal(`table_mod '${setting}' requires one of the OpenFlow versions ${words.join(", ")}`);
  }
  await new Target(name, { ...settings, connection: { ...settings.connection, versions } }).use(async (vconn) => {
    const version = vconn.version as Version;
    if (given.name !== undefined) {
      await renameTable(vconn, given.tableId, given.name, settings);
      return;
    }
    if (version < WITH_TABLE_DESC) {
      await vconn.transactNoReply(given.mod(version), FOREVER);
      return;
    }
    const replies = await vconn.transactMultipart(TableDescRequest.of(), FOREVER);
    const present = new Map(
      replies.flatMap((reply) => (TableDescReply.is(reply) ? reply.tables.map((desc) => [desc.tableId, desc] as const) : [])),
    );
    const last = given.tableId === ALL_TABLES ? LAST_TABLE : given.tableId;
    for (let id = given.tableId === ALL_TABLES ? 0 : given.tableId; id <= last; id++)
      await vconn.transactNoReply(new TableSetting(String(id), setting).mod(version, present.get(id)), FOREVER);
  });
};
