import { DecodeError } from "../../errors/mod.js";
import { decodeBytes } from "../../ofp/mod.js";
import { choiceOf } from "./choice.js";
import { Fatal } from "./fatal.js";
import { standardInput } from "./input.js";
import { emitOnly } from "./output.js";
import { hexBytes, type Run } from "./settings.js";
import { showMessage } from "./show-message.js";

const DEFAULT_VERBOSITY = 2;

/** Prints a message given in hexadecimal. */
export const ofpPrint: Run = async ([given = "", verbosity], settings) => {
  const { format, raw, connection } = settings;
  const bytes =
    raw && given === "-"
      ? await standardInput()
      : hexBytes(given === "-" ? await firstLine() : given, "trailing garbage following hex bytes");
  const options = {
    verbosity: verbosity === undefined ? DEFAULT_VERBOSITY : Number.parseInt(verbosity, 10) || 0,
    log: connection.log.note,
  };
  // one message is one object and no list
  if (format === "json")
    emitOnly(
      () => toJson(bytes),
      () => "",
    );
  else showMessage(bytes, options, await choiceOf(settings));
};

async function firstLine(): Promise<string> {
  const text = (await standardInput()).toString("latin1");
  if (text === "") throw new Fatal("Failed to read stdin");
  return text.split(/[\0\n]/, 1)[0]!;
}

function toJson(bytes: Uint8Array): unknown {
  try {
    return decodeBytes(bytes);
  } catch (e) {
    if (e instanceof DecodeError) throw new Fatal(e.message);
    throw e;
  }
}
