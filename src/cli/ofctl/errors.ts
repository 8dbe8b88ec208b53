import { viewOf } from "../../bytes/mod.js";
import { ERRORS, encodeMessage, errorPlace, errorReply, HEADER_SIZE } from "../../ofp/mod.js";
import { VERSIONS, type Version, versionName } from "../../schema/mod.js";
import { Fatal } from "./fatal.js";
import { dump, hexBytes, type Run, write } from "./settings.js";

function known(name: string): void {
  if (!Object.hasOwn(ERRORS, name)) throw new Fatal(`unknown error "${name}"`);
}

const EXPERIMENTER_SINCE = 3;

/** Prints the numbers of an error in each version that has it. An experimenter's error has one number since OpenFlow 1.2, which is printed as a type. */
export const printError: Run = ([name = ""]) => {
  known(name);
  for (const version of VERSIONS) {
    const place = errorPlace(name, version);
    if (place === undefined) continue;
    const [type, code, experimenter = 0] = place;
    const numbers = experimenter !== 0 && version >= EXPERIMENTER_SINCE ? `type ${code}, code 0` : `type ${type}, code ${code}`;
    write(`OpenFlow ${versionName(version)}: vendor ${experimenter === 0 ? "0" : `0x${experimenter.toString(16)}`}, ${numbers}\n`);
  }
};

/** What an error message has before the request, at the most. */
const ERROR_HEADER = 20;
const MAX_LENGTH = 65535;

/** Prints the error message that answers a request: all of it is sent back. A version that is not known is answered in OpenFlow 1.0. */
export const encodeErrorReply: Run = ([name = "", hex = ""], { connection: { log } }) => {
  known(name);
  const request = hexBytes(hex, "Trailing garbage in hex data");
  if (request.length < HEADER_SIZE) throw new Fatal("Request too short");
  const dv = viewOf(request);
  if (request.length !== dv.getUint16(2)) throw new Fatal("Request size inconsistent");
  const wire = request[0]!;
  const version: Version = wire >= 1 && wire <= 6 ? (wire as Version) : 1;
  if (errorPlace(name, version) === undefined) log.log("ofp_errors", "ERR", `cannot encode ${name} for OpenFlow ${versionName(version)}`);
  const reply = errorReply(version, name, dv.getUint32(4), request, MAX_LENGTH - ERROR_HEADER);
  write(dump(encodeMessage(reply, version)));
};
