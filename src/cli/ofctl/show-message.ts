import { toHex } from "../../bytes/mod.js";
import { DecodeError } from "../../errors/mod.js";
import { decodeBytes, FlowMod, FlowRemoved, FlowStatsReply, type Message } from "../../ofp/mod.js";
import { type PrintOptions, print, printBytes } from "../../ofp/syntax/mod.js";
import type { Version } from "../../schema/mod.js";
import { type FlowFilter, type FlowRecord, recordOfMod, recordOfRemoved, recordOfStats } from "../../view/mod.js";
import { emit, shown, structured } from "./output.js";

/** Which flows are printed, and which of them stand out. */
export interface Choice {
  /** All unless given. */
  readonly filter?: FlowFilter | undefined;
  /** None unless given. */
  readonly highlight?: FlowFilter | undefined;
  /** Makes a line about a flow one in colors; lines stay as they are unless given. */
  readonly paint?: ((line: string) => string) | undefined;
}

/** Text that stands out on a terminal. */
export const highlighted = (text: string): string => `\u001b[7m${text}\u001b[27m`;

const painted = (text: string, paint: Choice["paint"]): string => (paint === undefined ? text : text.split("\n").map(paint).join("\n"));

/** A message that cannot be decoded, as `messageFromJSON` takes what no table knows. */
const undecoded = (bytes: Uint8Array): unknown => ({ type: "unknown", key: [], bytes: toHex(bytes) });

function decoded(bytes: Uint8Array): Message | undefined {
  try {
    return decodeBytes(bytes);
  } catch (e) {
    if (!(e instanceof DecodeError)) throw e;
    return undefined;
  }
}

/** The flow that a message is about; undefined for one that is about none. */
function recordOf(m: Message, text: () => string, o: PrintOptions): FlowRecord | undefined {
  if (FlowMod.is(m)) return recordOfMod(m, text, o);
  return FlowRemoved.is(m) ? recordOfRemoved(m, text, o) : undefined;
}

/** Prints a message that was received or would be sent, in the format that was asked for. With a filter only what has flows is printed, without the flows that it does not choose. */
export function showMessage(bytes: Uint8Array, o: PrintOptions, { filter, highlight, paint }: Choice = {}): void {
  if (filter === undefined && highlight === undefined) {
    emit(
      () => decoded(bytes) ?? undecoded(bytes),
      () => painted(shown(printBytes(bytes, o)), paint),
    );
    return;
  }
  const m = decoded(bytes);
  const options = { ...o, version: bytes[0] as Version };
  const text = (): string => shown(printBytes(bytes, o));
  if (m === undefined) {
    if (filter === undefined || bytes[1] === ERROR_TYPE) emit(() => undecoded(bytes), text);
    return;
  }
  if (!FlowStatsReply.is(m)) {
    const flow = recordOf(m, () => text().trimEnd(), options);
    if (filter !== undefined && (flow === undefined ? bytes[1] !== ERROR_TYPE : !filter.test(flow))) return;
    const stands = flow !== undefined && highlight?.test(flow) === true;
    emit(
      () => m,
      () => (stands ? `${highlighted(text().trimEnd())}\n` : text()),
    );
    return;
  }
  const all = m.flows;
  const chosen = filter === undefined ? all : all.filter((flow) => filter.test(recordOfStats(flow, options)));
  if (chosen.length < all.length) m.flows = chosen;
  emit(
    () => m,
    () => {
      const printed = chosen.length < all.length ? shown(print(m, o)) : text();
      if (highlight === undefined || structured()) return painted(printed, paint);
      const lines = printed.split("\n");
      // a line for each flow behind that of the message
      if (lines.length !== chosen.length + 2) return printed;
      return lines
        .map((line, i) =>
          i > 0 && i <= chosen.length && highlight.test(recordOfStats(chosen[i - 1]!, options)) ? highlighted(line) : line,
        )
        .join("\n");
    },
  );
}

/** The type of an error, which is shown whatever is chosen. */
const ERROR_TYPE = 1;
