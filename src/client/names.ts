import { errnoError } from "../errors/mod.js";
import {
  FeaturesReply,
  FeaturesRequest,
  type Port,
  PortDescReply,
  PortDescRequest,
  TableFeaturesReply,
  TableFeaturesRequest,
  TableStatsReply,
  TableStatsRequest,
} from "../ofp/mod.js";
import type { Vconn } from "../vconn/mod.js";

/** The first version whose list of ports, and whose names of tables, are replies of their own. */
const WITH_LISTS = 4;

/** The names of numbers. One that two numbers have stands for none, and is printed for none. */
export class NameMap {
  /** The numbers by name. */
  readonly numbers: Map<string, number> = new Map();
  /** The names by number. */
  readonly names: Map<number, string> = new Map();
  readonly #ambiguous: Set<string> = new Set();

  /** Adds a name, if the number has none yet. */
  add(number: number, name: string): void {
    const known = this.numbers.get(name);
    if (this.#ambiguous.has(name) || known === number || this.names.has(number)) return;
    if (known === undefined) {
      this.numbers.set(name, number);
      this.names.set(number, name);
      return;
    }
    this.#ambiguous.add(name);
    this.numbers.delete(name);
    this.names.delete(known);
  }
}

/**
 * The ports of a switch.
 * @throws as a rejection what `Vconn.transact` throws; `EPROTO` for an answer of another kind
 */
export async function portsOf(vconn: Vconn): Promise<readonly Port[]> {
  const replies =
    vconn.version < WITH_LISTS ? [await vconn.transact(FeaturesRequest.of())] : await vconn.transactMultipart(PortDescRequest.of());
  return replies.flatMap((reply) => {
    if (FeaturesReply.is(reply) || PortDescReply.is(reply)) return reply.ports;
    throw errnoError("EPROTO", `${vconn.name}: a request for ports was answered by ${reply.type}`);
  });
}

/** The names of the ports of a switch. Throws as {@link portsOf}. */
export async function portNames(vconn: Vconn): Promise<NameMap> {
  const map = new NameMap();
  for (const { portNo, name } of await portsOf(vconn)) map.add(portNo, name);
  return map;
}

/**
 * The names of the tables of a switch.
 * @throws as a rejection what `Vconn.transact` throws; `EPROTO` for an answer of another kind
 */
export async function tableNames(vconn: Vconn): Promise<NameMap> {
  const map = new NameMap();
  const request = vconn.version < WITH_LISTS ? TableStatsRequest.of() : TableFeaturesRequest.of();
  for (const reply of await vconn.transactMultipart(request)) {
    if (!TableStatsReply.is(reply) && !TableFeaturesReply.is(reply))
      throw errnoError("EPROTO", `${vconn.name}: a request for tables was answered by ${reply.type}`);
    for (const { tableId, name } of reply.tables) if (name !== "") map.add(tableId, name);
  }
  return map;
}
