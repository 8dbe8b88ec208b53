import { SouthboundError } from "../errors/mod.js";
import { ALL_TABLES, type FlowStats, type Match } from "../ofp/mod.js";
import {
  FlowText,
  formatInstructions,
  formatMatch,
  Protocol,
  type SyntaxOptions,
  type TextOptions,
  versionOfProtocol,
} from "../ofp/syntax/mod.js";
import type { Version } from "../schema/mod.js";

const NXM = Protocol.Nxm | Protocol.NxmTable;
/** The version in whose words equal actions are the same text: fields are set by set-field alone there, with a mask for parts of them. */
const CANONICAL: Version = 6;

export const isNxm = (protocol: number): boolean => (protocol & NXM) !== 0;
/** Whose list of fields the matches of a protocol have: a version's, or 0 for Nicira's. */
export const listOf = (protocol: number): Version | 0 => (isNxm(protocol) ? 0 : versionOfProtocol(protocol));

/** A flow to be compared: of a switch, or as its text has it. */
export interface FlowEntry {
  readonly tableId: number;
  readonly priority: number;
  readonly match: Match;
  /** The match in text, without the priority. */
  readonly matchText: string;
  readonly cookie: bigint;
  readonly idleTimeout: number;
  readonly hardTimeout: number;
  readonly importance: number;
  /** The actions in text, without names: as a switch reports them, or as its text has them. */
  readonly actions: string;
  /** The text that it was made of; undefined for a flow of a switch. */
  readonly text: FlowText | undefined;
}

/** The text of a flow: its own, or for a flow of a switch what its match and actions are read from again. */
function textOf(flow: FlowEntry): FlowText {
  const { tableId, matchText, actions } = flow;
  return flow.text ?? new FlowText(`table=${tableId},${matchText} actions=${actions}`, { command: "add" });
}

/** What is made of the text of a flow, or its actions by their letter where they cannot be read again. */
function madeOf(flow: FlowEntry, make: (text: FlowText) => string): string {
  try {
    return make(textOf(flow));
  } catch (e) {
    if (!SouthboundError.is(e)) throw e;
    return flow.actions;
  }
}

const inCanonicalWords = (text: FlowText): string => formatInstructions(text.instructions(CANONICAL), { version: CANONICAL });

/** The actions of a flow in words that are the same for whatever does the same: `mod_dl_dst`, `set_field` and `load` of a whole field are one. */
export const canonicalActions = (flow: FlowEntry): string => madeOf(flow, inCanonicalWords);

/** A text that was put together of many parts, as one piece: kept by the hundred thousand, the parts take more memory than what they say. Looking at a character makes an engine join them. */
function joined(text: string): string {
  text.charCodeAt(0);
  return text;
}

/** A flow of a text. Nothing is kept of it but texts: what is seldom needed is read again. */
class TextEntry implements FlowEntry {
  readonly tableId: number;
  readonly priority: number;
  readonly matchText: string;
  readonly cookie: bigint;
  readonly idleTimeout: number;
  readonly hardTimeout: number;
  readonly importance: number;
  readonly actions: string;
  readonly #list: Version | 0;
  readonly #read: () => FlowText;
  #text: FlowText | undefined;

  constructor(flow: FlowText, protocol: number, read: () => FlowText) {
    this.tableId = flow.tableId === ALL_TABLES ? 0 : flow.tableId;
    this.priority = flow.priority;
    this.#list = listOf(protocol);
    this.matchText = joined(formatMatch(flow.match(this.#list)));
    this.cookie = flow.newCookie;
    this.idleTimeout = flow.idleTimeout;
    this.hardTimeout = flow.hardTimeout;
    this.importance = flow.importance;
    this.actions = joined(flow.actionsText());
    this.#read = read;
  }

  get text(): FlowText {
    this.#text ??= this.#read();
    return this.#text;
  }

  get match(): Match {
    return this.text.match(this.#list);
  }
}

/** A flow as its text has it, as a switch would have it by a protocol. */
export const entryOfText = (flow: FlowText, protocol: number): FlowEntry => new TextEntry(flow, protocol, () => flow);

/**
 * The same for a flow that is only good while it is read.
 * @param line - the text that it was read from
 * @param o - how
 */
export const entryOfLine = (flow: FlowText, line: string, o: SyntaxOptions, protocol: number): FlowEntry =>
  new TextEntry(flow, protocol, () => new FlowText(line, { ...o, command: "add" }));

class StatsEntry implements FlowEntry {
  readonly tableId: number;
  readonly priority: number;
  readonly match: Match;
  readonly matchText: string;
  readonly cookie: bigint;
  readonly idleTimeout: number;
  readonly hardTimeout: number;
  readonly importance: number;
  readonly actions: string;

  constructor({ tableId, priority, match, cookie, idleTimeout, hardTimeout, importance, instructions }: FlowStats, version: Version) {
    this.tableId = tableId;
    this.priority = priority;
    this.match = match;
    this.matchText = joined(formatMatch(match));
    this.cookie = cookie;
    this.idleTimeout = idleTimeout;
    this.hardTimeout = hardTimeout;
    this.importance = importance;
    this.actions = joined(formatInstructions(instructions, { version }));
  }

  get text(): undefined {
    return undefined;
  }
}

/** A flow of a switch. @param version - of the connection that it came by */
export const entryOfStats = (flow: FlowStats, version: Version): FlowEntry => new StatsEntry(flow, version);

/** A flow in the words of `ovs-ofctl diff-flows`: a line without its sign and its end. */
export function formatEntry(flow: FlowEntry, o: TextOptions = {}): string {
  let text = flow.tableId === 0 ? "" : `table=${flow.tableId} `;
  text += formatMatch(flow.match, { ...o, priority: flow.priority });
  if (flow.cookie !== 0n) text += ` cookie=0x${flow.cookie.toString(16)}`;
  if (flow.idleTimeout !== 0) text += ` idle_timeout=${flow.idleTimeout}`;
  if (flow.hardTimeout !== 0) text += ` hard_timeout=${flow.hardTimeout}`;
  if (flow.importance !== 0) text += ` importance=${flow.importance}`;
  return `${text} actions=${o.portNames !== undefined || o.tableNames !== undefined ? madeOf(flow, (read) => read.actionsText(o)) : flow.actions}`;
}
