/** Whatever text a reader is given, what it throws is a SyntaxFault: random texts, right and wrong, those of one reader also through the others, and bytes changed in them. */
import { expect, test } from "vitest";
import { encodeMessage } from "../../../../src/ofp/mod.js";
import {
  FlowFile,
  Match,
  parseActions,
  parseAggregateRequest,
  parseBundle,
  parseCtFlush,
  parseCtFlushZone,
  parseFlow,
  parseFlowMonitor,
  parseFlowStatsRequest,
  parseFragHandling,
  parseGroup,
  parseGroupDescRequest,
  parseGroupDescs,
  parseGroupStatsRequest,
  parseGroups,
  parseInstructions,
  parseMatch,
  parseMeter,
  parseMeterConfigRequest,
  parseMeterConfigs,
  parseMeterStatsRequest,
  parseNxMatch,
  parsePacket,
  parsePacketOut,
  parsePort,
  parsePortMod,
  parseQueueConfigRequest,
  parseQueueStatsRequest,
  parseTableMod,
  parseTlvMaps,
  SyntaxFault,
} from "../../../../src/ofp/syntax/mod.js";
import { VERSIONS, type Version } from "../../../../src/schema/mod.js";
import { type RandomSource, seededSource } from "../../../../src/testing/mod.js";
import { SOAK } from "../../../soak.js";
import { randomCommand, randomGroup } from "../random/commands.js";
import { randomFlow } from "../random/flow.js";

const SEED = Number(process.env.SEED ?? 1);
const COUNT = Number(process.env.COUNT ?? (SOAK ? 20_000 : 500));

/** Each reader of text, by its name. */
const READERS: Readonly<Record<string, (text: string, version: Version) => unknown>> = {
  parseFlow: (text, version) => encodeMessage(parseFlow(text, { version }), version),
  "parseFlow any": (text, version) => parseFlow(text, { version, command: "any" }),
  "parseFlow delete": (text, version) => parseFlow(text, { version, command: "delete" }),
  FlowFile: (text) => new FlowFile(text, {}),
  parseFlowStatsRequest: (text, version) => parseFlowStatsRequest(text, { version }),
  parseAggregateRequest: (text, version) => parseAggregateRequest(text, { version }),
  parseFlowMonitor: (text, version) => parseFlowMonitor(text, { version }),
  parseMatch: (text) => parseMatch(text),
  "Match.parse": (text) => Match.parse(text),
  parseActions: (text, version) => parseActions(text, { version }),
  parseInstructions: (text, version) => parseInstructions(text, { version }),
  parseNxMatch: (text) => parseNxMatch(text),
  parseGroup: (text, version) => parseGroup(text, { version }),
  "parseGroup insert": (text) => parseGroup(text, { version: 6, command: "insert_bucket" }),
  parseGroups: (text, version) => parseGroups(text, { version }),
  parseGroupDescs: (text, version) => parseGroupDescs(text, { version }),
  parseGroupDescRequest: (text) => parseGroupDescRequest(text),
  parseGroupStatsRequest: (text) => parseGroupStatsRequest(text),
  parseMeter: (text) => parseMeter(text),
  parseMeterConfigs: (text) => parseMeterConfigs(text),
  parseMeterConfigRequest: (text) => parseMeterConfigRequest(text),
  parseMeterStatsRequest: (text) => parseMeterStatsRequest(text),
  parsePacketOut: (text, version) => parsePacketOut(text, { version }),
  parsePacket: (text) => parsePacket(text),
  parseBundle: (text, version) => parseBundle(text, { version: version === 6 ? 6 : 5 }),
  parseTlvMaps: (text) => parseTlvMaps(text),
  parseCtFlush: (text) => parseCtFlush(text),
  "parseCtFlush tuples": (text) => parseCtFlush("zone=1", text, text),
  parseCtFlushZone: (text) => parseCtFlushZone(text),
  parseTableMod: (text) => parseTableMod("1", text),
  "parseTableMod table": (text) => parseTableMod(text, "evict"),
  parsePort: (text) => parsePort(text),
  parsePortMod: (text) => parsePortMod(text, { portNo: 1, hwAddr: 0 }),
  parseQueueStatsRequest: (text) => parseQueueStatsRequest(text, text),
  parseQueueConfigRequest: (text) => parseQueueConfigRequest(text),
  parseFragHandling: (text) => parseFragHandling(text),
};

const ODD = [
  "\0",
  '"',
  "\\",
  "(",
  ")",
  "[",
  "]",
  "/",
  "->",
  "=",
  ",",
  "-1",
  "0x",
  "\u{1f600}",
  "4294967296",
  "ffff",
  "*",
  " ",
  "\n",
  "tun_metadata0",
  "xxreg0",
];

/** A text with some of it replaced. */
function changed(source: RandomSource, text: string): string {
  let found = text;
  for (let n = source.integer(0, 3); n > 0; n--) {
    const at = source.integer(0, found.length);
    found = found.slice(0, at) + ODD[source.integer(0, ODD.length - 1)]! + found.slice(at + source.integer(0, 3));
  }
  return found;
}

function randomText(source: RandomSource): string {
  const kind = source.integer(0, 3);
  if (kind === 0) return randomGroup(source);
  if (kind === 1) return randomCommand(source).slice(1).join(" ");
  const flow = randomFlow(source);
  const actions = flow.indexOf("actions=");
  return kind === 2 && actions >= 0 ? flow.slice(actions + 8) : flow;
}

test("every reader throws SyntaxFault alone", () => {
  const source = seededSource(SEED);
  const others = new Map<string, string>();
  for (let n = 0; n < COUNT; n++) {
    const text = changed(source, randomText(source));
    const version = VERSIONS[source.integer(0, VERSIONS.length - 1)]!;
    for (const [name, read] of Object.entries(READERS)) {
      try {
        read(text, version);
      } catch (e) {
        if (e instanceof SyntaxFault && e.offset >= -1 && e.offset <= text.length) continue;
        const what = `${name}: ${(e as Error).constructor.name} ${(e as { code?: string }).code} ${(e as Error).message.replace(/\d+/g, "N").slice(0, 70)}`;
        if (!others.has(what))
          others.set(
            what,
            `${version} ${text.slice(0, 300)} ${(e as SyntaxFault).offset} ${(e as Error).stack?.split("\n").slice(1, 4).join("|")}`,
          );
      }
    }
  }
  expect([...others]).toEqual([]);
});
