import type { Version } from "../../schema/mod.js";
import type { OxmField, OxmValue } from "../oxm/fields.js";
import { OPTION_BYTES } from "../oxm/option.js";
import { PortNo } from "../port/port-no.js";

/**
 * What switches do in different ways: which fields, ports and actions a switch has, and what it takes where the standard leaves a choice. Checks are the same for all; {@link STANDARD} is what the
 * standard requires of every switch, and `OPEN_VSWITCH` has the exceptions of Open vSwitch.
 */
export interface Rules {
  /** Whether a match may have a field. */
  matches(field: OxmField): boolean;
  /** Whether actions may write a field. */
  writes(field: OxmField): boolean;
  /** The error for an action that writes a field which actions may not write. */
  readonly unwritable: string;
  /** The error for a set-field of a field that the switch does not have. @param experimenter - behind a header of the class 0xffff; 0 for others */
  unknownField(header: number, experimenter: number): string;
  /** Whether a field may have a value that its bits can hold. */
  takes(field: OxmField, value: OxmValue): boolean;
  /** Whether packets can be sent to a port. */
  sendsTo(port: number): boolean;
  /** The error for an action that the switch does not have; undefined for the others. */
  absent(action: string, version: Version): string | undefined;
  /** How many VLAN tags a packet may be given. */
  readonly tags: number;
  /** Whether masks of zeros, which match anything, and of ones are taken for fields that take none. */
  readonly trivialMasks: boolean;
  /** Whether a field must stand behind those that it requires. */
  readonly ordered: boolean;
  /** Whether an action set is looked at in the order in which it is given, not in that in which it is executed. */
  readonly setsAsGiven: boolean;
  /** Whether instruction 6 is a meter also in OpenFlow 1.1 and 1.2. */
  readonly oldMeters: boolean;
}

/** The reserved ports that a packet can be sent to. OpenFlow 1.3 §4.5 */
export const OUTPUTS: readonly number[] = [
  ...[PortNo.InPort, PortNo.Table, PortNo.Normal, PortNo.Flood, PortNo.All, PortNo.Controller, PortNo.Local],
];

/** What the standard requires of every switch. OpenFlow 1.3 §7.2.3, §7.2.5, §7.4.4 */
export const STANDARD: Rules = {
  matches: () => true,
  writes: () => true,
  unwritable: "OFPBAC_BAD_SET_TYPE",
  unknownField: () => "OFPBAC_BAD_SET_TYPE",
  takes: (field, value) => (value instanceof Uint8Array ? value.length <= OPTION_BYTES : value <= field.exact),
  sendsTo: (port) => port <= PortNo.Max || OUTPUTS.includes(port),
  absent: () => undefined,
  tags: Number.POSITIVE_INFINITY,
  trivialMasks: false,
  ordered: false,
  setsAsGiven: false,
  oldMeters: false,
};
