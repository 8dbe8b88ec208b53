/** The flows of the corpus as texts, with what `ovs-ofctl` sends for each: `corpus-sent.txt`, which `UPDATE=1` of the interop test `corpus-sent` writes with the tool that is installed. */
import { decodeBytes, FlowMod, FlowModCommand, FlowStatsReply } from "../../../../src/ofp/mod.js";
import { formatFlow, printBytes } from "../../../../src/ofp/syntax/mod.js";
import { VERSIONS, type Version } from "../../../../src/schema/mod.js";
import { readCorpus } from "../../corpus.js";
import { flowOfPrinted } from "../flow-of-printed.js";

/** A flow of the corpus in words, and the version that has it. */
export interface CorpusFlow {
  readonly version: Version;
  readonly text: string;
}

/** The flows that are added or were: each text once for a version. */
export function corpusFlows(): readonly CorpusFlow[] {
  const found = new Map<string, CorpusFlow>();
  const put = (version: Version, text: string): void => {
    if (!text.includes("\n")) found.set(`${version} ${text}`, { version, text });
  };
  for (const { type, version, bytes } of readCorpus()) {
    if (type !== "flow-mod" && type !== "flow-stats-reply") continue;
    const m = decodeBytes(bytes);
    if (FlowStatsReply.is(m)) for (const flow of m.flows) put(version, formatFlow(flow, { version }));
    if (!FlowMod.is(m) || m.command !== FlowModCommand.Add) continue;
    const printed = printBytes(bytes, { verbosity: 2 });
    if (!printed.includes("***")) put(version, flowOfPrinted(printed, "add"));
  }
  return [...found.values()];
}

/** The lines of the file: version and text, and behind a space the bytes, or the error behind an exclamation mark. */
export const shownCorpus = (flows: readonly CorpusFlow[], sent: readonly string[]): string =>
  flows.map(({ version, text }, i) => `${version} ${text}\n ${sent[i]}\n`).join("");

/** Reads such a file. */
export function readCorpusSent(text: string): readonly (CorpusFlow & { readonly sent: string })[] {
  const lines = text.split("\n");
  return lines.flatMap((line, i) => {
    const version = VERSIONS.find((v) => line.startsWith(`${v} `));
    return version === undefined ? [] : [{ version, text: line.slice(2), sent: lines[i + 1]!.slice(1) }];
  });
}
