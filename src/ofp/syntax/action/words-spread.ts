import { Bundle, BundleLoad, Multipath } from "../../action/hash.js";
import type { Subfield } from "../../action/subfield.js";
import { MOST_MEMBERS } from "../../check/mod.js";
import { refuseLong } from "../match/form.js";
import { readLoose, readLooseInt } from "../parse/c-number.js";
import { readPort } from "../parse/name.js";
import { readPart } from "../parse/part.js";
import { type ActionReading, act, numberOf, round8 } from "../parse/reading.js";
import { refuse } from "../parse/syntax-fault.js";
import type { Act } from "./act.js";
import { BUNDLE_WORDS, HASH_WORDS, MULTIPATH_WORDS } from "./actions-nicira.js";

/*
 * The actions that choose one of several by a hash.
 */

const HASHES = numberOf(HASH_WORDS);
const MULTIPATHS = numberOf(MULTIPATH_WORDS);
const BUNDLES = numberOf(BUNDLE_WORDS);

/** The next of some words, between which characters of a set stand, as C's strtok_r has it. */
class Words {
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

export function bundle(text: string, r: ActionReading, loads: boolean): Act {
  const words = new Words(text);
  const next = (): string => words.next(", ") ?? "";
  const [fields, basis, algorithm, type] = [next(), next(), next(), next()];
  const dst = loads ? next() : "";
  const delimiter = words.next(": ");
  if (delimiter === undefined) return refuse(`${text}: not enough arguments to bundle action`);
  if (!/^(members|slaves)$/i.test(delimiter)) refuse(`${text}: missing member delimiter, expected \`members', got \`${delimiter}'`);
  const members: number[] = [];
  for (let word = words.next(", []"); word !== undefined && members.length < MOST_MEMBERS; word = words.next(", []"))
    members.push(readPort(word, r) ?? refuse(`${word}: bad port number`));
  const common = {
    basis: readLoose(basis, 16),
    hashFields: HASHES.get(fields.toLowerCase()) ?? refuse(`${text}: unknown fields \`${fields}'`),
    algorithm: BUNDLES.get(algorithm.toLowerCase()) ?? refuse(`${text}: unknown algorithm \`${algorithm}'`),
    members,
  };
  if (type.toLowerCase() !== "ofport") refuse(`${text}: unknown member_type \`${type}'`);
  const size = round8(32 + 4 * members.length);
  return loads ? act("bundle", BundleLoad.of({ ...common, dst: short(dst, text) }), size) : act("bundle", Bundle.of(common), size);
}

/** Part of a field whose header has 32 bits. */
function short(text: string, all: string): Subfield {
  const { part, form } = readPart(text);
  refuseLong(form, text, all);
  return part;
}

export function multipath(text: string): Act {
  const words = new Words(text);
  const next = (): string => words.next(", ") ?? "";
  const [fields, basis, algorithm, links, arg] = [next(), next(), next(), next(), next()];
  const to = words.next(", ") ?? refuse(`${text}: not enough arguments to multipath action`);
  const hashFields = HASHES.get(fields.toLowerCase()) ?? refuse(`${text}: unknown fields \`${fields}'`);
  const how = MULTIPATHS.get(algorithm.toLowerCase()) ?? refuse(`${text}: unknown algorithm \`${algorithm}'`);
  const count = readLooseInt(links);
  if (count < 1 || count > 65536) refuse(`${text}: n_links ${count} is not in valid range 1 to 65536`);
  const dst = short(to, text);
  if (dst.bits < 16 && count > 2 ** dst.bits)
    refuse(`${text}: ${dst.bits}-bit destination field has ${2 ** dst.bits} possible values, less than specified n_links ${count}`);
  const rest = { maxLink: count - 1, arg: readLoose(arg, 16) };
  return act("multipath", Multipath.of({ hashFields, basis: readLoose(basis, 16), algorithm: how, ...rest, dst }), 32);
}
