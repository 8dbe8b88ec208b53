import { ERRNO_TEXT, errnoOf } from "../../errors/mod.js";
import { HEADER_SIZE } from "../../ofp/mod.js";
import { choiceOf } from "./choice.js";
import { Fatal } from "./fatal.js";
import { bytesOfFile } from "./input.js";
import { type Run, WHOLE } from "./settings.js";
import { showMessage } from "./show-message.js";

/** Prints the messages in a file, one behind the other. */
export const ofpParse: Run = async ([name = ""], settings) => {
  const { verbosity, connection } = settings;
  const choice = await choiceOf(settings);
  const bytes = await read(name);
  for (let p = 0; p < bytes.length; ) {
    if (bytes.length - p < HEADER_SIZE) throw new Fatal(`${name}: unexpected end of file mid-message`);
    const length = bytes[p + 2]! * 256 + bytes[p + 3]!;
    if (length < HEADER_SIZE) throw new Fatal(`${name}: ${length}-byte message is too short for OpenFlow`);
    if (length > bytes.length - p) throw new Fatal(`${name}: unexpected end of file mid-message`);
    showMessage(bytes.subarray(p, p + length), { verbosity: verbosity + WHOLE, log: connection.log.note }, choice);
    p += length;
  }
};

async function read(name: string): Promise<Uint8Array> {
  try {
    return await bytesOfFile(name);
  } catch (e) {
    throw new Fatal(`${name}: open (${ERRNO_TEXT[errnoOf(e, "EIO")]})`);
  }
}
