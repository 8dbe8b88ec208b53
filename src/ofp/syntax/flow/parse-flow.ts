import { checkOptions, type OptionTable } from "../../../errors/mod.js";
import type { Version } from "../../../schema/mod.js";
import { FlowModFlags } from "../../flow/flow-flags.js";
import { ALL_TABLES, FlowMod, FlowModCommand, SAME_COOKIE } from "../../flow/flow-mod.js";
import { GroupNo } from "../../group/group-no.js";
import type { Instruction } from "../../instruction/table.js";
import { type FlowImage, withImage } from "../../oxm/flow-image.js";
import type { Match } from "../../oxm/match.js";
import { PortNo } from "../../port/port-no.js";
import type { Act } from "../action/act.js";
import { readActs } from "../action/action-list.js";
import { formatInstructions } from "../action/actions.js";
import { instructionsOfActs, writtenActs } from "../action/acts-of-version.js";
import { checkActs } from "../action/check-acts.js";
import { refuseKeyword } from "../match/keywords.js";
import { DEFAULT_PRIORITY } from "../match/match.js";
import { MatchBuilder } from "../match/match-builder.js";
import type { FieldList } from "../match/match-of-image.js";
import { type Normalization, normalized, noteNormalization } from "../match/normalize.js";
import { writtenMatch } from "../match/written.js";
import type { TextOptions } from "../options.js";
import { readU16, readU64 } from "../parse/c-number.js";
import { commandWord } from "../parse/command-word.js";
import { extractActions } from "../parse/extract-actions.js";
import { readGroup, readPort, readTable } from "../parse/name.js";
import type { SyntaxOptions } from "../parse/options.js";
import { SYNTAX_OPTIONS } from "../parse/options.js";
import { Pairs } from "../parse/pairs.js";
import {
  ANY_PROTOCOL,
  chooseProtocol,
  NXM,
  OF10,
  Protocol,
  SINCE_11,
  SINCE_12,
  SINCE_13,
  versionOfProtocol,
  WITH_OXM,
  WITH_TABLE,
} from "../parse/protocols.js";
import { inWhole, refuse } from "../parse/syntax-fault.js";

/** What the text of a flow is for: `add` and its like, the first word of the text (`any`), or the filter of a request for flows. */
export type FlowTextCommand = "add" | "modify" | "modify_strict" | "delete" | "delete_strict" | "any" | "filter";

/** How the text of a flow is read. */
export interface FlowTextOptions extends SyntaxOptions {
  /** `add` unless given. */
  readonly command?: FlowTextCommand | undefined;
}

/** What {@link FlowTextOptions} has, for its check. */
export const FLOW_TEXT_OPTIONS: OptionTable<FlowTextOptions> = {
  ...SYNTAX_OPTIONS,
  command: ["add", "modify", "modify_strict", "delete", "delete_strict", "any", "filter"],
};

/** What each command takes besides a match. */
interface Takes {
  readonly command: number;
  readonly actions: boolean;
  readonly outPort: boolean;
  readonly priority: boolean;
  readonly importance: boolean;
}

const { Add, Modify, ModifyStrict, Delete, DeleteStrict } = FlowModCommand;

const changes = (command: number, importance: boolean): Takes => ({ command, actions: true, outPort: false, priority: true, importance });

const TAKES: Readonly<Record<Exclude<FlowTextCommand, "any">, Takes>> = {
  add: changes(Add, true),
  modify: changes(Modify, false),
  modify_strict: changes(ModifyStrict, false),
  delete: { command: Delete, actions: false, outPort: true, priority: false, importance: false },
  delete_strict: { command: DeleteStrict, actions: false, outPort: true, priority: true, importance: false },
  filter: { command: -1, actions: false, outPort: true, priority: false, importance: false },
};

const WORDS = ["add", "delete", "delete_strict", "modify", "modify_strict"] as const;

/** What a text begins with where it may name its command, and where the rest of it starts. */
function commandOf(text: string): readonly [takes: Takes, at: number] {
  const { word, at } = commandWord(text, 0, WORDS);
  return [TAKES[word ?? "add"], at];
}

const IGNORED: ReadonlySet<string> = new Set(["duration", "n_packets", "n_bytes", "idle_age", "hard_age"]);
const HIDDEN: ReadonlySet<string> = new Set(["no_readonly_table", "allow_hidden_fields"]);

const FLAGS: ReadonlyMap<string, readonly [flag: number, protocols: number]> = new Map([
  ["send_flow_rem", [FlowModFlags.SendFlowRem, ANY_PROTOCOL]],
  ["check_overlap", [FlowModFlags.CheckOverlap, ANY_PROTOCOL]],
  ["reset_counts", [FlowModFlags.ResetCounts, SINCE_12]],
  ["no_packet_counts", [FlowModFlags.NoPktCounts, SINCE_13]],
  ["no_byte_counts", [FlowModFlags.NoBytCounts, SINCE_13]],
]);

/** Made when the first flow is, so that importing costs nothing. */
let flowMod: ReturnType<typeof FlowMod.maker> | undefined;

/** A flow as its text has it, before it is known in which protocol it will be sent. */
export class FlowText {
  /** What is to be done: one of `FlowModCommand`, or -1 for the filter of a request. */
  readonly command: number;
  /** The protocols that can have the flow: see `Protocol`. */
  protocols: number = ANY_PROTOCOL;
  /** The table, or 255 where none is given. */
  tableId: number = ALL_TABLES;
  priority: number = DEFAULT_PRIORITY;
  idleTimeout = 0;
  hardTimeout = 0;
  importance = 0;
  flags = 0;
  /** The cookie that flows have in the bits of the mask. */
  cookie = 0n;
  cookieMask = 0n;
  /** The cookie that flows get. */
  newCookie = 0n;
  outPort: number = PortNo.Any;
  outGroup: number = GroupNo.Any;
  readonly #match: MatchBuilder;
  readonly #takes: Takes;
  readonly #options: SyntaxOptions;
  #acts: readonly Act[] = [];

  // Its methods have ordinary names: an engine marks each object that has private ones, which costs more here than to read a field.

  /**
   * Reads a flow. Throws {@link SyntaxFault}.
   * @param image - for callers within: what to collect the fields in, which is empty
   */
  constructor(text: string, o: FlowTextOptions, image?: FlowImage) {
    checkOptions("FlowText", o, FLOW_TEXT_OPTIONS);
    let takes = TAKES.add;
    let start = 0;
    if (o.command === "any") [takes, start] = commandOf(text);
    else if (o.command !== undefined) takes = TAKES[o.command];
    this.command = takes.command;
    this.#takes = takes;
    this.#options = o;
    this.#match = new MatchBuilder(o, image);
    if (takes.command === Modify || takes.command === ModifyStrict) this.newCookie = SAME_COOKIE;
    let end = text.length;
    let actionsAt = end;
    if (takes.actions) {
      const found = extractActions(text, start);
      if (found.start < 0) refuse("must specify an action");
      end = found.end;
      actionsAt = found.start;
    }
    const pairs = new Pairs(text, start, end);
    try {
      while (pairs.next()) this.take(pairs.key, pairs.value);
    } catch (e) {
      throw inWhole(e, pairs.at, pairs.valueAt);
    }
    try {
      this.finish(text.slice(actionsAt));
    } catch (e) {
      throw inWhole(e, actionsAt, actionsAt);
    }
    if (o.log !== undefined && this.command >= 0) noteNormalization(o.log, this.#match.image);
  }

  private take(key: string, value: string): void {
    const takes = this.#takes;
    if (this.#match.take(key, value)) return;
    const flag = takes.actions ? FLAGS.get(key) : undefined;
    if (flag !== undefined) {
      this.flags |= flag[0];
      this.protocols &= flag[1];
    } else if (HIDDEN.has(key)) return;
    else if (key.includes("[")) this.#match.takePart(key, value);
    else if (value === "") refuse(`field ${key} missing value`);
    else if (!this.takeOwn(key, value)) refuseKeyword(key, this.keywords());
  }

  /** The words that the text may have besides a match. */
  private keywords(): string[] {
    const { actions, outPort, priority, importance } = this.#takes;
    return [
      "table",
      "cookie",
      ...(actions ? [...FLAGS.keys(), "idle_timeout", "hard_timeout", "actions"] : []),
      ...(outPort ? ["out_port", "out_group"] : []),
      ...(priority ? ["priority"] : []),
      ...(importance ? ["importance"] : []),
    ];
  }

  private takeOwn(key: string, value: string): boolean {
    const takes = this.#takes;
    if (key === "table") {
      this.tableId = readTable(value, this.#options) ?? refuse(`unknown table "${value}"`, 0);
      if (this.tableId !== ALL_TABLES) this.protocols &= WITH_TABLE;
    } else if (takes.outPort && key === "out_port")
      this.outPort = readPort(value, this.#options) ?? refuse(`${value} is not a valid OpenFlow port`, 0);
    else if (takes.outPort && key === "out_group") {
      this.protocols &= SINCE_11;
      this.outGroup = readGroup(value) ?? refuse(`${value} is not a valid OpenFlow group`, 0);
    } else if (takes.priority && key === "priority") this.priority = readU16(value, key);
    else if (takes.actions && key === "idle_timeout") this.idleTimeout = readU16(value, key);
    else if (takes.actions && key === "hard_timeout") this.hardTimeout = readU16(value, key);
    else if (takes.importance && key === "importance") this.importance = readU16(value, key);
    else if (key === "cookie") this.takeCookie(value);
    else return IGNORED.has(key);
    return true;
  }

  private takeCookie(value: string): void {
    const slash = value.indexOf("/");
    if (slash >= 0) {
      if (this.command === Add) refuse("flow additions cannot use a cookie mask");
      this.cookie = readU64(value.slice(0, slash));
      this.cookieMask = readU64(value.slice(slash + 1));
      if (this.cookieMask !== 0n) this.protocols &= WITH_OXM | Protocol.OpenFlow11;
      return;
    }
    if (!this.#takes.actions) refuse(`cannot set cookie (to match on a cookie, specify a mask, e.g. cookie=${value}/-1)`);
    this.newCookie = readU64(value);
  }

  private finish(actions: string): void {
    const match = this.#match;
    match.finish();
    this.protocols &= match.protocols;
    const modifies = this.command === Modify || this.command === ModifyStrict;
    if (modifies && this.cookieMask === 0n && this.newCookie === SAME_COOKIE) this.newCookie = 0n;
    if (!this.#takes.actions) return;
    const { ports, tables, log } = this.#options;
    const reading = { ports, tables, log, protocols: ANY_PROTOCOL };
    this.#acts = readActs(actions, reading, true);
    this.protocols &= reading.protocols;
    const { fault, at, protocols } = checkActs(this.#acts, match.image, this.tableId, log);
    this.protocols &= protocols;
    const wrong = fault ?? (this.protocols === 0 ? "OFPBAC_MATCH_INCONSISTENT" : undefined);
    if (wrong !== undefined) refuse(`actions are invalid with specified match (${wrong})`, at);
  }

  /** What Open vSwitch's log has of fields that the packets cannot have, which are not sent; undefined where there are none. */
  normalization(): Normalization | undefined {
    return normalized(this.#match.image);
  }

  /** The match in the fields that a list has: a version's, or 0 for Nicira's. */
  match(list: FieldList): Match {
    return writtenMatch(this.#match.match(list), list);
  }

  /** The instructions in the words of a version. */
  instructions(version: Version): readonly Instruction[] {
    return instructionsOfActs(this.#acts, version);
  }

  /**
   * The actions as the text has them, in the words of Open vSwitch: no version says them in its own.
   * @param o - the names of ports and tables to print in place of their numbers
   */
  actionsText(o?: TextOptions): string {
    return formatInstructions(writtenActs(this.#acts), o);
  }

  /** The flow-mod by which a protocol says it. */
  mod(protocol: number): FlowMod {
    const version = versionOfProtocol(protocol);
    const { command, cookieMask } = this;
    const nxm = (protocol & NXM) !== 0;
    const named = (protocol & (Protocol.OpenFlow10Table | Protocol.NxmTable)) !== 0;
    const deletes = command === Delete || command === DeleteStrict;
    const allTables = named || (version > 2 && deletes);
    const tableId = this.tableId === ALL_TABLES ? (allTables ? ALL_TABLES : 0) : named || version > 1 ? this.tableId : 0;
    const sets = command === Add || (protocol & OF10) !== 0 || (version === 2 && !deletes && cookieMask === 0n);
    flowMod ??= FlowMod.maker();
    return flowMod({
      format: nxm ? "nxt" : "",
      command,
      tableId,
      namesTable: named && !nxm,
      cookie: sets ? this.newCookie : this.cookie & cookieMask,
      cookieMask: version > 1 || nxm ? (nxm && command === Add ? 0n : cookieMask) : 0n,
      newCookie: nxm && command !== Add ? this.newCookie : SAME_COOKIE,
      idleTimeout: this.idleTimeout,
      hardTimeout: this.hardTimeout,
      priority: this.priority,
      outPort: this.outPort,
      outGroup: this.outGroup,
      flags: this.flags,
      importance: version > 4 && command === Add ? this.importance : 0,
      match: this.match(nxm ? 0 : version),
      instructions: this.instructions(version),
    });
  }
}

/** How a flow is read for one version. */
export interface FlowSyntaxOptions extends FlowTextOptions {
  /** 4 (OpenFlow 1.3) unless given. */
  readonly version?: Version | undefined;
}

/** What {@link FlowSyntaxOptions} has, for its check. */
export const FLOW_SYNTAX_OPTIONS: OptionTable<FlowSyntaxOptions> = { ...FLOW_TEXT_OPTIONS, version: "number" };

/**
 * The flow-mod that a text such as `priority=10,tcp,tp_dst=80,actions=output:2` stands for, in the words of `ovs-ofctl` (its section Flow Syntax, ovs-fields(7), ovs-actions(7)). In OpenFlow 1.0 it has Nicira's
 * form where the standard's cannot say it. With the command `filter` use {@link FlowText}.
 * @throws SyntaxFault `ERR_SYNTAX` with the words of `ovs-ofctl`
 */
export function parseFlow(text: string, o: FlowSyntaxOptions = {}): FlowMod {
  checkOptions("parseFlow", o, FLOW_SYNTAX_OPTIONS);
  return withImage((image) => {
    const flow = new FlowText(text, o, image);
    return flow.mod(chooseProtocol(flow.protocols, o.version ?? 4));
  });
}
