import { SouthboundError } from "../errors/mod.js";
import {
  AggregateStatsRequest,
  ALL_TABLES,
  EncodedMessages,
  FlowMod,
  FlowModCommand,
  FlowModFlags,
  type FlowStats,
  FlowStatsRequest,
  type Match,
  type Message,
  SAME_COOKIE,
} from "../ofp/mod.js";
import {
  ANY_PROTOCOL,
  FlowFile,
  type FlowText,
  formatInstructions,
  formatMatch,
  Protocol,
  type TextOptions,
  versionOfProtocol,
} from "../ofp/syntax/mod.js";
import type { Version } from "../schema/mod.js";
import type { BundleResult, Vconn } from "../vconn/mod.js";
import { dumpProtocol, flowModProtocol } from "./flow-format.js";

/** How a switch is asked. */
export interface ProtocolOptions {
  /** Which protocols may be used: bits of `Protocol`; all of them unless given. */
  readonly allowed?: number | undefined;
  /** Milliseconds to wait for each answer; that of `Vconn.transact` unless given. */
  readonly timeout?: number | undefined;
}

/** How flows are changed. */
export interface ChangeOptions extends ProtocolOptions {
  /** Whether all of it is done, or nothing: in one ordered and atomic bundle, for which OpenFlow 1.3 or later is needed. False unless given. */
  readonly bundle?: boolean | undefined;
}

const NXM = Protocol.Nxm | Protocol.NxmTable;
const WITH_BUNDLES = Protocol.OpenFlow13 | Protocol.OpenFlow14 | Protocol.OpenFlow15;

const isNxm = (protocol: number): boolean => (protocol & NXM) !== 0;
/** Whose list of fields the matches of a protocol have: a version's, or 0 for Nicira's. */
const listOf = (protocol: number): Version | 0 => (isNxm(protocol) ? 0 : versionOfProtocol(protocol));

/** The protocols in which a request for flows can be made that the text of a flow is the filter of. A request has a table in any protocol. */
export function requestProtocols({ protocols }: FlowText): number {
  const old = (protocols & Protocol.OpenFlow10Table) === 0 ? 0 : Protocol.OpenFlow10;
  return protocols | old | ((protocols & Protocol.NxmTable) === 0 ? 0 : Protocol.Nxm);
}

/** The protocols that can have all of some flows. */
export const commonProtocols = (flows: Iterable<FlowText>): number => {
  let all: number = ANY_PROTOCOL;
  for (const { protocols } of flows) all &= protocols;
  return all;
};

const requestFields = (filter: FlowText, protocol: number) => {
  const { tableId, outPort, outGroup, cookie, cookieMask } = filter;
  const since11 = versionOfProtocol(protocol) > 1;
  return {
    format: isNxm(protocol) ? ("nxt" as const) : ("" as const),
    tableId,
    outPort,
    ...(since11 && { outGroup }),
    ...((since11 || isNxm(protocol)) && { cookie: cookie & (isNxm(protocol) ? cookieMask : 0xffff_ffff_ffff_ffffn), cookieMask }),
    match: filter.match(listOf(protocol)),
  };
};

/** The request of a protocol for the flows that a filter, the text of a flow with the command `filter`, lets through. */
export const flowRequest = (filter: FlowText, protocol: number): FlowStatsRequest => FlowStatsRequest.of(requestFields(filter, protocol));

/** The same for the sums over those flows. */
export const aggregateRequest = (filter: FlowText, protocol: number): AggregateStatsRequest =>
  AggregateStatsRequest.of(requestFields(filter, protocol));

/**
 * The flows of a switch that a filter lets through, one by one, on a new connection, whose flow format is chosen.
 * @param filter - the text of a flow with the command `filter`
 * @throws in the loop `ERR_UNSUPPORTED` where no protocol can have it, and what `Vconn.dumpFlows` throws
 */
export async function* dumpFlows(vconn: Vconn, filter: FlowText, o: ProtocolOptions = {}): AsyncGenerator<FlowStats, void, undefined> {
  const protocol = await dumpProtocol(vconn, requestProtocols(filter), o.allowed ?? ANY_PROTOCOL);
  yield* vconn.dumpFlows(flowRequest(filter, protocol), { timeout: o.timeout });
}

/** A bundle that was not applied, with what came of it. Code: `ERR_OPENFLOW` where the switch has refused something, otherwise that of the cause. */
export class BundleRefused extends SouthboundError {
  /** What came of it. */
  readonly result: BundleResult;

  constructor(name: string, result: BundleResult) {
    const reason = result.errors[0]?.error.reason ?? result.cause?.message ?? "it is not known whether it was applied";
    super(
      result.errors.length > 0 ? "ERR_OPENFLOW" : (result.cause?.code ?? "ERR_CLOSED"),
      `${name}: the bundle was not applied: ${reason}`,
    );
    this.result = result;
  }
}

async function send(vconn: Vconn, mods: Iterable<Message> | EncodedMessages, { bundle, timeout }: ChangeOptions): Promise<void> {
  const wait = timeout === undefined ? {} : { timeout };
  if (bundle === true) {
    const result = await vconn.bundle(mods instanceof EncodedMessages ? mods : [...mods], wait);
    if (result.outcome !== "applied") throw new BundleRefused(vconn.name, result);
    return;
  }
  for (const mod of mods) await vconn.transactNoReply(mod, wait);
}

/**
 * Has a switch do something on a new connection, whose protocol is chosen: one message behind the other, each with a barrier behind it, up to the first that is refused; or all in one bundle.
 * @param usable - the protocols that can have it: bits of `Protocol`
 * @param messagesOf - the messages by which a protocol says it
 * @throws as a rejection `ERR_UNSUPPORTED` where no protocol will do, `OpenFlowError` for a message that is refused, {@link BundleRefused}, and what the connection fails with
 */
export async function applyChanges(
  vconn: Vconn,
  usable: number,
  messagesOf: (protocol: number) => Iterable<Message> | EncodedMessages,
  o: ChangeOptions = {},
): Promise<void> {
  const protocol = await flowModProtocol(vconn, usable & (o.bundle === true ? WITH_BUNDLES : ANY_PROTOCOL), o.allowed ?? ANY_PROTOCOL);
  await send(vconn, messagesOf(protocol), o);
}

function* modsOf(flows: Iterable<FlowText>, protocol: number): Generator<FlowMod> {
  for (const flow of flows) yield flow.mod(protocol);
}

/** Changes flows as {@link applyChanges} does. @param flows - with commands of their own */
export const changeFlows = (vconn: Vconn, flows: readonly FlowText[] | FlowFile, o: ChangeOptions = {}): Promise<void> =>
  flows instanceof FlowFile
    ? applyChanges(vconn, flows.protocols, (protocol) => flows.mods(protocol), o)
    : applyChanges(vconn, commonProtocols(flows), (protocol) => modsOf(flows, protocol), o);

/** A flow to be compared: of a switch, or as its text has it. */
export interface FlowEntry {
  readonly tableId: number;
  readonly priority: number;
  readonly match: Match;
  readonly cookie: bigint;
  readonly idleTimeout: number;
  readonly hardTimeout: number;
  readonly importance: number;
  /** The actions in text, in the words of the version in which both flows are compared. */
  readonly actions: string;
  /** The text that it was made of; undefined for a flow of a switch. */
  readonly text: FlowText | undefined;
}

/** A flow as its text has it, as a switch would have it by a protocol. */
export function entryOfText(flow: FlowText, protocol: number): FlowEntry {
  const version = versionOfProtocol(protocol);
  const { tableId, priority, newCookie, idleTimeout, hardTimeout, importance } = flow;
  return {
    tableId: tableId === ALL_TABLES ? 0 : tableId,
    priority,
    match: flow.match(listOf(protocol)),
    cookie: newCookie,
    idleTimeout,
    hardTimeout,
    importance,
    actions: formatInstructions(flow.instructions(version), { version }),
    text: flow,
  };
}

/** A flow of a switch. @param version - of the connection that it came by */
export function entryOfStats(flow: FlowStats, version: Version): FlowEntry {
  const { tableId, priority, match, cookie, idleTimeout, hardTimeout, importance } = flow;
  const actions = formatInstructions(flow.instructions, { version });
  return { tableId, priority, match, cookie, idleTimeout, hardTimeout, importance, actions, text: undefined };
}

/** What a flow is known by: its table, priority and match. */
const keyOf = ({ tableId, priority, match }: FlowEntry): string => `${tableId} ${priority} ${formatMatch(match)}`;

/** Whether two flows do the same. The flags are left out, which not all switches tell. */
const isSame = (a: FlowEntry, b: FlowEntry): boolean =>
  a.cookie === b.cookie &&
  a.idleTimeout === b.idleTimeout &&
  a.hardTimeout === b.hardTimeout &&
  a.importance === b.importance &&
  a.actions === b.actions;

/** A flow that two tables do not have in the same way; undefined on the side that does not have it. */
export interface FlowDifference {
  readonly a: FlowEntry | undefined;
  readonly b: FlowEntry | undefined;
}

/**
 * In what two tables of flows differ: first the flows of `a`, in their order, then those that only `b` has. Of two flows with the same table, priority and match the later counts.
 * @param all - whether pairs that are the same are in it, too; false unless given
 */
export function diffFlows(a: Iterable<FlowEntry>, b: Iterable<FlowEntry>, all = false): FlowDifference[] {
  const ours = new Map<string, FlowEntry>();
  for (const flow of a) ours.set(keyOf(flow), flow);
  const theirs = new Map<string, FlowEntry>();
  for (const flow of b) theirs.set(keyOf(flow), flow);
  const found: FlowDifference[] = [];
  for (const [key, flow] of ours) {
    const other = theirs.get(key);
    if (other === undefined || all || !isSame(flow, other)) found.push({ a: flow, b: other });
  }
  for (const [key, flow] of theirs) if (!ours.has(key)) found.push({ a: undefined, b: flow });
  return found;
}

/** A flow in the words of `ovs-ofctl diff-flows`: a line without its sign and its end. */
export function formatEntry(flow: FlowEntry, o: TextOptions = {}): string {
  let text = flow.tableId === 0 ? "" : `table=${flow.tableId} `;
  text += formatMatch(flow.match, { ...o, priority: flow.priority });
  if (flow.cookie !== 0n) text += ` cookie=0x${flow.cookie.toString(16)}`;
  if (flow.idleTimeout !== 0) text += ` idle_timeout=${flow.idleTimeout}`;
  if (flow.hardTimeout !== 0) text += ` hard_timeout=${flow.hardTimeout}`;
  if (flow.importance !== 0) text += ` importance=${flow.importance}`;
  return `${text} actions=${flow.actions}`;
}

/** The flow-mod that takes a flow away. */
function removal({ tableId, priority, match, cookie, idleTimeout, hardTimeout }: FlowEntry, protocol: number): FlowMod {
  const version = versionOfProtocol(protocol);
  const named = (protocol & (Protocol.OpenFlow10Table | Protocol.NxmTable)) !== 0;
  const nxm = isNxm(protocol);
  return FlowMod.of({
    format: nxm ? "nxt" : "",
    command: FlowModCommand.DeleteStrict,
    tableId: named || version > 1 ? tableId : 0,
    namesTable: named && !nxm,
    cookie: version === 1 && !nxm ? cookie : 0n,
    newCookie: nxm ? cookie : SAME_COOKIE,
    priority,
    idleTimeout,
    hardTimeout,
    match,
  });
}

/** How the flows of a switch are replaced. */
export interface ReplaceOptions extends ChangeOptions {
  /** Whether flows that the switch has as they are to be are sent again. False unless given. */
  readonly readd?: boolean | undefined;
}

/**
 * Makes the flows of a switch those of some texts, on a new connection, whose flow format is chosen: what the switch has besides is deleted, what it does not have so is added.
 * @returns what was changed: `a` has the flows that are to be, `b` those that were
 * @throws as {@link applyChanges}
 */
export async function replaceFlows(vconn: Vconn, flows: readonly FlowText[], o: ReplaceOptions = {}): Promise<FlowDifference[]> {
  const protocol = await dumpProtocol(vconn, commonProtocols(flows), o.allowed ?? ANY_PROTOCOL);
  const version = versionOfProtocol(protocol);
  const present: FlowEntry[] = [];
  const request = FlowStatsRequest.of({ format: isNxm(protocol) ? "nxt" : "", tableId: ALL_TABLES });
  for await (const flow of vconn.dumpFlows(request, { timeout: o.timeout })) present.push(entryOfStats(flow, version));
  const wanted = flows.map((flow) => entryOfText(flow, protocol));
  const differences = diffFlows(wanted, present, o.readd === true);
  const additions = differences.filter(({ a }) => a !== undefined).map(({ a }) => a!);
  for (const { text } of additions) text!.flags &= FlowModFlags.SendFlowRem;
  const mods = [
    ...differences.filter(({ a }) => a === undefined).map(({ b }) => removal(b!, protocol)),
    ...additions.map(({ text }) => text!.mod(protocol)),
  ];
  await send(vconn, mods, o);
  return differences;
}
