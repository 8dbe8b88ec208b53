import type { Action } from "../../action/table.js";
import { type TextOptions, versionOf } from "../options.js";
import { Pairs } from "../parse/pairs.js";
import { ANY_PROTOCOL } from "../parse/protocols.js";
import type { ListReading, ReadAction } from "../parse/reading.js";
import { inWhole, refuse } from "../parse/syntax-fault.js";
import type { AnyAction, AnyInstruction } from "../types.js";
import { Act, NO_ACTS, Rank, SMALL } from "./act.js";
import type { ValueKind } from "./value-kinds.js";

/*
 * The shapes that the text of an action has, each printed and read by one row: `name`, `name:VALUE`, `name(VALUE)`, `name(KEY=VALUE,...)`, `name(ACTIONS)`, `VALUE->FIELD`.
 */

/** An action or instruction of one type. */
export type ActionOf<N extends AnyAction["type"]> = Extract<AnyAction, { readonly type: N }>;
/** An instruction of one type. */
export type InstructionOf<N extends AnyInstruction["type"]> = Extract<AnyInstruction, { readonly type: N }>;
type Part = AnyAction | AnyInstruction;

/** The text of a list of actions, empty where there are none. */
export type PrintList = (actions: readonly Action[], o: TextOptions) => string;

/** The text of one action or instruction: a row of the table of words. */
export interface Words<A> {
  /** How it is written, for the reference: capitals stand for values, brackets for what may be left out. */
  readonly forms: readonly string[];
  /** What reads the text behind each of its words; empty for what Open vSwitch does not read. */
  readonly read: Readonly<Record<string, ReadAction>>;
  /** @param list - prints the actions that it holds */
  print(a: A, o: TextOptions, list: PrintList): string;
}

/** The class of an action. */
export type Made<A> = new () => A;

/** What rows differ in besides their words and values. */
export interface WordsOptions<A> {
  /** What errors call it; the word unless given. */
  readonly name?: string;
  /** Further words that are read as the first is. */
  readonly also?: readonly string[];
  /** A further word, which is printed in OpenFlow 1.0. */
  readonly in10?: string;
  /** Whether that word also puts a tag in front of packets that have none. */
  readonly pushes?: boolean;
  /** The bytes that Open vSwitch has for it; 8 unless given. */
  readonly size?: number | ((a: A) => number);
  /** The instruction that it is, or is part of; an action that is applied unless given. */
  readonly rank?: number;
  /** The protocols that have it; all unless given. */
  readonly protocols?: number;
}

const OLD_WORD = Symbol("old word");

/** An action that is printed by its word of OpenFlow 1.0 in every version. It is read through to the action that is given, which stays as it is. */
export const byOldWord = <A extends Action>(a: A): A => Object.create(a, { [OLD_WORD]: { value: true } });

/** A row from what stands behind its word. */
function row<A extends Part>(
  word: string,
  o: WordsOptions<A>,
  shown: string,
  print: Words<A>["print"],
  read: (text: string, r: ListReading) => A,
): Words<A> {
  const { name = word, rank = Rank.apply, protocols = ANY_PROTOCOL, size = SMALL, in10 } = o;
  const reader = (pushes: boolean, inOldWord: boolean): ReadAction => {
    return (text, r) => {
      r.protocols &= protocols;
      const a = read(text, r);
      const act = new Act(name, rank, a, typeof size === "number" ? size : size(a), undefined, NO_ACTS, pushes);
      act.inOldWord = inOldWord;
      return act;
    };
  };
  const plain = reader(false, false);
  const words = [word, ...(o.also ?? [])];
  return {
    forms: [...words, ...(in10 === undefined ? [] : [in10])].map((w) => w + shown),
    read: {
      ...Object.fromEntries(words.map((w) => [w, plain])),
      ...(in10 === undefined ? {} : { [in10]: reader(o.pushes ?? false, true) }),
    },
    print:
      in10 === undefined
        ? (a, to, list) => word + print(a, to, list)
        : (a, to, list) => (versionOf(to) === 1 || OLD_WORD in a ? in10 : word) + print(a, to, list),
  };
}

/** A row that Open vSwitch does not read, only prints. */
export const printed = <A>(row: Pick<Words<A>, "print">): Words<A> => ({ forms: [], read: {}, print: row.print });

/** `word`, whatever stands behind it. */
export const bare = <A extends Part>(type: Made<A>, word: string, o: WordsOptions<A> = {}): Words<A> =>
  row(
    word,
    o,
    "",
    () => "",
    () => new type(),
  );

const single = <A extends Part, M extends keyof A & string>(
  type: Made<A>,
  word: string,
  member: M,
  kind: ValueKind<A[M]>,
  o: WordsOptions<A>,
  [open, close]: readonly [open: string, close: string],
): Words<A> =>
  row(
    word,
    o,
    `${open}${kind.shown}${close}`,
    (a, to) => open + kind.print(a[member], to) + close,
    (text, r) => {
      const made = new type();
      made[member] = kind.read(text, r);
      return made;
    },
  );

/** `word:VALUE`. */
export const colon = <A extends Part, M extends keyof A & string>(
  type: Made<A>,
  word: string,
  member: M,
  kind: ValueKind<A[M]>,
  o: WordsOptions<A> = {},
): Words<A> => single(type, word, member, kind, o, [":", ""]);

/** `word(VALUE)`. */
export const paren = <A extends Part, M extends keyof A & string>(
  type: Made<A>,
  word: string,
  member: M,
  kind: ValueKind<A[M]>,
  o: WordsOptions<A> = {},
): Words<A> => single(type, word, member, kind, o, ["(", ")"]);

/** What is found while keys are read. */
export interface Found<A> {
  readonly action: A;
  /** The actions that it holds. */
  readonly inner: Act[];
  /** What stands in the parentheses, for errors. */
  readonly all: string;
  /** The value that is read when all others are in. */
  last?: string;
}

/** One `KEY=VALUE` of an action. */
export interface Key<A> {
  readonly key: string;
  readonly shown: string;
  /** Sets what a text without the key means. */
  clear(a: A): void;
  /** Empty where the key is left out. */
  print(a: A, o: TextOptions, list: PrintList): string;
  take(found: Found<A>, value: string, r: ListReading): void;
}

/** `key=VALUE`, which is left out where the member has its usual value. */
export const key = <A, M extends keyof A>(word: string, member: M, kind: ValueKind<A[M]>, usual: A[M]): Key<A> => ({
  key: word,
  shown: `[${word}=${kind.shown}]`,
  clear(a) {
    a[member] = usual;
  },
  print: (a, o) => (a[member] === usual ? "" : `${word}=${kind.print(a[member], o)}`),
  take({ action }, value, r) {
    action[member] = kind.read(value, r);
  },
});

/** `key=VALUE`, which is never left out in print. @param usual - what a text without it means */
export const always = <A, M extends keyof A>(word: string, member: M, kind: ValueKind<A[M]>, usual: A[M]): Key<A> => ({
  ...key<A, M>(word, member, kind, usual),
  shown: `${word}=${kind.shown}`,
  print: (a, o) => `${word}=${kind.print(a[member], o)}`,
});

/** `key` alone, which stands for one value of a member. */
export const option = <A, M extends keyof A>(word: string, member: M, given: A[M], usual: A[M]): Key<A> => ({
  key: word,
  shown: `[${word}]`,
  clear(a) {
    a[member] = usual;
  },
  print: (a) => (a[member] === given ? word : ""),
  take({ action }) {
    action[member] = given;
  },
});

/** `key` alone, which stands for a bit of the flags. @param prints - whether it is printed where the bit is set */
export const flag = <A extends { flags: number }>(word: string, bit: number, prints: (a: A) => boolean = () => true): Key<A> => ({
  key: word,
  shown: `[${word}]`,
  clear(a) {
    a.flags = 0;
  },
  print: (a) => ((a.flags & bit) !== 0 && prints(a) ? word : ""),
  take({ action }) {
    action.flags |= bit;
  },
});

/** What actions with keys differ in besides their keys. */
export interface CallOptions<A> {
  readonly name?: string;
  readonly size: number | ((found: Found<A>) => number);
  /** The error for a key that is none of the action's. */
  unknown(key: string): string;
  /** What is printed in place of empty parentheses. */
  readonly empty?: string;
  /** Checks what the keys make together, and draws conclusions. Throws {@link SyntaxFault}. */
  finish?(a: A, last: string | undefined): void;
  /** What keys that stand for themselves mean: takes one, and prints all. */
  readonly others?: {
    readonly shown: string;
    clear(a: A): void;
    print(a: A, o: TextOptions): string;
    take(found: Found<A>, key: string, value: string, r: ListReading): void;
  };
}

/** `word(KEY=VALUE,…)`. */
export function call<A extends Part>(type: Made<A>, word: string, keys: readonly Key<A>[], o: CallOptions<A>): Words<A> {
  const { name = word, size, others, empty = `${word}()` } = o;
  const byKey = new Map(keys.map((k) => [k.key, k]));
  const read: ReadAction = (all, r) => {
    const action = new type();
    for (let i = 0; i < keys.length; i++) keys[i]!.clear(action);
    others?.clear(action);
    const found: Found<A> = { action, inner: [], all };
    const pairs = new Pairs(all);
    try {
      while (pairs.next()) {
        const known = byKey.get(pairs.key);
        if (known !== undefined) known.take(found, pairs.value, r);
        else if (others !== undefined) others.take(found, pairs.key, pairs.value, r);
        else refuse(o.unknown(pairs.key));
      }
    } catch (e) {
      throw inWhole(e, pairs.at, pairs.valueAt);
    }
    o.finish?.(action, found.last);
    const { inner } = found;
    const bytes = typeof size === "number" ? size : size(found);
    return new Act(name, Rank.apply, action, bytes, undefined, inner.length === 0 ? NO_ACTS : inner, false);
  };
  const shown = [...keys.map((k) => k.shown), ...(others === undefined ? [] : [others.shown])];
  return {
    forms: [`${word}(${shown.join(",")})`],
    read: { [word]: read },
    print(a, to, list) {
      let text = "";
      for (let i = 0; i < keys.length; i++) {
        const told = keys[i]!.print(a, to, list);
        if (told !== "") text += text === "" ? told : `,${told}`;
      }
      const more = others?.print(a, to) ?? "";
      if (more !== "") text += text === "" ? more : `,${more}`;
      return text === "" ? empty : `${word}(${text})`;
    },
  };
}

/** The bytes of some acts. */
export const sizeOfActs = (acts: readonly Act[]): number => acts.reduce((sum, a) => sum + a.size, 0);

const NEST = 8;

/**
 * `word(ACTIONS)`.
 * @param begin - what happens before the actions are read
 */
export const nested = <A extends Part & { actions: readonly Action[] }>(
  type: Made<A>,
  word: "clone" | "write_actions",
  rank: number,
  begin: (r: ListReading) => void = () => {},
): Words<A> => ({
  forms: [`${word}(ACTIONS)`],
  print: (a, o, list) => `${word}(${a.actions.length === 0 ? "drop" : list(a.actions, o)})`,
  read: {
    [word](text, r) {
      begin(r);
      const inner = r.list(text, word);
      return new Act(word, rank, new type(), NEST + sizeOfActs(inner), undefined, inner, false);
    },
  },
});

/** What stands before and behind the first arrow of a text, and where the latter starts. */
export function arrow(text: string): readonly [value: string, key: string, keyAt: number] {
  const found = text.indexOf("->");
  if (found < 0) return refuse(`${text}: missing \`->'`);
  if (found + 2 === text.length) refuse(`${text}: missing field name following \`->'`);
  return [text.slice(0, found), text.slice(found + 2), found + 2];
}
