import { Match as Fields } from "../oxm/match.js";
import { type MatchSyntaxOptions, parseMatch } from "./match/parse-match.js";
import { explained } from "./parse/syntax-fault.js";

/**
 * What a flow matches on: fields with their values. `Match.of({ ipv4Dst: "10.0.0.0/8", ethType: 0x0800 })` makes one of a literal, `Match.parse("ip,nw_dst=10.0.0.0/8")` of the words of `ovs-ofctl`.
 * OpenFlow 1.3 §7.2.3
 */
export const Match: typeof Fields & {
  /**
   * The match that a text in the words of `ovs-ofctl` stands for, such as `tcp,nw_dst=10.0.0.0/8,tp_dst=80` (ovs-fields(7)). A field that its packets cannot have is left out.
   * @throws SyntaxFault `ERR_SYNTAX`: the words of `ovs-ofctl`, the place, and what may have been meant
   */
  parse(text: string, options?: MatchSyntaxOptions): Fields;
} = Object.defineProperty(Fields as never, "parse", {
  value(text: string, options?: MatchSyntaxOptions): Fields {
    try {
      return parseMatch(text, options);
    } catch (e) {
      throw explained("Match.parse", text, e);
    }
  },
});
/** See the class. */
export type Match = Fields;
