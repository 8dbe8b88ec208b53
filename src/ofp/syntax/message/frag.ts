import { refuseName } from "../parse/syntax-fault.js";

/** What a switch does with IP fragments, in words, by the two lowest bits of its configuration. */
export const FRAG_WORDS = ["normal", "drop", "reassemble", "nx-match"] as const;

/**
 * The flags of a switch's configuration for what it does with IP fragments, from a word of `ovs-ofctl set-frags`: `normal`, `drop`, `reassemble` or `nx-match`, in any case.
 * @throws SyntaxFault `ERR_SYNTAX` with the words of `ovs-ofctl`
 */
export function parseFragHandling(text: string): number {
  const found = FRAG_WORDS.indexOf(text.toLowerCase() as (typeof FRAG_WORDS)[number]);
  return found >= 0 ? found : refuseName(`${text}: unknown fragment handling mode`, text, FRAG_WORDS, 0);
}
