import { checkOptions, type OptionTable } from "../../../errors/mod.js";
import type { Version } from "../../../schema/mod.js";
import { ALL_TABLES } from "../../flow/flow-mod.js";
import { FlowMonitor, FlowMonitorRequest } from "../../flow/flow-monitor.js";
import { GroupNo } from "../../group/group-no.js";
import { OXM, type OxmField } from "../../oxm/fields.js";
import { Match } from "../../oxm/match.js";
import { PortNo, portFrom16, portTo16 } from "../../port/port-no.js";
import { fieldWords, ownWords } from "../match/keywords.js";
import { formatMatch } from "../match/match.js";
import { MatchBuilder } from "../match/match-builder.js";
import { writtenMatch } from "../match/written.js";
import { TEXT_OPTIONS, type TextOptions, versionOf } from "../options.js";
import { readLoose } from "../parse/c-number.js";
import { readTable } from "../parse/name.js";
import type { SyntaxOptions } from "../parse/options.js";
import { SYNTAX_OPTIONS } from "../parse/options.js";
import { Pairs } from "../parse/pairs.js";
import { chooseProtocol, NXM, OF10 } from "../parse/protocols.js";
import { inWhole, refuse, refuseName } from "../parse/syntax-fault.js";
import { tableText } from "../words.js";
import { FLAG_WORDS, OWN_WORD, ownFlag, STANDARD_SINCE } from "./monitor-words.js";

/** How the text of a monitor is read. */
export interface FlowMonitorSyntaxOptions extends SyntaxOptions {
  /** 4 (OpenFlow 1.3) unless given. */
  readonly version?: Version | undefined;
  /** The protocols that may be used: bits of `Protocol`; those of the version unless given. */
  readonly allowed?: number | undefined;
  /** The controller's number for the monitor; 0 unless given. */
  readonly monitorId?: number | undefined;
}

/** What {@link FlowMonitorSyntaxOptions} has, for its check. */
export const FLOW_MONITOR_SYNTAX_OPTIONS: OptionTable<FlowMonitorSyntaxOptions> = {
  ...SYNTAX_OPTIONS,
  version: "number",
  monitorId: "number",
  allowed: "number",
};

/** The first version whose matches are no lists of Nicira's. */
const WITH_OXM_MATCH = 4;

/**
 * The request for a monitor of flows that a text such as `!initial,table=1,tcp` stands for, in the words of `ovs-ofctl monitor BRIDGE watch:…`. All is reported that `!` does not leave out.
 * @throws SyntaxFault `ERR_SYNTAX` with the words of `ovs-ofctl`
 */
export function parseFlowMonitor(text: string, o: FlowMonitorSyntaxOptions = {}): FlowMonitorRequest {
  checkOptions("parseFlowMonitor", o, FLOW_MONITOR_SYNTAX_OPTIONS);
  const version = o.version ?? 4;
  const without = withoutWords(version);
  const builder = new MatchBuilder(o);
  let flags = [...without.values()].reduce((all, bit) => all | bit, 0);
  let outPort: number = PortNo.Any;
  let outGroup: number = GroupNo.Any;
  let tableId: number = ALL_TABLES;
  const pairs = new Pairs(text);
  try {
    while (pairs.next()) {
      const { key, value } = pairs;
      const bit = without.get(key);
      if (bit !== undefined) flags &= ~bit;
      else if (key === "!abbrev" || builder.takeKind(key)) continue;
      else if (builder.takeField(key, value)) {
        if ((builder.protocols & (OF10 | NXM)) === 0) refuse(`${key}: match field is not supported for flow monitor`);
      } else if (value === "") refuse(`${text}: field ${key} missing value`);
      else if (key === "table") tableId = readTable(value, o) ?? refuse(`unknown table "${value}"`, 0);
      else if (key === "out_port") outPort = portFrom16(readLoose(value, 16));
      else if (key === "out_group") outGroup = readLoose(value, 32);
      else
        refuseName(
          `${text}: unknown keyword ${key}`,
          key,
          [...without.keys(), "table", "out_port", "out_group", ...fieldWords()],
          -1,
          ownWords(),
        );
    }
  } catch (e) {
    throw inWhole(e, pairs.at, pairs.valueAt);
  }
  chooseProtocol(builder.protocols, version, o.allowed);
  const list = version < WITH_OXM_MATCH ? 0 : version;
  const match = writtenMatch(builder.match(list), list);
  return FlowMonitorRequest.of({
    monitors: [
      FlowMonitor.of({
        monitorId: o.monitorId ?? 0,
        flags,
        outPort,
        // before OpenFlow 1.4 it is left out, as Open vSwitch does
        outGroup: version < STANDARD_SINCE ? GroupNo.Any : outGroup,
        tableId,
        match,
      }),
    ],
  });
}

/** The bits that the words with `!` leave out, by these. */
const withoutWords = (version: Version): ReadonlyMap<string, number> =>
  new Map([...FLAG_WORDS, [ownFlag(version), OWN_WORD] as const].map(([bit, word]) => [`!${word}`, bit]));

const PACKET_TYPE = OXM.packetType as OxmField;

/**
 * The text of a monitor as {@link parseFlowMonitor} reads it. It cannot have the monitor's number, a command other than to add it, flags without a word (before OpenFlow 1.4 `OnlyOwn`, later `NoAbbrev`), nor
 * fields that a text has no value for.
 */
export function formatFlowMonitor(m: FlowMonitor, o: TextOptions = {}): string {
  checkOptions("formatFlowMonitor", o, TEXT_OPTIONS);
  const words: string[] = [];
  for (const [word, bit] of withoutWords(versionOf(o))) if ((m.flags & bit) === 0) words.push(word);
  if (m.tableId !== ALL_TABLES) words.push(`table=${tableText(m.tableId, o)}`);
  if (m.outPort !== PortNo.Any) words.push(`out_port=${portTo16(m.outPort)}`);
  if (m.outGroup !== GroupNo.Any) words.push(`out_group=${m.outGroup}`);
  const isFrame = m.match.packetType === 0;
  if (isFrame) words.push("packet_type=(0,0)");
  const match = isFrame ? new Match(m.match.entries.filter((e) => e.field !== PACKET_TYPE)) : m.match;
  if (!match.isEmpty) words.push(formatMatch(match, o));
  return words.join(",");
}
