/**
 * OpenFlow in text: messages, matches, actions, flows and packets in the words of `ovs-ofctl`.
 * Floor 2, in the room `ofp`: imports the rest of the room, `schema`, `bytes` and `errors`.
 * @packageDocumentation
 */
export { formatActions, formatInstructions } from "./actions.js";
export { type FlowOptions, formatFlow } from "./flow.js";
export { DEFAULT_PRIORITY, formatMatch } from "./match.js";
export { looseMatch10 } from "./match10.js";
export type { Names, PrintOptions, TextOptions } from "./options.js";
export { formatPacket } from "./packet.js";
export { formatPort, formatPortStats, formatPorts } from "./port.js";
export { print, printBytes } from "./print.js";
export { plainDump } from "./words.js";
