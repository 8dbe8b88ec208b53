import { SouthboundError } from "../../errors/mod.js";
import { encodeMessage } from "../../ofp/mod.js";
import { ANY_PROTOCOL, type FlowText, firstProtocol, printBytes, protocolNames, versionOfProtocol } from "../../ofp/syntax/mod.js";
import { Fatal } from "./fatal.js";
import { readFlow, readFlowFile } from "./read-flows.js";
import { type Run, type Settings, write } from "./settings.js";

/** Prints flows as they would be sent, in the first protocol that all of them can have. */
function show(flows: readonly FlowText[], { flowFormats, verbosity }: Settings): void {
  const usable = flows.reduce((all, flow) => all & flow.protocols, ANY_PROTOCOL);
  write(`usable protocols: ${protocolNames(usable)}\n`);
  const protocol = firstProtocol(usable & flowFormats);
  if (protocol === 0) throw new Fatal("no usable protocol");
  write(`chosen protocol: ${protocolNames(protocol)}\n`);
  let xid = 0;
  for (const flow of flows) {
    write(printBytes(encoded(flow, protocol, ++xid), { verbosity }));
  }
}

/** The bytes of a flow-mod. What a version cannot say, and Open vSwitch sends in a way that switches refuse, is refused here. */
function encoded(flow: FlowText, protocol: number, xid: number): Uint8Array {
  try {
    const mod = flow.mod(protocol);
    mod.xid = xid;
    return encodeMessage(mod, versionOfProtocol(protocol));
  } catch (e) {
    if (SouthboundError.is(e)) throw new Fatal(e.message);
    throw e;
  }
}

/** Reads a flow and prints it as it would be sent. */
export const parseFlow: Run = ([text = ""], settings) => show([readFlow(text, { command: "add" }, settings)], settings);

/** Reads the flows of a file, a line each, and prints them as they would be sent. */
export const parseFlows: Run = ([file = "-"], settings) => show(readFlowFile(file, { command: "add" }, settings), settings);
