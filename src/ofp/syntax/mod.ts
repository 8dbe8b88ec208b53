/**
 * OpenFlow in text: messages, matches, actions, flows and packets in the words of `ovs-ofctl`.
 * Floor 2, in the room `ofp`: imports the rest of the room, `schema`, `bytes` and `errors`.
 * @packageDocumentation
 */

export { actionForms, formatActions, formatInstructions, instructionForms } from "./action/actions.js";
export { actionsFault, instructionsFault } from "./action/diagnose-actions.js";
export { type ActionSyntaxOptions, parseActions, parseInstructions } from "./action/parse-actions.js";
export { resentActions, resentInstructions } from "./action/resent.js";
export { type FlowOptions, formatFlow } from "./flow/flow.js";
export {
  type FlowSyntaxOptions,
  FlowText,
  type FlowTextCommand,
  type FlowTextOptions,
  firstProtocol,
  parseFlow,
  protocolsOfVersion,
  versionOfProtocol,
} from "./flow/parse-flow.js";
export { formatBucket, formatGroup, formatGroupStats } from "./group/group.js";
export { DEFAULT_PRIORITY, formatMatch } from "./match/match.js";
export type { FieldList } from "./match/match-of-image.js";
export { looseMatch10 } from "./match/match10.js";
export { rewriteMatch11 } from "./match/match11.js";
export type { Normalization } from "./match/normalize.js";
export { type MatchSyntaxOptions, parseMatch } from "./match/parse-match.js";
export { parseNxMatch, type RewrittenFields, rewriteFields } from "./match/parse-nx-match.js";
export { vlanForms } from "./match/vlan-forms.js";
export { formatMeter, formatMeterStats } from "./meter/meter.js";
export type { Names, PrintOptions, TextOptions } from "./options.js";
export { type ComposedPacket, parsePacket } from "./packet/check-compose.js";
export { formatFlowOfPacket, formatPacket } from "./packet/packet.js";
export type { SyntaxOptions } from "./parse/options.js";
export { Pairs } from "./parse/pairs.js";
export { ANY_PROTOCOL, Protocol, protocolNames } from "./parse/protocols.js";
export { SyntaxFault } from "./parse/syntax-fault.js";
export { formatPort, formatPorts } from "./port/port.js";
export { formatPortStats } from "./port/port-stats.js";
export { print, printBytes } from "./print.js";
export { formatQueueStats, formatQueues } from "./queue/queue.js";
export { formatTableDesc } from "./table/table-mod.js";
export { plainDump } from "./words.js";
