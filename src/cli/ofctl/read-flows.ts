import { decodeText } from "../../bytes/mod.js";
import { ERRNO_TEXT, errnoOf, SouthboundError } from "../../errors/mod.js";
import { FlowFile, type FlowFileOptions, FlowText, type FlowTextOptions, readLines, SyntaxFault } from "../../ofp/syntax/mod.js";
import { Fatal } from "./fatal.js";
import { bytesOfFile } from "./input.js";
import type { Settings } from "./settings.js";

/** What a text is read as. The program ends with what is wrong with it. @param place - put before that */
export function inWords<T>(read: () => T, place = ""): T {
  try {
    return read();
  } catch (e) {
    if (SouthboundError.is(e) && e.code === "ERR_SYNTAX") throw new Fatal(`${place}${e.message}`, e instanceof SyntaxFault ? e.hint : "");
    throw e;
  }
}

function flowOf(text: string, o: FlowTextOptions, settings: Settings): FlowText {
  return new FlowText(text, { ...o, log: settings.connection.log.note });
}

/** Reads a flow, and logs what its match loses. */
export const readFlow = (text: string, o: FlowTextOptions, settings: Settings): FlowText => inWords(() => flowOf(text, o, settings));

/** The text of a file, or of standard input for `-`. @param what - what is not done where it cannot be read */
export async function textOfFile(file: string, what = "open failed"): Promise<string> {
  try {
    const bytes = await bytesOfFile(file);
    return decodeText(bytes, 0, bytes.length);
  } catch (e) {
    throw new Fatal(`${file}: ${what} (${ERRNO_TEXT[errnoOf(e, "EIO")]})`);
  }
}

/** Reads the flows of a file of which nothing is kept but their flow-mods. */
export async function readFlowMods(file: string, o: FlowFileOptions, settings: Settings, what?: string): Promise<FlowFile> {
  const text = await textOfFile(file, what);
  return inWords(() => new FlowFile(text, { ...o, file, log: settings.connection.log.note }));
}

/** Reads the flows of a file, a line each, without comments. */
export async function readFlowFile(file: string, o: FlowTextOptions, settings: Settings, what?: string): Promise<FlowText[]> {
  const text = await textOfFile(file, what);
  return inWords(() => readLines(text, { file }, (line) => flowOf(line, o, settings)));
}
