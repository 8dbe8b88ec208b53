import { checkOptions, type OptionTable } from "../../../errors/mod.js";
import type { Match } from "../../oxm/match.js";
import type { SyntaxOptions } from "../parse/options.js";
import { SYNTAX_OPTIONS } from "../parse/options.js";
import { Pairs } from "../parse/pairs.js";
import { inWhole } from "../parse/syntax-fault.js";
import { refuseKeyword } from "./keywords.js";
import { MatchBuilder } from "./match-builder.js";
import type { FieldList } from "./match-of-image.js";

/** What a match is read for. */
export interface MatchSyntaxOptions extends SyntaxOptions {
  /** Whose list of fields it is for: a version's (4, OpenFlow 1.3, unless given), or 0 for Nicira's, where a tag is one field. */
  readonly list?: FieldList | undefined;
}

/** What {@link MatchSyntaxOptions} has, for its check. */
export const MATCH_SYNTAX_OPTIONS: OptionTable<MatchSyntaxOptions> = { ...SYNTAX_OPTIONS, list: "number" };

/**
 * The match that a text such as `tcp,nw_dst=10.0.0.0/8,tp_dst=80` stands for, in the words of `ovs-ofctl` (ovs-fields(7)). A field that its packets cannot have is left out.
 * @throws SyntaxFault `ERR_SYNTAX` with the words of `ovs-ofctl`
 */
export function parseMatch(text: string, o: MatchSyntaxOptions = {}): Match {
  checkOptions("parseMatch", o, MATCH_SYNTAX_OPTIONS);
  const builder = new MatchBuilder(o);
  const pairs = new Pairs(text);
  try {
    while (pairs.next()) if (!builder.take(pairs.key, pairs.value)) refuseKeyword(pairs.key);
  } catch (e) {
    throw inWhole(e, pairs.at, pairs.valueAt);
  }
  builder.finish();
  return builder.match(o.list ?? 4);
}
