import { SouthboundError } from "../errors/mod.js";
import { checkMatch, type Requirement, STANDARD } from "../ofp/check/mod.js";
import { Match, type Message } from "../ofp/mod.js";
import { isOfMaker } from "../schema/mod.js";

/** The messages whose match a switch refuses where a field lacks the one that it depends on. */
const CHECKED: ReadonlySet<string> = new Set(["flow-mod", "flow-stats-request", "aggregate-stats-request"]);

const number = (field: Requirement["field"], value: number): string =>
  field.words.format === "hex" ? `0x${value.toString(16).padStart(4, "0")}` : String(value);

/** A requirement as a literal of `Match.of` would have it. */
const literal = ({ field, values }: Requirement): string => `${field.name}: ${values.map((v) => number(field, v)).join(" or ")}`;

/**
 * Refuses a message whose match has a field that lacks what it depends on, such as `tcpDst` without `ipProto`: the switch would refuse it, or, in some versions, ignore the field. Matches and messages of a `maker`,
 * which are written once for a place in hot code, are not looked at.
 * @param place - what stands before the type in the error: which of several requests it is
 * @throws SouthboundError `ERR_USAGE`, naming what to add
 */
export function checkPrerequisites(message: Message, place = ""): void {
  if (isOfMaker(message) || !CHECKED.has(message.type)) return;
  const { match } = message as { readonly match?: unknown };
  if (!(match instanceof Match) || match.putOxm !== undefined || match.isEmpty) return;
  const fault = checkMatch(match, STANDARD);
  if (fault?.error !== "OFPBMC_BAD_PREREQ" || fault.field === undefined || fault.needs.length === 0) return;
  throw new SouthboundError(
    "ERR_USAGE",
    `${place}${message.type}: the match has ${fault.field.name} without what it depends on: add ${fault.needs.map(literal).join(", ")}, or send it as it is with the controller's option prerequisites: "loose"`,
  );
}
