/** What `ovs-ofctl` and our readers are told of a switch where a command cannot do without, and what ours make of the arguments of each command. */
import { toHex } from "../../../../src/bytes/mod.js";
import { encodeMessage, type Message, Port, TableDesc } from "../../../../src/ofp/mod.js";
import * as text from "../../../../src/ofp/syntax/mod.js";
import type { Version } from "../../../../src/schema/mod.js";

/** The ports of the switch. */
export const PORTS: readonly Port[] = [Port.of({ portNo: 1, hwAddr: 0xaa55aa550001, name: "p1" })];

/** The tables of a switch since OpenFlow 1.4: one of which all is set, and one of which nothing is. */
export const TABLES: readonly TableDesc[] = [
  TableDesc.of({ tableId: 1, config: 12, vacancyDown: 10, vacancyUp: 20, evictionFlags: 3 }),
  TableDesc.of({ tableId: 2 }),
];

type Read = (args: readonly string[], version: Version, input: string) => Message | readonly Message[];

const group =
  (command: text.GroupTextCommand): Read =>
  ([given = ""], version) =>
    text.parseGroup(given, { command, version });

/** Each command with the reader of its arguments. */
const READERS: Readonly<Record<string, Read>> = {
  "add-group": group("add"),
  "mod-group": group("modify"),
  "--may-create mod-group": group("add_or_mod"),
  "del-groups": group("delete"),
  "insert-buckets": group("insert_bucket"),
  "remove-buckets": group("remove_bucket"),
  "add-groups": (_args, version, input) => text.parseGroups(input, { version }),
  "dump-groups": ([given], version) => text.parseGroupDescRequest(given, { version }),
  "dump-group-stats": ([given]) => text.parseGroupStatsRequest(given),
  "add-meter": ([given = ""], version) => text.parseMeter(given, { version }),
  "mod-meter": ([given = ""], version) => text.parseMeter(given, { command: "modify", version }),
  "del-meters": ([given = "meter=all"], version) => text.parseMeter(given, { command: "delete", version }),
  "dump-meters": ([given], version) => text.parseMeterConfigRequest(given, { version }),
  "meter-stats": ([given], version) => text.parseMeterStatsRequest(given, { version }),
  "packet-out": ([given = ""], version) => text.parsePacketOut(given, { version }),
  bundle: (_args, version, input) => text.parseBundle(input, { version }),
  "add-tlv-map": ([given = ""], version) => text.parseTlvMaps(given, { version }),
  "del-tlv-map": ([given], version) => text.parseTlvMaps(given, { command: "delete", version }),
  monitor: ([given = ""], version) => text.parseFlowMonitor(given.replace("watch:", ""), { version }),
  "ct-flush": (args) => text.parseCtFlush(...args),
  "ct-flush-zone": ([zone = ""]) => text.parseCtFlushZone(zone),
  "mod-table": ([table = "", setting = ""], version) =>
    text.parseTableMod(table, setting, { version, current: TABLES.find((t) => String(t.tableId) === table) }),
  "mod-port": ([port = "", word = ""], version) => text.parsePortMod(word, PORTS.find((p) => String(p.portNo) === port)!, { version }),
  "queue-stats": ([port, queue]) => text.parseQueueStatsRequest(port, queue),
  "queue-get-config": ([port, queue], version) => text.parseQueueConfigRequest(port, queue, { version }),
  "dump-flows": ([given = ""], version) => text.parseFlowStatsRequest(given, { version }),
  "dump-aggregate": ([given = ""], version) => text.parseAggregateRequest(given, { version }),
};

/** A command of `ovs-ofctl` with its arguments behind the switch; a text of several lines is what standard input has, which `-` stands for. */
export type OfctlCommand = readonly [command: string, ...args: readonly string[]];

/** The arguments for `ovs-ofctl`, and its standard input. */
export function ofctlArgs([command, ...args]: OfctlCommand): readonly [args: readonly string[], input: string] {
  const input = args.find((arg) => arg.includes("\n")) ?? "";
  return [[...command.split(" "), "SWITCH", ...args.map((arg) => (arg.includes("\n") ? "-" : arg))], input];
}

const HEADER = 8;

/** Messages in hexadecimal without their transaction ids, with a space between. */
export function hexOf(messages: readonly Uint8Array[]): string {
  return messages
    .map((bytes) => {
      const plain = bytes.slice();
      plain.fill(0, 4, HEADER);
      return toHex(plain);
    })
    .join(" ");
}

/** Whether the real program takes a command for a version: for bundles before OpenFlow 1.3 it asks for OpenFlow 1.4 instead. */
export const hasCommand = ([name]: OfctlCommand, version: Version): boolean => name !== "bundle" || version >= 4;

/** What ours make of a command for a version: messages in hexadecimal, or `! ` and the complaint. */
export function readByOurs(command: OfctlCommand, version: Version): string {
  if (!hasCommand(command, version)) return "-";
  const [, input] = ofctlArgs(command);
  try {
    const read = READERS[command[0]]!(command.slice(1), version, input);
    return hexOf([read].flat().map((m) => encodeMessage(m as Message, version)));
  } catch (e) {
    if (e instanceof text.SyntaxFault) return `! ${e.message}`;
    throw e;
  }
}
