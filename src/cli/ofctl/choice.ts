import { SouthboundError } from "../../errors/mod.js";
import type { SyntaxOptions } from "../../ofp/syntax/mod.js";
import { Fatal } from "./fatal.js";
import type { Settings } from "./settings.js";
import type { Choice } from "./show-message.js";
import type { Target } from "./target.js";

/** Whether some flows are to be chosen, or to stand out. */
export const choosesFlows = ({ filter, highlight }: Settings): boolean => filter !== undefined || highlight !== undefined;

/** Whether text may stand out: on a terminal, and with `--color=always`. */
export const marksText = ({ color, format }: Settings): boolean => format === "text" && (color || process.stdout.isTTY === true);

/** What `--filter` and `--highlight` come to. Names of ports and tables are asked of the target only where an expression cannot be read without them. @param always - whether flows can stand out off a terminal */
export async function choiceOf(settings: Settings, target?: Target, always = false): Promise<Choice> {
  const { filter, names } = settings;
  const highlight = marksText(settings) || always ? settings.highlight : undefined;
  if (filter === undefined && highlight === undefined) return {};
  const { parseFilter } = await import("../../view/mod.js");
  const read = (o: SyntaxOptions): Choice => ({
    filter: filter === undefined ? undefined : parsed("--filter", filter, (text) => parseFilter(text, o)),
    highlight: highlight === undefined ? undefined : parsed("--highlight", highlight, (text) => parseFilter(text, o)),
  });
  try {
    return read({});
  } catch (e) {
    if (!(e instanceof Fatal) || target === undefined || names === false || !/port|table|invalid/i.test(e.message)) throw e;
  }
  return read(await target.accepted());
}

function parsed<T>(option: string, text: string, parse: (text: string) => T): T {
  try {
    return parse(text);
  } catch (e) {
    throw SouthboundError.is(e) && e.code === "ERR_SYNTAX" ? new Fatal(`${option}: ${e.message}`) : e;
  }
}

/** Commands that print flows, which may be chosen. */
export const WITH_FLOWS: ReadonlySet<string> = new Set(
  "dump-flows parse-flow parse-flows ofp-parse ofp-parse-pcap ofp-print diff-flows view watch".split(" "),
);
