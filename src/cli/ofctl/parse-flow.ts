import { viewOf } from "../../bytes/mod.js";
import { SouthboundError } from "../../errors/mod.js";
import { encodeMessage } from "../../ofp/mod.js";
import { firstProtocol, protocolNames, versionOfProtocol } from "../../ofp/syntax/mod.js";
import { choiceOf, choosesFlows } from "./choice.js";
import { Fatal } from "./fatal.js";
import { structured } from "./output.js";
import { readFlow, readFlowMods } from "./read-flows.js";
import { type Run, type Settings, write } from "./settings.js";
import { type Choice, showMessage } from "./show-message.js";

/** Prints flows as they would be sent, in the first protocol that all of them can have. */
function show({ protocols, mods }: Flows, { flowFormats, verbosity, connection: { log } }: Settings, choice: Choice): void {
  const about = structured() ? () => {} : write;
  about(`usable protocols: ${protocolNames(protocols)}\n`);
  const protocol = firstProtocol(protocols & flowFormats);
  if (protocol === 0) throw new Fatal("no usable protocol");
  about(`chosen protocol: ${protocolNames(protocol)}\n`);
  let xid = 0;
  for (const bytes of mods(protocol)) {
    viewOf(bytes).setUint32(4, ++xid);
    showMessage(bytes, { verbosity, log: log.note }, choice);
  }
}

/** The same for the flows that are chosen. */
function showChosen(flows: Flows, settings: Settings): void | Promise<void> {
  if (choosesFlows(settings)) return choiceOf(settings).then((choice) => show(flows, settings, choice));
  show(flows, settings, {});
}

/** Flows with the protocols that can have them, and the bytes of their flow-mods. */
interface Flows {
  readonly protocols: number;
  readonly mods: (protocol: number) => Iterable<Uint8Array>;
}

/** What a version cannot say, and Open vSwitch sends in a way that switches refuse, is refused here. */
function orFatal<T>(make: () => T): T {
  try {
    return make();
  } catch (e) {
    if (SouthboundError.is(e)) throw new Fatal(e.message);
    throw e;
  }
}

/** Reads a flow and prints it as it would be sent. */
export const parseFlow: Run = ([text = ""], settings) => {
  const flow = readFlow(text, { command: "add" }, settings);
  const mods = (protocol: number): Uint8Array[] => [orFatal(() => encodeMessage(flow.mod(protocol), versionOfProtocol(protocol)))];
  return showChosen({ protocols: flow.protocols, mods }, settings);
};

/** Reads the flows of a file, a line each, and prints them as they would be sent. */
export const parseFlows: Run = async ([file = "-"], settings) => {
  const guess = (protocols: number): number => firstProtocol(protocols & settings.flowFormats);
  const flows = await readFlowMods(file, { command: "add", guess }, settings);
  await showChosen({ protocols: flows.protocols, mods: (protocol) => orFatal(() => flows.mods(protocol)).each() }, settings);
};
