import { type Element, field, type Member, text, type UnknownElement, u64, union } from "../../schema/mod.js";
import { ExperimenterProperty } from "../experimenter-property.js";
import { EXPERIMENTER } from "../ids.js";
import { OXM_LIST } from "../oxm/codec.js";
import { ANY_PACKET } from "../oxm/match.js";
import { PROPERTY_HEADER, property } from "../property.js";

const NETRONOME = 0x154d;
/** The number that Open vSwitch 2.4 took for Netronome's. */
const NETRONOME_OLD = 0x1540;
const SELECTION_METHOD = 1;

const SLOTS = ["pad:4", "method", "param", "fields"] as const;
const selection = () => ({
  /** Up to 15 characters, such as `hash` or `dp_hash`. */
  method: text(16),
  /** A number that the method takes. */
  param: u64(),
  /** The fields that are hashed, each with the bits that count as its value and without a mask. */
  fields: field(OXM_LIST, ANY_PACKET),
});

/** How a group of type select chooses a bucket, as an extension of Netronome's. OpenFlow 1.5, and Nicira's group messages of 1.0 */
export const SelectionMethod = property("SelectionMethod", "selection-method", selection(), {
  "1.0": { key: [EXPERIMENTER, NETRONOME, SELECTION_METHOD], slots: SLOTS },
  "1.5": { key: [EXPERIMENTER, NETRONOME, SELECTION_METHOD], slots: SLOTS },
});
/** See the class. */
export type SelectionMethod = InstanceType<typeof SelectionMethod>;

/** The same with the number that Open vSwitch 2.4 took for Netronome's. */
export const SelectionMethodOld = property("SelectionMethodOld", "selection-method-old", selection(), {
  "1.0": { key: [EXPERIMENTER, NETRONOME_OLD, SELECTION_METHOD], slots: SLOTS },
  "1.5": { key: [EXPERIMENTER, NETRONOME_OLD, SELECTION_METHOD], slots: SLOTS },
});
/** See the class. */
export type SelectionMethodOld = InstanceType<typeof SelectionMethodOld>;

/** Every property of a group. The standard has none but those of experimenters. OpenFlow 1.5 §7.3.4.3 (ofp_group_prop_type) */
export const GROUP_PROPERTIES = union("group property", PROPERTY_HEADER, "OFPBPC_BAD_TYPE", [
  SelectionMethod,
  SelectionMethodOld,
  ExperimenterProperty,
]);

/** One property of a group. */
export type GroupProperty = Member<typeof GROUP_PROPERTIES> | UnknownElement;

/** The same as an element of lists. */
export const GROUP_PROPERTY = GROUP_PROPERTIES as Element<GroupProperty>;
