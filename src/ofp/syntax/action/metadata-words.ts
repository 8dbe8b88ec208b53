import { readU64 } from "../parse/c-number.js";
import { Protocol, WITH_OXM } from "../parse/protocols.js";
import type { AnyAction, AnyInstruction } from "../types.js";
import { hex } from "../words.js";
import { Act, NO_ACTS, Rank } from "./act.js";
import type { Made, Words } from "./shapes.js";

/** All bits of the metadata. */
const WHOLE = 0xffffffffffffffffn;

/** Irregular: one value of two members, whose mask is left out where it has all bits. The instruction and the action in its place read alike. */
export const metadata = <A extends (AnyAction | AnyInstruction) & { metadata: bigint; mask: bigint }>(type: Made<A>): Words<A> => ({
  forms: ["write_metadata:VALUE[/MASK]"],
  print: (a) => `write_metadata:${hex(a.metadata)}${a.mask === WHOLE ? "" : `/${hex(a.mask)}`}`,
  read: {
    write_metadata(text, r) {
      r.protocols &= WITH_OXM | Protocol.OpenFlow11;
      const made = new type();
      const slash = text.indexOf("/");
      made.mask = slash < 0 ? WHOLE : readU64(text.slice(slash + 1));
      made.metadata = readU64(slash < 0 ? text : text.slice(0, slash));
      return new Act("write_metadata", Rank.metadata, made, 24, undefined, NO_ACTS, false);
    },
  },
});
