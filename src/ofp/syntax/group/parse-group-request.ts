import { checkOptions } from "../../../errors/mod.js";
import type { Version } from "../../../schema/mod.js";
import { GroupNo } from "../../group/group-no.js";
import { GroupDescRequest, GroupStatsRequest } from "../../group/group-stats.js";
import { readGroup } from "../parse/name.js";
import { VERSION_OPTION } from "../parse/options.js";
import { refuse } from "../parse/syntax-fault.js";
import { isWide } from "./group-words.js";
import { GroupText } from "./parse-group.js";

/**
 * The request for the counters of a group from a text such as `group_id=1`, in the words of `ovs-ofctl dump-group-stats`; without a text for those of all groups.
 * @throws SyntaxFault `ERR_SYNTAX` with the words of `ovs-ofctl`
 */
export const parseGroupStatsRequest = (text = ""): GroupStatsRequest =>
  GroupStatsRequest.of({ groupId: new GroupText(text, { command: "delete" }).groupId });

/**
 * The request for what a group is made of, from its number, `any` or `all`, as in `ovs-ofctl dump-groups`; without a text for all groups, and for these in any case between OpenFlow 1.1 and 1.4, whose request
 * has no number.
 * @throws SyntaxFault `ERR_SYNTAX` with the words in which `ovs-ofctl` warns of another text, by which it asks for all groups
 */
export function parseGroupDescRequest(text?: string, o: { readonly version?: Version } = {}): GroupDescRequest {
  checkOptions("parseGroupDescRequest", o, VERSION_OPTION);
  const reason = "(Valid group IDs are 32-bit nonnegative integers or the keywords ANY or ALL.)";
  const groupId = text === undefined ? GroupNo.All : (readGroup(text) ?? refuse(`${text} is not a valid group ID.  ${reason}`, 0));
  return GroupDescRequest.of({ groupId: isWide(o.version ?? 4) ? groupId : GroupNo.All });
}
