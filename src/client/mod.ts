/**
 * What programs do with a switch that they are no controller of: choosing a flow format, asking for flows, changing, replacing and comparing them, names of ports and tables. What `ofctl` stands on.
 * Floor 4: imports `vconn`, `ofp`, `ofp/syntax`, `schema`, `bytes`, `errors`.
 * @packageDocumentation
 */
export { type DiffOptions, diffFlows, type FlowDifference } from "./flow-diff.js";
export { entryOfLine, entryOfStats, entryOfText, type FlowEntry, formatEntry } from "./flow-entry.js";
export { checkProtocols, dumpProtocol, flowModProtocol, initialProtocol, setProtocol } from "./flow-format.js";
export {
  aggregateRequest,
  applyChanges,
  BundleRefused,
  type ChangeOptions,
  changeFlows,
  commonProtocols,
  dumpFlows,
  entriesOfFile,
  entriesOfSwitch,
  flowRequest,
  type ProtocolOptions,
  type ReplaceOptions,
  replaceFlows,
  requestProtocols,
} from "./flows.js";
export { NameMap, portNames, portsOf, tableNames } from "./names.js";
export { answersRequest, rawReplies } from "./replies.js";
