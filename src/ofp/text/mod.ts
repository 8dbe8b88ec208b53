/**
 * OpenFlow in text: messages, matches, actions, flows and packets in the words of `ovs-ofctl`.
 * Floor 2, in the room `ofp`: imports the rest of the room, `schema`, `bytes` and `errors`.
 * @packageDocumentation
 */

export { formatActions, formatInstructions } from "./actions.js";
export { refuseInstructionsFor } from "./check-flow-actions.js";
export { actionsFault, instructionsFault } from "./diagnose-actions.js";
export { type FlowOptions, formatFlow } from "./flow.js";
export { formatBucket, formatGroup, formatGroupStats } from "./group.js";
export { DEFAULT_PRIORITY, formatMatch } from "./match.js";
export { looseMatch10 } from "./match10.js";
export { rewriteMatch11 } from "./match11.js";
export { formatMeter, formatMeterStats } from "./meter.js";
export type { Names, PrintOptions, TextOptions } from "./options.js";
export { formatPacket } from "./packet.js";
export {
  type FlowSyntaxOptions,
  FlowText,
  type FlowTextCommand,
  type FlowTextOptions,
  firstProtocol,
  parseFlow,
  protocolsOfVersion,
  versionOfProtocol,
} from "./parse/flow.js";
export type { FieldList } from "./parse/match-of-image.js";
export type { Normalization } from "./parse/normalize.js";
export { parseNxMatch, type RewrittenFields, rewriteFields } from "./parse/nx-match.js";
export type { SyntaxOptions } from "./parse/options.js";
export { Pairs } from "./parse/pairs.js";
export { type ActionSyntaxOptions, parseActions, parseInstructions } from "./parse/parse-actions.js";
export { type MatchSyntaxOptions, parseMatch } from "./parse/parse-match.js";
export { ANY_PROTOCOL, Protocol, protocolNames } from "./parse/protocols.js";
export { SyntaxFault } from "./parse/syntax-fault.js";
export { formatPort, formatPorts } from "./port.js";
export { formatPortStats } from "./port-stats.js";
export { print, printBytes } from "./print.js";
export { formatQueueStats, formatQueues } from "./queue.js";
export { resentActions, resentInstructions } from "./resent.js";
export { formatTableDesc } from "./table-mod.js";
export { plainDump } from "./words.js";
