import { OXM_FIELDS } from "../../oxm/fields.js";
import { refuseName } from "../parse/syntax-fault.js";
import { KINDS } from "./match-builder.js";

/** The names of fields as text has them. */
export function* fieldWords(): Generator<string> {
  for (const { ovs, words, forms } of OXM_FIELDS) {
    if (ovs === undefined) continue;
    yield* words.names;
    for (const form of forms) yield form.name;
  }
}

/** Our names of fields, each with that of text. */
export function* ownWords(): Generator<readonly [spelling: string, name: string]> {
  for (const { name, ovs, words } of OXM_FIELDS) if (ovs !== undefined) yield [name, words.names[0]!];
}

/** Refuses a word that is no field and no kind of packets. @param more - further words that may stand there */
export function refuseKeyword(key: string, more: Iterable<string> = []): never {
  return refuseName(`unknown keyword ${key}`, key, [...more, ...KINDS.keys(), ...fieldWords()], -1, ownWords());
}
