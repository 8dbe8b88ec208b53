/**
 * OpenFlow in text: messages, matches, actions, flows and packets in the words of `ovs-ofctl`.
 * Floor 2, in the room `ofp`: imports the rest of the room, `schema`, `bytes` and `errors`.
 * @packageDocumentation
 */

export { actionForms, formatActions, formatInstructions, instructionForms } from "./action/actions.js";
export { actionsIn, instructionsIn } from "./action/actions-in-version.js";
export { actions, instructions } from "./action/actions-of-text.js";
export { actionsFault, instructionsFault } from "./action/diagnose-actions.js";
export { type ActionSyntaxOptions, parseActions, parseInstructions } from "./action/parse-actions.js";
export { resentActions, resentInstructions } from "./action/resent.js";
export { Match } from "./everyday.js";
export { type FlowOptions, formatFlow } from "./flow/flow.js";
export { FlowFile, type FlowFileOptions } from "./flow/flow-file.js";
export {
  type FlowSyntaxOptions,
  FlowText,
  type FlowTextCommand,
  type FlowTextOptions,
  parseFlow,
} from "./flow/parse-flow.js";

export { type FlowRequestSyntaxOptions, parseAggregateRequest, parseFlowStatsRequest } from "./flow/parse-flow-request.js";
export { type FlowMonitorSyntaxOptions, formatFlowMonitor, parseFlowMonitor } from "./flow/parse-monitor.js";
export { checkSortKeys, type SortKey, sortFlows } from "./flow/sort-flows.js";
export { formatBucket, formatGroup, formatGroupMod, formatGroupStats } from "./group/group.js";
export {
  type GroupSyntaxOptions,
  type GroupsSyntaxOptions,
  GroupText,
  type GroupTextCommand,
  type GroupTextOptions,
  parseGroup,
  parseGroupDescs,
  parseGroups,
} from "./group/parse-group.js";
export { parseGroupDescRequest, parseGroupStatsRequest } from "./group/parse-group-request.js";

export { FieldTest, isWithin, MatchFields, testNames, testSpellings } from "./match/field-test.js";
export { DEFAULT_PRIORITY, formatMatch } from "./match/match.js";
export type { FieldList } from "./match/match-of-image.js";
export { looseMatch10 } from "./match/match10.js";
export { rewriteMatch11 } from "./match/match11.js";
export { type Normalization, noteNormalMatch } from "./match/normalize.js";
export { type MatchSyntaxOptions, parseMatch } from "./match/parse-match.js";
export { parseNxMatch, type RewrittenFields, rewriteFields } from "./match/parse-nx-match.js";
export { vlanForms } from "./match/vlan-forms.js";
export { parseFragHandling } from "./message/frag.js";
export { type BundleSyntaxOptions, BundleText, type BundleTextOptions, parseBundle } from "./message/parse-bundle.js";
export { parseCtFlush, parseCtFlushZone } from "./message/parse-ct-flush.js";
export { formatTlvMaps, parseTlvMaps, type TlvMapsCommand, type TlvMapsOptions } from "./message/tlv-maps.js";
export { formatMeter, formatMeterMod, formatMeterStats } from "./meter/meter.js";
export {
  type MeterRequestSyntaxOptions,
  type MeterSyntaxOptions,
  type MeterTextCommand,
  parseMeter,
  parseMeterConfigRequest,
  parseMeterConfigs,
  parseMeterStatsRequest,
} from "./meter/parse-meter.js";
export type { NoteLevel, NoteSink, SyntaxNote } from "./notes/note.js";
export { type Names, type PrintOptions, TEXT_OPTIONS, type TextOptions } from "./options.js";
export { type ComposedPacket, parsePacket } from "./packet/check-compose.js";
export { formatFlowOfPacket, formatPacket } from "./packet/packet.js";
export { formatPacketOut, type PacketOutSyntaxOptions, PacketOutText, parsePacketOut } from "./packet/parse-packet-out.js";
export { type LineOptions, readLines } from "./parse/lines.js";
export { SYNTAX_OPTIONS, type SyntaxOptions } from "./parse/options.js";
export { Pairs } from "./parse/pairs.js";
export { ANY_PROTOCOL, firstProtocol, Protocol, protocolNames, protocolsOfVersion, versionOfProtocol } from "./parse/protocols.js";
export { SyntaxFault } from "./parse/syntax-fault.js";
export { type PortToModify, parsePort, parsePortMod } from "./port/parse-port.js";
export { formatPort, formatPorts } from "./port/port.js";
export { formatPortStats } from "./port/port-stats.js";
export { print, printBytes } from "./print.js";
export { parseQueueConfigRequest, parseQueueStatsRequest, type QueueSyntaxOptions } from "./queue/parse-queue.js";
export { formatQueueStats, formatQueues } from "./queue/queue.js";
export { parseTableMod, type TableModSyntaxOptions, TableSetting } from "./table/parse-table-mod.js";
export { TableFeaturesText } from "./table/table.js";
export { formatTableDesc } from "./table/table-mod.js";
export { plainDump } from "./words.js";
