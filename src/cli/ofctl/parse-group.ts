import { SouthboundError } from "../../errors/mod.js";
import { encodeMessage } from "../../ofp/mod.js";
import { firstProtocol, GroupText, printBytes, protocolNames, versionOfProtocol } from "../../ofp/syntax/mod.js";
import { versionName } from "../../schema/mod.js";
import { Fatal } from "./fatal.js";
import { type Run, write } from "./settings.js";

/** Reads a group and prints it as it would be sent. */
export const parseGroup: Run = ([text = ""], { flowFormats, verbosity, connection: { log } }) => {
  try {
    const group = new GroupText(text, { log: log.note });
    write(`usable protocols: ${protocolNames(group.protocols)}\n`);
    const protocol = firstProtocol(group.protocols & flowFormats);
    if (protocol === 0) throw new Fatal("no usable protocol");
    const version = versionOfProtocol(protocol);
    write(`chosen version: OpenFlow${versionName(version).replace(".", "")}\n`);
    const mod = group.mod(version);
    mod.xid = 1;
    write(printBytes(encodeMessage(mod, version), { verbosity, log: log.note }));
  } catch (e) {
    if (SouthboundError.is(e)) throw new Fatal(e.message);
    throw e;
  }
};
