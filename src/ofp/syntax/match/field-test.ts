import { checkOptions } from "../../../errors/mod.js";
import { factsOfImage, hasField } from "../../check/mod.js";
import { formOfName, OXM, type OxmField } from "../../oxm/fields.js";
import { FlowImage, type Option } from "../../oxm/flow-image.js";
import { FULL, LAYOUT, P } from "../../oxm/flow-places.js";
import { and } from "../../oxm/masked.js";
import type { Match } from "../../oxm/match.js";
import type { SyntaxOptions } from "../parse/options.js";
import { SYNTAX_OPTIONS } from "../parse/options.js";
import { fieldWords, ownWords } from "./keywords.js";
import { KINDS, MatchBuilder, OLD_NAMES } from "./match-builder.js";

/** The fields of one match after another at their places, for {@link FieldTest}s. */
export class MatchFields {
  /** For callers within. */
  readonly image: FlowImage = new FlowImage();

  /** Takes in the fields of another match, and forgets those of the one before. */
  fill(match: Match): this {
    this.image.fill(match);
    return this;
  }
}

/** Names that stand for fields of several protocols, which share a place. */
const SHARED: ReadonlyMap<string, number> = new Map([
  ["tp_src", P.tcpSrc],
  ["tp_dst", P.tcpDst],
]);

/** The fields behind names of OpenFlow 1.0 that have no headers of their own. */
const OLD_FIELDS: ReadonlyMap<string, OxmField> = new Map([
  ["dl_vlan", OXM.vlanVid as OxmField],
  ["dl_vlan_pcp", OXM.vlanPcp as OxmField],
]);

const covers = (mine: Option, given: Option): boolean => {
  const at = (bytes: Uint8Array | undefined, fromEnd: number, none: number): number =>
    bytes === undefined ? none : (bytes[bytes.length - 1 - fromEnd] ?? 0);
  const most = Math.max(mine.value.length, given.value.length, given.mask?.length ?? 0);
  for (let i = 0; i < most; i++) {
    const wanted = at(given.mask, i, 0xff);
    if ((at(mine.mask, i, 0xff) & wanted) !== wanted || ((at(mine.value, i, 0) ^ at(given.value, i, 0)) & wanted) !== 0) return false;
  }
  return true;
};

/** A question about one field of a match, in the words of `ovs-ofctl`: whether it lets through nothing but packets that have a value. */
export class FieldTest {
  readonly #field: OxmField | undefined;
  readonly #places: readonly (readonly [at: number, value: number | bigint, mask: number | bigint])[];
  readonly #options: readonly (readonly [n: number, option: Option])[];
  readonly #bare: boolean;
  readonly #shared: number | undefined;

  /**
   * @param key - a field such as `nw_dst`, or a kind of packets such as `tcp`
   * @param value - such as `10.0.0.0/8`; undefined asks whether the field is matched on at all
   * @throws SyntaxFault for a value that the field cannot have, with its place in `value`
   */
  constructor(key: string, value: string | undefined, o: SyntaxOptions = {}) {
    checkOptions("FieldTest", o, SYNTAX_OPTIONS);
    const kind = key === "eth" || KINDS.has(key);
    this.#shared = SHARED.get(key);
    this.#field = kind || this.#shared !== undefined ? undefined : (OLD_FIELDS.get(key) ?? formOfName(key)?.field);
    this.#bare = value === undefined && !kind;
    const builder = new MatchBuilder(o);
    if (kind || value !== undefined) builder.take(key, value ?? "");
    const { image } = builder;
    this.#places = image.mask.flatMap((mask, at) => (mask === 0 || mask === 0n ? [] : [[at, image.value[at]!, mask] as const]));
    this.#options = [...(image.options ?? [])];
  }

  /** Whether a match lets through nothing but packets with the value. */
  test({ image }: MatchFields): boolean {
    if (this.#field !== undefined && !hasField(this.#field, factsOfImage(image))) return false;
    if (this.#bare) return this.#shared === undefined ? this.#isThere(image) : image.has(this.#shared);
    for (const [at, value, mask] of this.#places) {
      if (and(image.mask[at]!, mask) !== mask || and(image.value[at]!, mask) !== value) return false;
    }
    return this.#options.every(([n, option]) => {
      const mine = image.options?.get(n);
      return mine !== undefined && covers(mine, option);
    });
  }

  #isThere(image: FlowImage): boolean {
    const field = this.#field;
    if (field === undefined) return false;
    const layout = LAYOUT[field.index]!;
    return layout.how === "whole" ? image.has(layout.at) : !image.isWild(field);
  }

  /** The number that a match asks a field to have; undefined where it asks for none, or for some bits, or where the field is no number. */
  number({ image }: MatchFields): number | bigint | undefined {
    if (this.#shared !== undefined) return whole(image, this.#shared);
    const field = this.#field;
    if (field === undefined || !hasField(field, factsOfImage(image))) return undefined;
    const layout = LAYOUT[field.index]!;
    if (layout.how === "vid") return image.isWild(field) ? undefined : image.num(P.vlanTci) & VLAN_MASK;
    if (layout.how === "pcp") return image.isWild(field) ? undefined : image.num(P.vlanTci) >>> 13;
    return layout.how === "whole" || (layout.how === "registers" && layout.count === 1) ? whole(image, layout.at) : undefined;
  }
}

const VLAN_MASK = 0xfff;

const whole = (image: FlowImage, at: number): number | bigint | undefined => (image.mask[at] === FULL[at] ? image.value[at] : undefined);

/** Whether a match lets through nothing but packets that another one lets through, too. */
export function isWithin({ image: narrow }: MatchFields, { image: wide }: MatchFields): boolean {
  for (let at = 0; at < wide.mask.length; at++) {
    const mask = wide.mask[at]!;
    if (mask === 0 || mask === 0n) continue;
    if (and(narrow.mask[at]!, mask) !== mask || and(narrow.value[at]!, mask) !== and(wide.value[at]!, mask)) return false;
  }
  return [...(wide.options ?? [])].every(([n, option]) => {
    const mine = narrow.options?.get(n);
    return mine !== undefined && covers(mine, option);
  });
}

/** The names that {@link FieldTest} takes: fields and kinds of packets. */
export const testNames = (): string[] => ["eth", ...KINDS.keys(), ...OLD_NAMES.keys(), ...fieldWords()];

/** Our own spellings of fields, each with its name in text. */
export const testSpellings = (): Iterable<readonly [spelling: string, name: string]> => ownWords();
