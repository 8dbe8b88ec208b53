import type { Chunk } from "../bytes/mod.js";
import type { EntryClass, KeyPart, UnionHeader } from "./entry.js";
import type { Version } from "./version.js";
import { fail } from "./walk.js";

/** One entry of a union in one of its forms; see `StructClass.forms`. */
export interface EntryForm {
  // biome-ignore lint/suspicious/noExplicitAny: a table of many classes
  readonly entry: EntryClass<any, any, any>;
  readonly form: string;
}

/** A number of a key, and the numbers that may follow it. */
export interface KeyNode {
  /** The form, by its place in {@link KeyTries.forms}, whose key ends here; -1 for none. */
  form: number;
  readonly next: Map<number, KeyNode>;
}

/** What is known although no entry has it. */
const UNKNOWN: KeyNode = { form: -1, next: new Map() };

/** No key has more parts than this, whatever a header says. */
const MAX_PARTS = 8;

/** Finds the entry of an element by the parts of its key: a trie for each version, made when it is first asked for. */
export class KeyTries {
  /** Each entry in each of its forms: what the nodes of a trie stand for. */
  get forms(): readonly EntryForm[] {
    this.#forms ??= this.#entries.flatMap((entry) => entry.forms.map((form: string): EntryForm => ({ entry, form })));
    return this.#forms;
  }
  #forms: readonly EntryForm[] | undefined;
  readonly #entries: readonly EntryForm["entry"][];
  readonly #name: string;
  readonly #header: UnionHeader;
  readonly #roots = new Map<Version, KeyNode>();

  readonly #has: (form: EntryForm, version: Version) => boolean;

  /** @param has - whether a form is looked for at all */
  constructor(
    name: string,
    header: UnionHeader,
    entries: readonly EntryForm["entry"][],
    has: (form: EntryForm, version: Version) => boolean = () => true,
  ) {
    this.#has = has;
    this.#name = name;
    this.#header = header;
    this.#entries = entries;
  }

  /** @throws TypeError where two entries have one key */
  rootOf(version: Version): KeyNode {
    const made = this.#roots.get(version);
    if (made !== undefined) return made;
    const root: KeyNode = { form: -1, next: new Map() };
    this.#roots.set(version, root);
    this.forms.forEach((of, i) => {
      const { entry, form } = of;
      const key = entry.keyOf(version, form);
      if (key === undefined || !this.#has(of, version)) return;
      let node = root;
      for (const k of key) {
        let next = node.next.get(k);
        if (next === undefined) {
          next = { form: -1, next: new Map() };
          node.next.set(k, next);
        }
        node = next;
      }
      if (node.form !== -1)
        throw new TypeError(`${this.#name}: ${entry.name} and ${this.forms[node.form]!.entry.name} have one key in version ${version}`);
      node.form = i;
    });
    return root;
  }

  /** The parts of the key of the element in [p, end), as far as the header says where they stand. */
  keyAt(version: Version, c: Chunk, p: number, end: number): number[] {
    const header = this.#header;
    const key: number[] = [];
    for (
      let part = header.part(version, key);
      part !== undefined && key.length < MAX_PARTS && end - p >= part.at + part.size;
      part = header.part(version, key)
    )
      key.push(read(c, p, part));
    return key;
  }

  /** The form of the element in [p, end) by the longest part of its key that is in the table; -1 for none. */
  formAt(version: Version, c: Chunk, p: number, end: number): number {
    let node = this.rootOf(version);
    let best = node.form;
    const prefix: number[] = [];
    for (;;) {
      const part = this.#header.part(version, prefix);
      if (part === undefined || end - p < part.at + part.size) break;
      const k = read(c, p, part);
      const next = node.next.get(k);
      if (next === undefined) break;
      node = next;
      prefix.push(k);
      if (node.form !== -1) best = node.form;
    }
    return best;
  }

  /** The form of the element at `p` as a check finds it, part by part. Throws DecodeError for the first part that is missing, or that is not in the table. */
  checkedFormAt(version: Version, c: Chunk, p: number, end: number, otherwise: string): EntryForm {
    const { frame, keyFirst = frame.min } = this.#header;
    const prefix: number[] = [];
    let node = this.rootOf(version);
    if (end - p < keyFirst) fail(frame.reason, `an element needs ${keyFirst} bytes and ${end - p} are left`, p);
    for (;;) {
      const part = node === UNKNOWN || node.next.size > 0 ? this.#header.part(version, prefix) : undefined;
      if (part === undefined) break;
      if (end - p < (part.room ?? part.at + part.size)) fail(frame.reason, "an element is too short for what it is", p);
      const k = read(c, p, part);
      prefix.push(k);
      node = node.next.get(k) ?? (part.known?.includes(k) ? UNKNOWN : fail(part.reason ?? otherwise, `${k} is not known`, p + part.at));
    }
    return node.form === -1 ? fail(otherwise, `${prefix.join("/")} is not known`, p) : this.forms[node.form]!;
  }

  /** The OpenFlow error that answers a key, by the first part of it that is not in the table; see `Union.reasonOf`. */
  reasonOf(version: Version, key: readonly number[], otherwise: string): string {
    let node = this.rootOf(version);
    for (let i = 0; i < MAX_PARTS; i++) {
      const part = this.#header.part(version, key.slice(0, i));
      if (part === undefined || node.next.size === 0) break;
      if (i === key.length) return this.#header.frame.reason;
      const next = node.next.get(key[i]!);
      if (next === undefined) return part.reason ?? otherwise;
      node = next;
    }
    return otherwise;
  }
}

function read(c: Chunk, p: number, part: KeyPart): number {
  return part.size === 1 ? c.dv.getUint8(p + part.at) : part.size === 2 ? c.dv.getUint16(p + part.at) : c.dv.getUint32(p + part.at);
}
