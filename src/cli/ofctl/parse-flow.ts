import { readFileSync } from "node:fs";
import { decodeText } from "../../bytes/mod.js";
import { ERRNO_TEXT, errnoOf, SouthboundError } from "../../errors/mod.js";
import { encodeMessage } from "../../ofp/mod.js";
import { ANY_PROTOCOL, FlowText, firstProtocol, printBytes, protocolNames, readLines, versionOfProtocol } from "../../ofp/syntax/mod.js";
import { Fatal } from "./fatal.js";
import { type Run, type Settings, write } from "./settings.js";

/** Reads a flow, and logs what its match loses. */
function read(text: string, { connection: { log } }: Settings): FlowText {
  const flow = new FlowText(text, { command: "add" });
  const changed = flow.normalization();
  if (changed !== undefined) {
    log.log("ofp_match", "INFO", "normalization changed ofp_match, details:");
    log.log("ofp_match", "INFO", ` pre: ${changed.before}`);
    log.log("ofp_match", "INFO", `post: ${changed.after}`);
  }
  return flow;
}

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

const isSyntax = (e: unknown): e is SouthboundError => SouthboundError.is(e) && e.code === "ERR_SYNTAX";

/** Reads a flow and prints it as it would be sent. */
export const parseFlow: Run = ([text = ""], settings) => {
  let flow: FlowText;
  try {
    flow = read(text, settings);
  } catch (e) {
    if (isSyntax(e)) throw new Fatal(e.message);
    throw e;
  }
  show([flow], settings);
};

function contentOf(file: string): string {
  try {
    const bytes = readFileSync(file === "-" ? 0 : file);
    return decodeText(bytes, 0, bytes.length);
  } catch (e) {
    throw new Fatal(`${file}: open failed (${ERRNO_TEXT[errnoOf(e, "EIO")]})`);
  }
}

/** Reads the flows of a file, a line each, and prints them as they would be sent. */
export const parseFlows: Run = ([file = "-"], settings) => {
  const text = contentOf(file);
  let flows: readonly FlowText[];
  try {
    flows = readLines(text, { file }, (line) => read(line, settings));
  } catch (e) {
    if (isSyntax(e)) throw new Fatal(e.message);
    throw e;
  }
  show(flows, settings);
};
