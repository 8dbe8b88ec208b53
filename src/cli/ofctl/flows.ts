import { statSync } from "node:fs";
import {
  aggregateRequest,
  changeFlows,
  checkProtocols,
  commonProtocols,
  diffFlows,
  dumpProtocol,
  entriesOfFile,
  entriesOfSwitch,
  type FlowDifference,
  type FlowEntry,
  flowRequest,
  formatEntry,
  initialProtocol,
  replaceFlows,
  requestProtocols,
} from "../../client/mod.js";
import { SouthboundError } from "../../errors/mod.js";
import { type FlowStats, FlowStatsReply } from "../../ofp/mod.js";
import {
  ANY_PROTOCOL,
  FlowFile,
  type FlowOptions,
  type FlowText,
  type FlowTextCommand,
  firstProtocol,
  formatFlow,
  sortFlows,
} from "../../ofp/syntax/mod.js";
import type { Version } from "../../schema/mod.js";
import { type FlowRecord, recordOfStats, recordOfText } from "../../view/mod.js";
import { choiceOf } from "./choice.js";
import { paintFlow } from "./color.js";
import { Exit, Fatal } from "./fatal.js";
import { emit, out, shown, structured } from "./output.js";
import { Progress, withProgress } from "./progress.js";
import { readFlow, readFlowMods } from "./read-flows.js";
import type { Run, Settings } from "./settings.js";
import { showDifferences } from "./show-differences.js";
import { type Choice, highlighted } from "./show-message.js";
import { Target } from "./target.js";

/** Open vSwitch waits as long as it takes. */
const FOREVER = Number.POSITIVE_INFINITY;

/** The protocols that a bundle can be sent in. */
const WITH_BUNDLES = 0x1c0;

async function change(target: Target, flows: readonly FlowText[] | FlowFile, { bundle, flowFormats }: Settings): Promise<void> {
  try {
    checkProtocols(
      (flows instanceof FlowFile ? flows.protocols : commonProtocols(flows)) & (bundle ? WITH_BUNDLES : ANY_PROTOCOL),
      flowFormats,
    );
  } catch (e) {
    throw SouthboundError.is(e) ? new Fatal(e.message) : e;
  }
  await withProgress("flows", (onProgress) =>
    target.use((vconn) => changeFlows(vconn, flows, { bundle, allowed: flowFormats, timeout: FOREVER, onProgress })),
  );
}

/** The protocol that a connection will most likely have for flows: the one that it begins with, if only one version is offered and that will do. */
function guessOf({ connection: { versions }, bundle, flowFormats }: Settings): (protocols: number) => number {
  const allowed = flowFormats & (bundle ? WITH_BUNDLES : ANY_PROTOCOL);
  const [version] = versions;
  const initial = version === undefined || versions.length > 1 ? 0 : initialProtocol(version) & allowed;
  return (protocols) => initial & protocols;
}

/** A command that changes one flow, or with `-` those of standard input. */
const changing =
  (commandOf: (settings: Settings) => FlowTextCommand): Run =>
  async ([name = "", text = ""], settings) => {
    const target = new Target(name, settings);
    const command = commandOf(settings);
    const accepted = await target.accepted();
    if (text === "-") {
      const all = command === "add" ? "any" : command;
      await change(target, await readFlowMods("-", { command: all, guess: guessOf(settings), ...accepted }, settings), settings);
    } else await change(target, [readFlow(text, { command, ...accepted }, settings)], settings);
  };

/** Adds a flow. */
export const addFlow: Run = changing(() => "add");
/** Changes the actions of flows. */
export const modFlows: Run = changing(({ strict }) => (strict ? "modify_strict" : "modify"));
/** Deletes flows. */
export const delFlows: Run = changing(({ strict }) => (strict ? "delete_strict" : "delete"));

/** Does what the lines of a file say: each adds a flow unless it begins with another command. */
export const addFlows: Run = async ([name = "", file = ""], settings) => {
  const target = new Target(name, settings);
  await change(
    target,
    await readFlowMods(file, { command: "any", guess: guessOf(settings), ...(await target.accepted()) }, settings),
    settings,
  );
};

/** The filter of a request for flows. Names are asked for only where there is something to read. */
const filterOf = async (target: Target, text: string, settings: Settings): Promise<FlowText> =>
  readFlow(text, { command: "filter", ...(text === "" ? {} : await target.accepted()) }, settings);

/** Prints flows: as the replies that came, or, with names, sorted or without counters, as lines. */
export const dumpFlows: Run = async ([name = "", text = ""], settings) => {
  const target = new Target(name, settings);
  const choice = { ...(await choiceOf(settings, target)), paint: settings.color ? paintFlow : undefined };
  const filter = await filterOf(target, text, settings);
  const lines = settings.sort.length > 0 || target.showsNames || !settings.stats;
  await target.use(async (vconn) => {
    const protocol = await dumpProtocol(vconn, requestProtocols(filter), settings.flowFormats);
    const request = flowRequest(filter, protocol);
    if (!lines || (structured() && settings.sort.length === 0)) {
      using progress = process.stdout.isTTY ? undefined : new Progress("flow replies");
      let parts = 0;
      await target.show(vconn, request, { choice, shown: () => progress?.show(++parts) });
      return;
    }
    const flows: FlowStats[] = [];
    for await (const flow of vconn.dumpFlows(request, { timeout: FOREVER })) flows.push(flow);
    const options = { ...(await target.shown()), version: vconn.version as Version, stats: settings.stats };
    showFlows(settings.sort.length > 0 ? sortFlows(flows, settings.sort) : flows, options, choice);
  }, "dump flows");
};

/** Prints flows that are in their order: a line each, or as one reply. */
function showFlows(
  flows: readonly FlowStats[],
  o: FlowOptions & { readonly version: Version },
  { filter, highlight, paint }: Choice,
): void {
  const chosen = filter === undefined ? flows : flows.filter((flow) => filter.test(recordOfStats(flow, o)));
  if (structured()) {
    const reply = FlowStatsReply.of({ flows: chosen });
    reply.version = o.version;
    emit(
      () => reply,
      () => "",
    );
    return;
  }
  for (const flow of chosen) {
    const line = shown(formatFlow(flow, o));
    const text = paint?.(` ${line}`) ?? ` ${line}`;
    out(`${highlight?.test(recordOfStats(flow, o)) === true ? ` ${highlighted(line)}` : text}\n`);
  }
}

/** The flows of a switch as records, with the names that are printed. */
export async function* dumpRecords(target: Target, filter: FlowText, settings: Settings): AsyncGenerator<FlowRecord, void, undefined> {
  const names = await target.shown();
  const vconn = await target.open();
  try {
    const protocol = await dumpProtocol(vconn, requestProtocols(filter), settings.flowFormats);
    const options = { ...names, version: vconn.version as Version };
    for await (const flow of vconn.dumpFlows(flowRequest(filter, protocol), { timeout: FOREVER })) yield recordOfStats(flow, options);
  } catch (e) {
    await target.fail(e, vconn, "OpenFlow packet receive failed");
  } finally {
    vconn.stream.destroy();
  }
}

/** Prints the sums over flows. */
export const dumpAggregate: Run = async ([name = "", text = ""], settings) => {
  const target = new Target(name, settings);
  const filter = await filterOf(target, text, settings);
  await target.use(async (vconn) => {
    const protocol = await dumpProtocol(vconn, requestProtocols(filter), settings.flowFormats);
    await target.show(vconn, aggregateRequest(filter, protocol));
  }, "OpenFlow packet receive failed");
};

/** Makes the flows of a switch those of a file. */
export const replaceFlowsOf: Run = async ([name = "", file = ""], settings) => {
  const target = new Target(name, settings);
  const flows = await readFlowMods(file, { command: "add", ...(await target.accepted()) }, settings, "open");
  const { bundle, readd, canonical, flowFormats } = settings;
  await withProgress("flows", (onProgress) =>
    target.use((vconn) => replaceFlows(vconn, flows, { bundle, readd, canonical, allowed: flowFormats, timeout: FOREVER, onProgress })),
  );
};

/** Whether what is to be read is a file and no switch. */
export function isFile(source: string): boolean {
  if (/^[/.]/.test(source)) return true;
  if (source.includes(":")) return false;
  try {
    statSync(source);
    return true;
  } catch {
    return false;
  }
}

/** What is to be compared: the flows of a file, or of a switch with the protocol that they came by. */
type Source = { readonly file: FlowFile } | { readonly entries: readonly FlowEntry[]; readonly protocol: number; readonly target: Target };

/** @param ports - the numbers of ports whose names a file may have */
async function readSource(source: string, settings: Settings, ports: ReadonlyMap<string, number>): Promise<Source> {
  if (isFile(source)) return { file: await readFlowMods(source, { command: "add", ports }, settings, "open") };
  const target = new Target(source, settings);
  return await target.use(async (vconn) => {
    const protocol = await dumpProtocol(vconn, ANY_PROTOCOL, settings.flowFormats);
    return { entries: await entriesOfSwitch(vconn, protocol, FOREVER), protocol, target };
  }, "dump flows");
}

/** Prints in what two tables of flows differ, each a file or a switch. The status is 2 where they do. */
export const diffFlowsOf: Run = async ([first = "", second = ""], settings) => {
  const { filter } = await choiceOf(settings);
  const one = await readSource(first, settings, new Map());
  // where names are printed, a file behind a switch may have them
  const { portNames = new Map<number, string>() } = "target" in one ? await one.target.shown() : {};
  const sources = [one, await readSource(second, settings, new Map(Array.from(portNames, ([number, name]) => [name, number])))];
  const found = sources.find((s) => "protocol" in s);
  const usable = sources.reduce((all, s) => ("file" in s ? all & s.file.protocols : all), ANY_PROTOCOL);
  const protocol = found !== undefined && "protocol" in found ? found.protocol : firstProtocol(usable || ANY_PROTOCOL);
  const names = found !== undefined && "target" in found ? await found.target.shown() : {};
  const [a, b] = sources.map((s) => ("file" in s ? entriesOfFile(s.file, protocol) : s.entries));
  const chosen = (flow: FlowEntry | undefined): boolean =>
    flow !== undefined && (filter === undefined || filter.test(recordOfText(formatEntry(flow))));
  const differences = diffFlows(a!, b!, { canonical: settings.canonical }).filter(({ a, b }) => chosen(a) || chosen(b));
  const tableOf = ({ a, b }: FlowDifference): number => (a ?? b)!.tableId;
  differences.sort((a, b) => tableOf(a) - tableOf(b));
  showDifferences(differences, names);
  if (differences.length > 0) throw new Exit(2);
};
