/**
 * Why a switch refuses matches, actions, instructions and groups: checks of objects, without bytes and without text, by the rules of the standard or of Open vSwitch.
 * Floor 2.2, in the room `ofp`: imports the rest of the room but `ofp/syntax`, `packet`, `schema`, `bytes` and `errors`.
 * @packageDocumentation
 */

export { type ActionOf, checkAction, checkMembers, MOST_MEMBERS } from "./action.js";
export {
  checkActions,
  checkBeside,
  checkInstructions,
  checkNest,
  checkSet,
  checkTogether,
  inSetOrder,
  placeWithin,
  setRank,
} from "./action-order.js";
export { factsOfImage, factsOfKey, factsOfMatch, hasField, noFacts, type PacketFacts } from "./facts.js";
export { explainFault, Fault, type Requirement } from "./fault.js";
export {
  checkActionFor,
  checkActionsFor,
  checkGoto,
  checkInstructionsFor,
  type FlowState,
  flowState,
  nestedState,
} from "./flow-actions.js";
export { type BucketFacts, checkGroup, isCommandBucket } from "./group.js";
export { checkMatch, isInconsistent, type MatchCheck, PIPELINE } from "./match.js";
export { isOldMeter, METER, OPEN_VSWITCH, withOldMeters } from "./open-vswitch.js";
export { type Rules, STANDARD } from "./rules.js";
export { bitsIn, checkHeader, copyList, type HeaderList, isWhole, isWritable, knownForm } from "./subfield.js";
