import type { OxmForm } from "../../oxm/fields.js";
import { Act, NO_ACTS, Rank } from "../action/act.js";
import type { AnyAction, AnyInstruction } from "../types.js";
import { readU8, readU16, readU32 } from "./c-number.js";
import type { SyntaxOptions } from "./options.js";
import { refuse } from "./syntax-fault.js";

/** What is known while actions are read: what names stand for, and the protocols that can have what was read so far. */
export interface ActionReading extends SyntaxOptions {
  protocols: number;
}

/** Reads what stands behind the name of an action. Throws {@link SyntaxFault}. */
export type ReadAction = (text: string, r: ActionReading) => Act;

/** The bytes of an action of Open vSwitch's that holds little. */
export const SMALL = 8;
/** The next multiple of 8. */
export const round8 = (n: number): number => (n + 7) & ~7;

/** An action that a list of actions has and that holds no others. */
export const act = (name: string, action: AnyAction | AnyInstruction, size: number = SMALL, form?: OxmForm): Act =>
  new Act(name, Rank.apply, action, size, form, NO_ACTS, false);

/** An action without a value. */
export const bare =
  (name: string, make: () => AnyAction, size?: number): ReadAction =>
  () =>
    act(name, make(), size);

/** An action of one value. */
export const one =
  <T>(name: string, read: (text: string, r: ActionReading) => T, make: (value: T) => AnyAction, size?: number): ReadAction =>
  (text, r) =>
    act(name, make(read(text, r)), size);

/** A number that has no bits but those of a mask. */
export const within =
  (bits: 8 | 16 | 32, what: string, mask: number, title: string, missing?: string) =>
  (text: string): number => {
    if (missing !== undefined && text === "") refuse(missing);
    const value = bits === 8 ? readU8(text, what) : bits === 16 ? readU16(text, what) : readU32(text);
    return (value & ~mask) === 0 ? value : refuse(`${text}: not a valid ${title}`);
  };

/** The numbers of some words. */
export const numberOf = (words: Readonly<Record<number, string>>): ReadonlyMap<string, number> =>
  new Map(Object.entries(words).map(([number, word]) => [word, Number(number)]));
