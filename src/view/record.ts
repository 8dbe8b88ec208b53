import { checkOptions, type OptionTable } from "../errors/mod.js";
import type { FlowMod, FlowRemoved, FlowStats, Instruction, Match } from "../ofp/mod.js";
import { NO_AGE } from "../ofp/mod.js";
import {
  FlowText,
  formatFlow,
  formatInstructions,
  formatMatch,
  type Names,
  Protocol,
  SYNTAX_OPTIONS,
  type SyntaxOptions,
  TEXT_OPTIONS,
  type TextOptions,
  versionOfProtocol,
} from "../ofp/syntax/mod.js";
import type { Version } from "../schema/mod.js";

/** A flow to be filtered, grouped and shown: of a switch's reply, of a message that changes it, or of a line of text. Counters that are not reported are undefined. */
export interface FlowRecord {
  readonly tableId: number;
  readonly priority: number;
  readonly cookie: bigint;
  /** Packets and bytes since the flow was made. */
  readonly packets: bigint | undefined;
  readonly bytes: bigint | undefined;
  /** Seconds. */
  readonly duration: number | undefined;
  readonly idleTimeout: number;
  readonly hardTimeout: number;
  readonly importance: number;
  /** Seconds since the last packet, and since the last change. */
  readonly idleAge: number | undefined;
  readonly hardAge: number | undefined;
  readonly match: Match;
  readonly instructions: readonly Instruction[];
  /** The match in text, without the priority. */
  readonly matchText: string;
  /** The instructions in text, without `actions=`. */
  readonly actionsText: string;
  /** The whole flow in text, as it came or as `dump-flows` prints it, without white space around it. */
  readonly text: string;
}

const UNKNOWN = 0xffff_ffff_ffff_ffffn;
const counted = (n: bigint): bigint | undefined => (n === UNKNOWN ? undefined : n);
const age = (n: number): number | undefined => (n === NO_AGE ? undefined : n);

/** What a record is made of; texts are made when they are asked for. */
class Shown implements FlowRecord {
  readonly tableId: number;
  readonly priority: number;
  readonly cookie: bigint;
  readonly packets: bigint | undefined;
  readonly bytes: bigint | undefined;
  readonly duration: number | undefined;
  readonly idleTimeout: number;
  readonly hardTimeout: number;
  readonly importance: number;
  readonly idleAge: number | undefined;
  readonly hardAge: number | undefined;
  readonly match: Match;
  readonly instructions: readonly Instruction[];
  readonly #options: TextOptions;
  readonly #whole: () => string;
  #matchText: string | undefined;
  #actionsText: string | undefined;

  constructor(of: Omit<FlowRecord, "matchText" | "actionsText" | "text">, o: TextOptions, whole: () => string) {
    this.tableId = of.tableId;
    this.priority = of.priority;
    this.cookie = of.cookie;
    this.packets = of.packets;
    this.bytes = of.bytes;
    this.duration = of.duration;
    this.idleTimeout = of.idleTimeout;
    this.hardTimeout = of.hardTimeout;
    this.importance = of.importance;
    this.idleAge = of.idleAge;
    this.hardAge = of.hardAge;
    this.match = of.match;
    this.instructions = of.instructions;
    this.#options = o;
    this.#whole = whole;
  }

  get matchText(): string {
    this.#matchText ??= formatMatch(this.match, this.#options);
    return this.#matchText;
  }

  get actionsText(): string {
    this.#actionsText ??= formatInstructions(this.instructions, this.#options);
    return this.#actionsText;
  }

  get text(): string {
    return this.#whole();
  }
}

const NOTHING = { packets: undefined, bytes: undefined, duration: undefined, idleAge: undefined, hardAge: undefined } as const;

/** The record of a flow that a switch has reported. @param o - the version of the connection, and names to print */
export function recordOfStats(flow: FlowStats, o: TextOptions = {}): FlowRecord {
  return new Shown(
    {
      tableId: flow.tableId,
      priority: flow.priority,
      cookie: flow.cookie,
      packets: counted(flow.packetCount),
      bytes: counted(flow.byteCount),
      duration: flow.durationSec + flow.durationNsec / 1e9,
      idleTimeout: flow.idleTimeout,
      hardTimeout: flow.hardTimeout,
      importance: flow.importance,
      idleAge: age(flow.idleAge),
      hardAge: age(flow.hardAge),
      match: flow.match,
      instructions: flow.instructions,
    },
    o,
    () => formatFlow(flow, o),
  );
}

/** The record of the flow that a message adds or changes. @param text - prints the whole message */
export function recordOfMod(mod: FlowMod, text: () => string, o: TextOptions = {}): FlowRecord {
  checkOptions("recordOfMod", o, TEXT_OPTIONS);
  const { tableId, priority, cookie, idleTimeout, hardTimeout, importance, match, instructions } = mod;
  return new Shown({ ...NOTHING, tableId, priority, cookie, idleTimeout, hardTimeout, importance, match, instructions }, o, text);
}

/** The record of a flow that is no more. @param text - prints the whole message */
export function recordOfRemoved(m: FlowRemoved, text: () => string, o: TextOptions = {}): FlowRecord {
  checkOptions("recordOfRemoved", o, TEXT_OPTIONS);
  const { tableId, priority, cookie, idleTimeout, hardTimeout, match } = m;
  return new Shown(
    {
      ...NOTHING,
      tableId,
      priority,
      cookie,
      packets: counted(m.packetCount),
      bytes: counted(m.byteCount),
      duration: m.durationSec + m.durationNsec / 1e9,
      idleTimeout,
      hardTimeout,
      importance: 0,
      match,
      instructions: [],
    },
    o,
    text,
  );
}

/** How the text of a flow is read. */
export interface RecordOptions extends SyntaxOptions {
  /** Names to print in place of numbers. */
  readonly portNames?: Names | undefined;
  readonly tableNames?: Names | undefined;
}

/** What {@link RecordOptions} has, for its check. */
export const RECORD_OPTIONS: OptionTable<RecordOptions> = { ...SYNTAX_OPTIONS, portNames: "object", tableNames: "object" };

const COUNTERS = /(?:^|[\s,])(n_packets|n_bytes|duration|idle_age|hard_age)=(\d+(?:\.\d+)?)/g;

/** The latest version that can have a flow. */
function latest(protocols: number): Version {
  let best: Version = 1;
  for (const bit of Object.values(Protocol)) {
    const version = versionOfProtocol(bit);
    if ((protocols & bit) !== 0 && version > best) best = version;
  }
  return best;
}

/**
 * The record of a line of text: a flow as `add-flow` takes it, or as `dump-flows` prints it, with its counters.
 * @throws SyntaxFault for a text that is no flow
 */
export function recordOfText(line: string, o: RecordOptions = {}): FlowRecord {
  checkOptions("recordOfText", o, RECORD_OPTIONS);
  return recordOf(line, o);
}

/** The same, for options that were checked. */
export function recordOf(line: string, o: RecordOptions): FlowRecord {
  const flow = new FlowText(line, { command: "add", ports: o.ports, tables: o.tables, log: o.log });
  const version = latest(flow.protocols);
  const text = line.trim();
  const end = text.search(/\bactions?=/);
  const told = new Map<string, string>();
  for (const [, key, value] of text.slice(0, end < 0 ? undefined : end).matchAll(COUNTERS)) told.set(key!, value!);
  const whole = (key: string): bigint | undefined => {
    const value = told.get(key);
    return value === undefined || value.includes(".") ? undefined : BigInt(value);
  };
  const seconds = (key: string): number | undefined => (told.has(key) ? Number(told.get(key)) : undefined);
  return new Shown(
    {
      tableId: flow.tableId === 255 ? 0 : flow.tableId,
      priority: flow.priority,
      cookie: flow.newCookie,
      packets: whole("n_packets"),
      bytes: whole("n_bytes"),
      duration: seconds("duration"),
      idleTimeout: flow.idleTimeout,
      hardTimeout: flow.hardTimeout,
      importance: flow.importance,
      idleAge: seconds("idle_age"),
      hardAge: seconds("hard_age"),
      match: flow.match(version),
      instructions: flow.instructions(version),
    },
    { portNames: o.portNames, tableNames: o.tableNames, version },
    () => text,
  );
}
