import { diffFlows, dumpProtocol, entriesOfSwitch, type FlowEntry } from "../../client/mod.js";
import {
  ALL_TABLES,
  decodeBytes,
  encodeMessage,
  FlowMod,
  FlowModCommand,
  FlowModTableId,
  GroupNo,
  type Message,
  PortNo,
  SetFlowFormat,
} from "../../ofp/mod.js";
import { ANY_PROTOCOL, formatInstructions, formatMatch, isWithin, MatchFields, type TextOptions } from "../../ofp/syntax/mod.js";
import type { Version } from "../../schema/mod.js";
import type { Vconn } from "../../vconn/mod.js";
import type { Settings } from "./settings.js";
import { WHOLE } from "./settings.js";
import { showDifferences } from "./show-differences.js";
import { showMessage } from "./show-message.js";

const FOREVER = Number.POSITIVE_INFINITY;
const { Add, Modify, ModifyStrict, Delete, DeleteStrict } = FlowModCommand;

/** What names a port as the target of an action, in text. */
const sendsTo = (actions: string, word: string): boolean => actions.split(/[,()]/).includes(word);

/** Whether a deletion leaves a flow alone because it does not send where it says. */
function isSpared({ outPort, outGroup }: FlowMod, { actions }: FlowEntry): boolean {
  if (outPort !== PortNo.Any && !sendsTo(actions, outPort < PortNo.Max ? `output:${outPort}` : (PORT_WORDS[outPort] ?? ""))) return true;
  return outGroup !== GroupNo.Any && !sendsTo(actions, `group:${outGroup}`);
}

const PORT_WORDS: Readonly<Record<number, string>> = {
  [PortNo.Local]: "LOCAL",
  [PortNo.Controller]: "CONTROLLER",
  [PortNo.InPort]: "IN_PORT",
};

/** The flows of a switch as they would be after changes, as Open vSwitch makes them. */
class FlowTables {
  readonly #flows: Map<string, FlowEntry>;
  readonly #version: Version;
  readonly #wide = new MatchFields();
  readonly #narrow = new MatchFields();

  constructor(flows: readonly FlowEntry[], version: Version) {
    this.#flows = new Map(flows.map((flow) => [keyOf(flow), flow]));
    this.#version = version;
  }

  get flows(): Iterable<FlowEntry> {
    return this.#flows.values();
  }

  apply(mod: FlowMod): void {
    const entry = entryOf(mod, this.#version);
    const key = keyOf(entry);
    switch (mod.command) {
      case Add:
        this.#flows.set(key, entry);
        break;
      case Modify:
      case ModifyStrict: {
        const found = this.#chosen(mod, key, mod.command === ModifyStrict);
        // only OpenFlow 1.0 adds what it does not find
        if (found.length === 0 && this.#version === 1) this.#flows.set(key, entry);
        for (const [k, flow] of found) this.#flows.set(k, withActions(flow, entry.actions));
        break;
      }
      case Delete:
      case DeleteStrict:
        for (const [k, flow] of this.#chosen(mod, key, mod.command === DeleteStrict)) if (!isSpared(mod, flow)) this.#flows.delete(k);
        break;
      default:
    }
  }

  #chosen(mod: FlowMod, key: string, strict: boolean): (readonly [string, FlowEntry])[] {
    const { cookie, cookieMask } = mod;
    // in OpenFlow 1.0 a change that names no table is one of all
    const tableId = this.#version === 1 && !mod.namesTable && mod.tableId === 0 ? ALL_TABLES : mod.tableId;
    const has = (flow: FlowEntry): boolean => this.#version === 1 || ((flow.cookie ^ cookie) & cookieMask) === 0n;
    if (strict && tableId !== ALL_TABLES) {
      const flow = this.#flows.get(key);
      return flow !== undefined && has(flow) ? [[key, flow]] : [];
    }
    this.#wide.fill(mod.match);
    return [...this.#flows].filter(([, flow]) => {
      if ((tableId !== ALL_TABLES && flow.tableId !== tableId) || !has(flow)) return false;
      if (strict) return flow.priority === mod.priority && flow.matchText === formatMatch(mod.match);
      return isWithin(this.#narrow.fill(flow.match), this.#wide);
    });
  }
}

const keyOf = ({ tableId, priority, matchText }: FlowEntry): string => `${tableId} ${priority} ${matchText}`;

const withActions = (flow: FlowEntry, actions: string): FlowEntry => {
  const { tableId, priority, match, matchText, cookie, idleTimeout, hardTimeout, importance } = flow;
  return { tableId, priority, match, matchText, cookie, idleTimeout, hardTimeout, importance, actions, text: undefined };
};

function entryOf(mod: FlowMod, version: Version): FlowEntry {
  const actions = formatInstructions(mod.instructions, { version });
  const { priority, match, cookie, idleTimeout, hardTimeout, importance } = mod;
  const tableId = mod.tableId === ALL_TABLES ? 0 : mod.tableId;
  return {
    tableId,
    priority,
    match,
    matchText: formatMatch(match),
    cookie,
    idleTimeout,
    hardTimeout,
    importance,
    actions,
    text: undefined,
  };
}

/** A switch of a command line. */
interface Subject {
  readonly settings: Settings;
  /** Opens a connection to it. */
  open(): Promise<Vconn>;
  /** The names to print in place of numbers. */
  shown(): Promise<TextOptions>;
}

/** Takes the changes that a command would make on a connection, and shows them: of flows the difference, of all else the messages. */
export class DryRun {
  readonly #target: Subject;
  readonly #mods: FlowMod[] = [];
  #version: Version = 1;

  constructor(target: Subject) {
    this.#target = target;
  }

  /** Has a connection send no changes: what asks for them gets the reply that they are made. */
  take(vconn: Vconn): void {
    this.#version = vconn.version as Version;
    const send = vconn.transactNoReply.bind(vconn);
    vconn.transactNoReply = async (m, options) => {
      // these change the connection alone
      if (SetFlowFormat.is(m) || FlowModTableId.is(m)) return await send(m, options);
      this.#see(m);
      return null;
    };
    vconn.bundle = async (messages) => {
      for (let i = 0; i < messages.length; i++) this.#see(messages.at(i)!);
      return { outcome: "applied", errors: [], cause: undefined };
    };
  }

  #see(message: Message): void {
    const m = message.type === "unknown" ? decodeBytes(message.bytes) : message;
    if (FlowMod.is(m)) this.#mods.push(m);
    else showMessage(encodeMessage(m, this.#version), { verbosity: this.#target.settings.verbosity + WHOLE });
  }

  /** Shows what would become of the flows. */
  async finish(): Promise<void> {
    if (this.#mods.length === 0) return;
    const vconn = await this.#target.open();
    try {
      const protocol = await dumpProtocol(vconn, ANY_PROTOCOL, this.#target.settings.flowFormats);
      const before = await entriesOfSwitch(vconn, protocol, FOREVER);
      const tables = new FlowTables(before, this.#version);
      for (const mod of this.#mods) tables.apply(mod);
      showDifferences(diffFlows(before, tables.flows), await this.#target.shown());
    } finally {
      vconn.stream.destroy();
    }
  }
}
