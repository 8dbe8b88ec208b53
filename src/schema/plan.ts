import type { Chunk } from "../bytes/mod.js";
import { SouthboundError } from "../errors/mod.js";
import { type Fields, isEmptyValue } from "./field.js";
import type { Codec, Kind, Mode } from "./kind.js";
import type { Step } from "./layout.js";
import { type Offsets, offsets } from "./offsets.js";
import { type Version, versionList, versionName } from "./version.js";

/** A field that stands at a fixed place before the slots. */
export interface HeadField {
  readonly name: string;
  readonly at: number;
  readonly kind: Kind<number>;
}

/** What stands before the slots of a struct: the constants that say what it is, and its length. */
export interface Head {
  /** Constants: [offset from the start, bytes, value]. */
  readonly constants: readonly (readonly [at: number, size: 1 | 2 | 4, value: number])[];
  /** Fields that every struct with this head has, such as a message's transaction id; their initial values stand in the class's base. */
  readonly fields?: readonly HeadField[];
  /** Where the slots begin, in bytes from the start. */
  readonly start: number;
  /** Where the 16-bit length stands, if there is one. */
  readonly lengthAt?: number;
  /** The struct is padded with zeros to a multiple of this. */
  readonly align: number;
  /** Whether the length counts that padding. */
  readonly counted: boolean;
  /** For a check: the bytes of the whole struct, where the slots alone leave that open. */
  readonly takes?: { readonly exactly?: number; readonly least?: number } | undefined;
}

/** No head at all: a plain struct. */
export const NO_HEAD: Head = { constants: [], start: 0, align: 1, counted: false };

/** One struct in one version: all that a codec is made from. */
export interface Plan {
  readonly name: string;
  readonly fields: Fields;
  readonly steps: readonly Step[];
  readonly head: Head;
  readonly version: Version;
  /** Which of several forms of one version, see `StructClass.forms`. */
  readonly form: string;
  readonly mode: Mode;
  /** The OpenFlow error that answers a bad length. */
  readonly reason: string;
  readonly type: Owner;
  /** See `ClassOptions.check`. */
  readonly check: ((values: Readonly<Record<string, unknown>>, version: Version) => string | undefined) | undefined;
}

/** The class that a plan is of, as far as a codec needs it. */
export interface Owner {
  /** Names in the order in which an object stores them. */
  readonly storage: readonly string[];
  readonly initial: Readonly<Record<string, unknown>>;
  instance(): new (...values: unknown[]) => unknown;
  build(values: Readonly<Record<string, unknown>>): unknown;
  versionsOf(field: string): readonly Version[];
  /** The name of a form of a version that has a field; undefined where there is none. */
  formWith(version: Version, field: string): string | undefined;
}

/** The fields that a slot holds. */
export function fieldsOf(step: Step): readonly string[] {
  return step.op === "field" ? [step.name] : step.op === "parts" ? step.parts.names : [];
}

/** The fields that the layout of a plan lacks and that must have their initial value. */
export function absentFields(plan: Plan): string[] {
  const present = new Set(plan.steps.flatMap(fieldsOf));
  return Object.keys(plan.fields).filter((k) => !present.has(k) && plan.fields[k]!.absent !== "drop");
}

/** Whether `value` is as good as no value for a field that a version lacks. */
export function isAbsent(plan: Plan, name: string, value: unknown): boolean {
  return isEmptyValue(plan.fields[name]!, value);
}

/** The error of a field that a version cannot express. */
export function unsupportedField(plan: Plan, name: string): SouthboundError {
  const able = plan.type.versionsOf(name);
  // A version that has the field in another form is no advice by itself.
  const others = able.filter((v) => v !== plan.version);
  const other = plan.type.formWith(plan.version, name);
  const form = other === undefined ? "" : `format: ${JSON.stringify(other)}`;
  const versions = others.length === 0 ? "" : `OpenFlow ${versionList(others)}`;
  const advice = [form, versions].filter((part) => part !== "").join(", or ");
  return new SouthboundError(
    "ERR_UNSUPPORTED",
    `OpenFlow ${versionName(plan.version)} has no ${plan.name}.${name}: ${advice === "" ? "no version has" : `use ${advice}`}`,
  );
}

/** The slots of a plan at their places. */
export const offsetsOf = (plan: Pick<Plan, "steps" | "head">): Offsets => offsets(plan.steps, plan.head.start);

/** The bytes that one counted element of a list takes. Throws TypeError where elements are not all of one size. */
export function elementSize(plan: Pick<Plan, "name" | "version">, name: string, kind: Kind<unknown>): number {
  const element = kind.element as (Kind<unknown> & { exact?(version: Version): number }) | undefined;
  const size = element?.exact?.(plan.version) ?? element?.size ?? 0;
  if (size === 0) throw new TypeError(`${plan.name}: elements of ${name} are not all of one size, so they cannot be counted`);
  return size;
}

/** What checks the bytes of a field that is decoded when asked for; undefined where any bytes will do. */
export function checkOf(codec: Codec<unknown>): ((c: Chunk, p: number, end: number) => void) | undefined {
  if (codec.check !== undefined) return codec.check;
  return codec.borrow === undefined ? (c, p, end) => void codec.decode(c, p, end) : undefined;
}
