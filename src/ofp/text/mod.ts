/**
 * OpenFlow in text: messages, matches, actions, flows and packets in the words of `ovs-ofctl`.
 * Floor 2, in the room `ofp`: imports the rest of the room, `schema`, `bytes` and `errors`.
 * @packageDocumentation
 */
export type { FieldList } from "../syntax/match-of-image.js";
export { parseNxMatch, type RewrittenFields, rewriteFields } from "../syntax/nx-match.js";
export type { SyntaxOptions } from "../syntax/options.js";
export { Pairs } from "../syntax/pairs.js";
export { type MatchSyntaxOptions, parseMatch } from "../syntax/parse-match.js";
export { SyntaxFault } from "../syntax/syntax-fault.js";
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
export { formatPort, formatPorts } from "./port.js";
export { formatPortStats } from "./port-stats.js";
export { print, printBytes } from "./print.js";
export { formatQueueStats, formatQueues } from "./queue.js";
export { formatTableDesc } from "./table-mod.js";
export { plainDump } from "./words.js";
