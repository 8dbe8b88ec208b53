import { ERRORS, ErrorMessage, encodeMessage, errorPair } from "../../ofp/mod.js";
import { VERSIONS, type Version, type VersionRange, versionName, versionsIn } from "../../schema/mod.js";
import { dump, Fatal, hexBytes, type Run, write } from "./settings.js";

/** The versions that have an error. */
function versionsOf(name: string): Set<Version> {
  if (!Object.hasOwn(ERRORS, name)) throw new Fatal(`unknown error "${name}"`);
  return new Set((Object.keys(ERRORS[name]!) as VersionRange[]).flatMap((range) => versionsIn(range)));
}

/** Prints the numbers of an error in each version that has it. */
export const printError: Run = ([name = ""]) => {
  const having = versionsOf(name);
  for (const version of VERSIONS) {
    if (!having.has(version)) continue;
    const [type, code] = errorPair(name, version);
    write(`OpenFlow ${versionName(version)}: vendor 0, type ${type}, code ${code}\n`);
  }
};

const HEADER = 8;

/** Prints the error message that answers a request: all of it is sent back. */
export const encodeErrorReply: Run = ([name = "", hex = ""]) => {
  const having = versionsOf(name);
  const request = hexBytes(hex, "Trailing garbage in hex data");
  if (request.length < HEADER) throw new Fatal("Request too short");
  const dv = new DataView(request.buffer);
  if (request.length !== dv.getUint16(2)) throw new Fatal("Request size inconsistent");
  const version = request[0] as Version;
  if (!having.has(version)) throw new Fatal(`OpenFlow ${versionName(version)} has no ${name}`);
  const [errType, code] = errorPair(name, version);
  const reply = ErrorMessage.of({ errType, code, data: request });
  reply.xid = dv.getUint32(4);
  write(dump(encodeMessage(reply, version)));
};
