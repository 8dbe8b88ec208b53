import { checkOptions, errnoError, type OptionTable, SouthboundError } from "../errors/mod.js";
import {
  AggregateStatsRequest,
  ALL_TABLES,
  EncodedMessages,
  FlowMod,
  FlowModCommand,
  FlowModFlags,
  type FlowStats,
  FlowStatsReply,
  FlowStatsRequest,
  type Message,
  SAME_COOKIE,
} from "../ofp/mod.js";
import { ANY_PROTOCOL, FlowFile, type FlowText, Protocol, versionOfProtocol } from "../ofp/syntax/mod.js";
import type { BundleResult, Vconn } from "../vconn/mod.js";
import { diffFlows, type FlowDifference } from "./flow-diff.js";
import { entryOfLine, entryOfStats, entryOfText, type FlowEntry, isNxm, listOf } from "./flow-entry.js";
import { dumpProtocol, flowModProtocol } from "./flow-format.js";

/** How a switch is asked. */
export interface ProtocolOptions {
  /** Which protocols may be used: bits of `Protocol`; all of them unless given. */
  readonly allowed?: number | undefined;
  /** Milliseconds to wait for each answer; that of `Vconn.transact` unless given. */
  readonly timeout?: number | undefined;
}

/** What {@link ProtocolOptions} has, for its check. */
export const PROTOCOL_OPTIONS: OptionTable<ProtocolOptions> = { allowed: "number", timeout: "number" };

/** How flows are changed. */
export interface ChangeOptions extends ProtocolOptions {
  /** Whether all of it is done, or nothing: in one ordered and atomic bundle, for which OpenFlow 1.3 or later is needed. False unless given. */
  readonly bundle?: boolean | undefined;
  /** Called with the number of changes that the switch has taken, and of all, now and then. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** What {@link ChangeOptions} has, for its check. */
export const CHANGE_OPTIONS: OptionTable<ChangeOptions> = { ...PROTOCOL_OPTIONS, bundle: "boolean", onProgress: "function" };

const WITH_BUNDLES = Protocol.OpenFlow13 | Protocol.OpenFlow14 | Protocol.OpenFlow15;

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
  checkOptions("dumpFlows", o, PROTOCOL_OPTIONS);
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

async function send(
  vconn: Vconn,
  mods: Iterable<Message> | EncodedMessages,
  { bundle, timeout, onProgress }: ChangeOptions,
): Promise<void> {
  const wait = timeout === undefined ? {} : { timeout };
  if (bundle === true) {
    const all = mods instanceof EncodedMessages ? mods : [...mods];
    const result = await vconn.bundle(all, { ...wait, onProgress: onProgress && ((done) => onProgress(done, all.length)) });
    if (result.outcome !== "applied") throw new BundleRefused(vconn.name, result);
    return;
  }
  const all = mods instanceof EncodedMessages ? mods : [...mods];
  let done = 0;
  for (const mod of all) {
    await vconn.transactNoReply(mod, wait);
    onProgress?.(++done, all.length);
  }
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
  checkOptions("applyChanges", o, CHANGE_OPTIONS);
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
  /** Whether flows whose actions do the same in other words are left as they are. False unless given: they are sent again, as `ovs-ofctl` does. */
  readonly canonical?: boolean | undefined;
}

/** The flows of a text as a switch would have them by a protocol. */
export function entriesOfFile(file: FlowFile, protocol: number): FlowEntry[] {
  const found: FlowEntry[] = [];
  file.each((flow, line) => found.push(entryOfLine(flow, line, file.names, protocol)));
  return found;
}

/** All flows of a switch, on a connection whose flow format is chosen. */
export async function entriesOfSwitch(vconn: Vconn, protocol: number, timeout?: number): Promise<FlowEntry[]> {
  const version = versionOfProtocol(protocol);
  const found: FlowEntry[] = [];
  const request = FlowStatsRequest.of({ format: isNxm(protocol) ? "nxt" : "", tableId: ALL_TABLES });
  for await (const reply of vconn.multipartReplies(request, { timeout })) {
    if (!FlowStatsReply.is(reply)) throw errnoError("EPROTO", `${vconn.name}: a request for flows was answered by ${reply.type}`);
    for (const flow of reply.flows) found.push(entryOfStats(flow, version));
  }
  return found;
}

/** What {@link ReplaceOptions} has, for its check. */
export const REPLACE_OPTIONS: OptionTable<ReplaceOptions> = { ...CHANGE_OPTIONS, readd: "boolean", canonical: "boolean" };

/**
 * Makes the flows of a switch those of some texts, on a new connection, whose flow format is chosen: what the switch has besides is deleted, what it does not have so is added.
 * @returns what was changed: `a` has the flows that are to be, `b` those that were
 * @throws as {@link applyChanges}
 */
export async function replaceFlows(vconn: Vconn, flows: readonly FlowText[] | FlowFile, o: ReplaceOptions = {}): Promise<FlowDifference[]> {
  checkOptions("replaceFlows", o, REPLACE_OPTIONS);
  const usable = flows instanceof FlowFile ? flows.protocols : commonProtocols(flows);
  const protocol = await dumpProtocol(vconn, usable, o.allowed ?? ANY_PROTOCOL);
  const present = await entriesOfSwitch(vconn, protocol, o.timeout);
  const wanted = flows instanceof FlowFile ? entriesOfFile(flows, protocol) : flows.map((flow) => entryOfText(flow, protocol));
  const differences = diffFlows(wanted, present, { all: o.readd === true, canonical: o.canonical });
  const mods = new EncodedMessages(versionOfProtocol(protocol));
  for (const { a, b } of differences) if (a === undefined) mods.push(removal(b!, protocol));
  for (const { a } of differences) {
    if (a === undefined) continue;
    const text = a.text!;
    text.flags &= FlowModFlags.SendFlowRem;
    mods.push(text.mod(protocol));
  }
  await send(vconn, mods, o);
  return differences;
}
