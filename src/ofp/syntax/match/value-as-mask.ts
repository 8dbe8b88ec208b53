import { OXM, type OxmField } from "../../oxm/fields.js";
import type { FlowImage } from "../../oxm/flow-image.js";
import { P } from "../../oxm/flow-places.js";

/*
 * Fields of tunnels whose value Open vSwitch takes for their mask (match.c, match_set_tun_erspan_ver_masked and those like it): of 5 only the bits of 5 count, and 0 is no match at all. It sends them so,
 * and prints what it receives as if they had been given so.
 */

const FIELDS: ReadonlySet<OxmField> = new Set([
  ...[OXM.tunErspanVer, OXM.tunErspanDir, OXM.tunErspanHwid],
  ...[OXM.tunGtpuFlags, OXM.tunGtpuMsgtype],
] as readonly OxmField[]);
const PLACES = [P.tunErspanVer, P.tunErspanDir, P.tunErspanHwid, P.tunGtpuFlags, P.tunGtpuMsgtype];

/** Whether Open vSwitch takes a value of a field for its mask. */
export const hasValueAsMask = (field: OxmField): boolean => FIELDS.has(field);

/** Makes the values of an image count as Open vSwitch has it. */
export function takeValuesAsMasks(image: FlowImage): void {
  for (const at of PLACES) if (image.has(at)) image.mask[at] = image.value[at]!;
}
