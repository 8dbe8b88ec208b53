import { rawReplies } from "../../client/mod.js";
import { DecodeError } from "../../errors/mod.js";
import {
  decodeMessage,
  ErrorMessage,
  encodeMessage,
  HEADER_SIZE,
  type Message,
  MORE,
  TableFeatures,
  TableFeaturesCommand,
  TableFeaturesReply,
  TableFeaturesRequest,
} from "../../ofp/mod.js";
import { printBytes, TableFeaturesText } from "../../ofp/syntax/mod.js";
import type { Version } from "../../schema/mod.js";
import type { Vconn } from "../../vconn/mod.js";
import { Exit, Fatal, writeError } from "./fatal.js";
import { type Run, type Settings, write } from "./settings.js";
import { Target } from "./target.js";

/** The first version with features of tables, and the one in which a change needs no more than what it changes. */
const WITH_FEATURES = 4;
const WITH_COMMANDS = 6;

/** What a reply says, or the end of the program for one that cannot be read. */
function decoded(bytes: Uint8Array): Message {
  try {
    return decodeMessage(bytes);
  } catch (e) {
    throw e instanceof DecodeError ? new Fatal(`decode error: ${e.reason}`) : e;
  }
}

/** Prints what the tables can do. */
export const dumpTableFeatures: Run = async ([name = ""], settings) => {
  const verbosity = settings.verbosity + 1;
  await new Target(name, settings).use(async (vconn) => {
    if (vconn.version < WITH_FEATURES) throw new Fatal("dump-table-features needs OpenFlow 1.3 or later ('-O OpenFlow13')");
    const text = new TableFeaturesText();
    for await (const part of rawReplies(vconn, TableFeaturesRequest.of())) {
      const reply = decoded(part);
      if (ErrorMessage.is(reply)) write(printBytes(part, { verbosity }));
      else if (!TableFeaturesReply.is(reply)) throw new Fatal(`received bad reply: ${printBytes(part, { verbosity })}`);
      else
        for (const table of reply.tables) {
          const fault = text.add(table, vconn.version as Version);
          if (fault !== undefined) throw new Fatal(`decode error: ${fault}`);
        }
    }
    write(`${text.finish().replace(/^\n/, "")}\n`);
  }, "OpenFlow packet receive failed");
};

/** The tables in requests that are parts of one, each as long as a message can be. */
function requestsWith(tables: readonly TableFeatures[], version: Version): TableFeaturesRequest[] {
  const requests: TableFeaturesRequest[] = [];
  let batch: TableFeatures[] = [];
  let length = 0;
  const room = 0xffff - HEADER_SIZE - 8;
  for (const table of tables) {
    const size = encodeMessage(TableFeaturesRequest.of({ tables: [table] }), version).length - HEADER_SIZE - 8;
    if (length + size > room) {
      requests.push(TableFeaturesRequest.of({ flags: MORE, tables: batch }));
      [batch, length] = [[], 0];
    }
    batch.push(table);
    length += size;
  }
  requests.push(TableFeaturesRequest.of({ tables: batch }));
  return requests;
}

/** The longest name of a table, in bytes. */
const MAX_NAME = 31;

/** Gives a table its name: before OpenFlow 1.5 by the features of all tables, which are sent back as they came. */
export async function renameTable(vconn: Vconn, tableId: number, name: string, settings: Settings): Promise<void> {
  const version = vconn.version as Version;
  const verbosity = settings.verbosity + 1;
  const tables = new Map<number, TableFeatures>();
  for await (const part of rawReplies(vconn, TableFeaturesRequest.of())) {
    const reply = decoded(part);
    if (!TableFeaturesReply.is(reply)) throw new Fatal(`received bad reply: ${printBytes(part, { verbosity })}`);
    for (const table of reply.tables) tables.set(table.tableId, table);
  }
  const table = tables.get(tableId);
  if (table === undefined) throw new Fatal(`switch does not have table ${tableId}`);
  table.name = Buffer.from(name).subarray(0, MAX_NAME).toString();
  const wanted =
    version < WITH_COMMANDS
      ? [...tables.values()].sort((a, b) => a.tableId - b.tableId)
      : [TableFeatures.of({ ...table, command: TableFeaturesCommand.Modify, properties: [] })];
  for await (const part of rawReplies(vconn, requestsWith(wanted, version))) {
    if (!ErrorMessage.is(decoded(part))) continue;
    writeError(printBytes(part, { verbosity }));
    throw new Exit(1);
  }
}
