import type { Version } from "../../schema/mod.js";
import { EXPERIMENTER, EXPERIMENTER_MESSAGE } from "../ids.js";
import { MESSAGES, type Message } from "../messages.js";

/**
 * The OpenFlow error that answers a message that no table describes: a type, a type of statistics, an experimenter, or an experimenter's own type that is not known, or a
 * header cut short. Undefined for a message that a table describes. OpenFlow 1.3 §7.4.4 (OFPET_BAD_REQUEST)
 */
export function unknownReason(m: Message, version: Version): string | undefined {
  if (m.type === "unknown") return MESSAGES.reasonOf(version, m.key);
  if (m.type === "experimenter") return MESSAGES.reasonOf(version, [EXPERIMENTER_MESSAGE, m.experimenter, m.expType]);
  if (m.type !== "experimenter-stats-request" && m.type !== "experimenter-stats-reply") return undefined;
  const type = (version === 1 ? 16 : 18) + (m.type === "experimenter-stats-request" ? 0 : 1);
  return MESSAGES.reasonOf(version, [type, EXPERIMENTER, m.experimenter, m.expType]);
}
