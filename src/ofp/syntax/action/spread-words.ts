import { Bundle, BundleAlgorithm, BundleLoad, HashFields, Multipath, MultipathAlgorithm } from "../../action/hash.js";
import type { Subfield } from "../../action/subfield.js";
import { MOST_MEMBERS } from "../../check/mod.js";
import { refuseLong } from "../match/form.js";
import type { TextOptions } from "../options.js";
import { readLoose, readLooseInt } from "../parse/c-number.js";
import { readPart } from "../parse/part.js";
import { type ReadAction, round8 } from "../parse/reading.js";
import { refuse } from "../parse/syntax-fault.js";
import { portText } from "../words.js";
import { act } from "./act.js";
import type { ActionOf, Words } from "./shapes.js";
import { subfieldText } from "./subfield.js";
import { type Choice, choice, port } from "./value-kinds.js";

/*
 * The actions that choose one of several by a hash.
 */

const HASH_WORDS: Readonly<Record<number, string>> = {
  [HashFields.EthSrc]: "eth_src",
  [HashFields.SymmetricL4]: "symmetric_l4",
  [HashFields.SymmetricL3L4]: "symmetric_l3l4",
  [HashFields.SymmetricL3L4Udp]: "symmetric_l3l4+udp",
  [HashFields.NwSrc]: "nw_src",
  [HashFields.NwDst]: "nw_dst",
  [HashFields.SymmetricL3]: "symmetric_l3",
};

const MULTIPATH_WORDS: Readonly<Record<number, string>> = {
  [MultipathAlgorithm.ModuloN]: "modulo_n",
  [MultipathAlgorithm.HashThreshold]: "hash_threshold",
  [MultipathAlgorithm.HighestRandomWeight]: "hrw",
  [MultipathAlgorithm.IterHash]: "iter_hash",
};

const BUNDLE_WORDS: Readonly<Record<number, string>> = {
  [BundleAlgorithm.ActiveBackup]: "active_backup",
  [BundleAlgorithm.HighestRandomWeight]: "hrw",
};

const hashed = (shown: string, words: Readonly<Record<number, string>>): Choice =>
  choice(shown, words, () => "<unknown>", { anyCase: true });
const FIELDS = hashed("FIELDS", HASH_WORDS);
const MULTIPATH_ALGORITHM = hashed("ALGORITHM", MULTIPATH_WORDS);
const BUNDLE_ALGORITHM = hashed("ALGORITHM", BUNDLE_WORDS);

/** A number by its word, whose error has the values of the whole action. */
const wordOf = (kind: Choice, text: string, what: string, all: string): number =>
  kind.find(text) ?? refuse(`${all}: unknown ${what} \`${text}'`);

/** Part of a field whose header has 32 bits. */
function short(text: string, all: string): Subfield {
  const { part, form } = readPart(text);
  refuseLong(form, text, all);
  return part;
}

/** A walk over words between which characters of a set stand, as C's strtok_r does it. */
class Tokens {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  next(gaps: string): string | undefined {
    const text = this.#text;
    while (this.#at < text.length && gaps.includes(text[this.#at]!)) this.#at++;
    if (this.#at >= text.length) return undefined;
    const start = this.#at;
    while (this.#at < text.length && !gaps.includes(text[this.#at]!)) this.#at++;
    return text.slice(start, this.#at++);
  }
}

/** Irregular: values by their place, which depend on each other. */
export const MULTIPATH: Words<ActionOf<"multipath">> = {
  forms: ["multipath(FIELDS,BASIS,ALGORITHM,LINKS,ARG,FIELD[START..END])"],
  print: (a, o) =>
    `multipath(${FIELDS.print(a.hashFields, o)},${a.basis},${MULTIPATH_ALGORITHM.print(a.algorithm, o)},${a.maxLink + 1},${a.arg},${subfieldText(a.dst)})`,
  read: {
    multipath(all) {
      const tokens = new Tokens(all);
      const next = (): string => tokens.next(", ") ?? "";
      const [fields, basis, how, links, arg] = [next(), next(), next(), next(), next()];
      const to = tokens.next(", ") ?? refuse(`${all}: not enough arguments to multipath action`);
      const hashFields = wordOf(FIELDS, fields, "fields", all);
      const algorithm = wordOf(MULTIPATH_ALGORITHM, how, "algorithm", all);
      const count = readLooseInt(links);
      if (count < 1 || count > 65536) refuse(`${all}: n_links ${count} is not in valid range 1 to 65536`);
      const dst = short(to, all);
      if (dst.bits < 16 && count > 2 ** dst.bits)
        refuse(`${all}: ${dst.bits}-bit destination field has ${2 ** dst.bits} possible values, less than specified n_links ${count}`);
      const numbers = { basis: readLoose(basis, 16), maxLink: count - 1, arg: readLoose(arg, 32) };
      return act("multipath", Multipath.of({ hashFields, algorithm, ...numbers, dst }), 32);
    },
  },
};

type AnyBundle = ActionOf<"bundle"> | ActionOf<"bundle-load">;

const MEMBER = port((text) => `${text}: bad port number`);

/** Irregular: the list of ports at the end is read before the words in front of it are looked at. */
const reads =
  (loads: boolean): ReadAction =>
  (all, r) => {
    const tokens = new Tokens(all);
    const next = (): string => tokens.next(", ") ?? "";
    const [fields, basis, algorithm, type] = [next(), next(), next(), next()];
    const dst = loads ? next() : "";
    const delimiter = tokens.next(": ");
    if (delimiter === undefined) return refuse(`${all}: not enough arguments to bundle action`);
    if (!/^(members|slaves)$/i.test(delimiter)) refuse(`${all}: missing member delimiter, expected \`members', got \`${delimiter}'`);
    const members: number[] = [];
    for (let word = tokens.next(", []"); word !== undefined && members.length < MOST_MEMBERS; word = tokens.next(", []"))
      members.push(MEMBER.read(word, r));
    const common = {
      basis: readLoose(basis, 16),
      hashFields: wordOf(FIELDS, fields, "fields", all),
      algorithm: wordOf(BUNDLE_ALGORITHM, algorithm, "algorithm", all),
      members,
    };
    if (type.toLowerCase() !== "ofport") refuse(`${all}: unknown member_type \`${type}'`);
    const made = loads ? BundleLoad.of({ ...common, dst: short(dst, all) }) : Bundle.of(common);
    return act("bundle", made, round8(32 + 4 * members.length));
  };

function bundleText(word: string, a: AnyBundle, dst: string, o: TextOptions): string {
  const members = a.members.map((member) => portText(member, o)).join(",");
  return `${word}(${FIELDS.print(a.hashFields, o)},${a.basis},${BUNDLE_ALGORITHM.print(a.algorithm, o)},ofport,${dst}members:${members})`;
}

export const BUNDLE: Words<ActionOf<"bundle">> = {
  forms: ["bundle(FIELDS,BASIS,ALGORITHM,ofport,members:PORT[,PORT]...)"],
  read: { bundle: reads(false) },
  print: (a, o) => bundleText("bundle", a, "", o),
};

export const BUNDLE_LOAD: Words<ActionOf<"bundle-load">> = {
  forms: ["bundle_load(FIELDS,BASIS,ALGORITHM,ofport,FIELD[START..END],members:PORT[,PORT]...)"],
  read: { bundle_load: reads(true) },
  print: (a, o) => bundleText("bundle_load", a, `${subfieldText(a.dst)},`, o),
};
