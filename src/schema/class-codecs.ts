import { SouthboundError } from "../errors/mod.js";
import { compile, defaultMode } from "./compile.js";
import type { Fields } from "./field.js";
import { interpreted } from "./interpret.js";
import { type Codec, isWalking, type Mode } from "./kind.js";
import { type Step, steps } from "./layout.js";
import { NO_HEAD, type Owner, type Plan } from "./plan.js";
import { explained, specialised, specialisedSource } from "./specialise.js";
import type { ClassOptions } from "./struct-class.js";
import { VERSIONS, type Version, versionList, versionName } from "./version.js";

/** A table that was looked through. */
export interface Table<F extends Fields> {
  readonly name: string;
  readonly fields: F;
  readonly names: readonly string[];
  readonly lazyNames: readonly string[];
  readonly base: Readonly<Record<string, unknown>>;
  /** What is stored behind the fields, for lazy ones. */
  readonly marks: Readonly<Record<string, unknown>>;
  /** The slots by form and version. */
  readonly slots: ReadonlyMap<string, ReadonlyMap<Version, readonly unknown[]>>;
  readonly options: ClassOptions;
}

/** The codecs of one class: of each version, mode and form. */
export class ClassCodecs<T> {
  readonly #table: Table<Fields>;
  readonly #owner: Owner;
  readonly #steps = new Map<string, readonly Step[]>();
  readonly #codecs = new Map<string, Codec<T>>();
  /** The OpenFlow error that answers a bad length. */
  readonly reason: string;
  /** The names of the forms; "" is the standard's. */
  readonly forms: readonly string[];
  #versions: readonly Version[] | undefined;

  constructor(table: Table<Fields>, owner: Owner) {
    this.#table = table;
    this.#owner = owner;
    this.reason = table.options.reason ?? "OFPBRC_BAD_LEN";
    this.forms = [...table.slots.keys()];
  }

  /** The slots of a form; undefined where the version does not have it. */
  stepsOf(version: Version, form = ""): readonly Step[] | undefined {
    const key = `${version}${form}`;
    let found = this.#steps.get(key);
    const layout = this.#table.slots.get(form)?.get(version);
    if (found === undefined && layout !== undefined) {
      found = steps(this.#table.name, this.#table.fields, layout);
      this.#steps.set(key, found);
    }
    return found;
  }

  headOf(version: Version, form: string): Plan["head"] {
    return this.#table.options.head?.(version, form) ?? NO_HEAD;
  }

  /** The versions that have the class in any form that "" stands for. */
  get versions(): readonly Version[] {
    this.#versions ??= VERSIONS.filter((v) => this.formOf(v, "") !== undefined);
    return this.#versions;
  }

  /** The form that an object is sent in: its own; where the version has no form of that name, the first that it has. */
  formOf(version: Version, wanted: string): string | undefined {
    const { slots } = this.#table;
    if (slots.get(wanted)?.has(version) === true) return wanted;
    return wanted === "" ? this.forms.find((f) => slots.get(f)!.has(version)) : undefined;
  }

  /** @throws SouthboundError `ERR_UNSUPPORTED` for a version without the form */
  planOf(version: Version, mode: Mode, form: string): Plan {
    const layout = this.stepsOf(version, form);
    if (layout === undefined) throw this.#missing(version, form);
    const { name, fields, options } = this.#table;
    return {
      name,
      fields,
      steps: layout,
      head: this.headOf(version, form),
      version,
      form,
      mode,
      reason: this.reason,
      type: this.#owner,
      check: options.check,
    };
  }

  /** The codec of one form, or of every form. */
  codec(version: Version, mode: Mode, form?: string): Codec<T> {
    const key = `${mode}${version}${form ?? "*"}`;
    let found = this.#codecs.get(key);
    if (found === undefined) {
      found = form === undefined && this.forms.length > 1 ? this.#ofAnyForm(version, mode) : this.#make(version, mode, form ?? "");
      if (this.#table.options.opaque === true) found = this.#inItsOwn(found, version);
      this.#codecs.set(key, found);
    }
    return found;
  }

  /** The source of the specialised codec. */
  source(version: Version, form?: string): ReturnType<typeof specialisedSource> {
    return specialisedSource(this.planOf(version, "bare", form ?? this.formOf(version, "") ?? ""));
  }

  /** The codec of a field that is decoded when it is asked for. */
  ofField(version: number, field: string, form = ""): Codec<unknown> {
    const step = this.stepsOf(version as Version, form)?.find((s) => s.op === "field" && s.name === field);
    if (step?.op !== "field")
      throw new SouthboundError("ERR_UNSUPPORTED", `OpenFlow ${versionName(version)} has no ${this.#table.name}.${field}`);
    return step.kind.codec(version as Version, defaultMode());
  }

  #missing(version: Version, form: string): SouthboundError {
    const { name, slots } = this.#table;
    const able = form === "" ? this.versions : VERSIONS.filter((v) => slots.get(form)?.has(v));
    return new SouthboundError(
      "ERR_UNSUPPORTED",
      `OpenFlow ${versionName(version)} has no ${name}${form === "" ? "" : ` of format ${JSON.stringify(form)}`}: use OpenFlow ${versionList(able)}`,
    );
  }

  #make(version: Version, mode: Mode, form: string): Codec<T> {
    const plan = this.planOf(version, mode, form);
    if (isWalking(mode)) return interpreted(plan);
    const slow = (): Codec<T> => this.codec(version, "interpreted", form);
    return mode === "bare" ? specialised<T>(plan, slow) : explained(this.codec(version, "bare", form), slow);
  }

  /** Decodes the form of the standard, or the only one, and encodes the form that an object has. */
  #ofAnyForm(version: Version, mode: Mode): Codec<T> {
    const first = this.formOf(version, "");
    if (first === undefined) throw this.#missing(version, "");
    const standard = this.codec(version, mode, first);
    const found = new Map<string, Codec<T>>([["", standard]]);
    const encode: Codec<T>["encode"] = (c, p, value) => {
      const wanted = (value as { format: string }).format;
      let codec = found.get(wanted);
      if (codec === undefined) {
        const form = this.formOf(version, wanted);
        if (form === undefined) throw this.#missing(version, wanted);
        codec = this.codec(version, mode, form);
        found.set(wanted, codec);
      }
      return codec.encode(c, p, value);
    };
    if (isWalking(mode)) return { ...standard, encode };
    const source = `return function(c,p,v){return v.format===""?standard(c,p,v):encode(c,p,v)}`;
    return { ...standard, encode: compile(source, { standard: standard.encode, encode }) };
  }

  /** Refuses to send what was received in another version. */
  #inItsOwn(made: Codec<T>, version: Version): Codec<T> {
    const { name } = this.#table;
    return {
      ...made,
      encode(c, p, value) {
        const { version: from = 0 } = value as { readonly version?: number };
        if (from !== 0 && from !== version)
          throw new SouthboundError(
            "ERR_UNSUPPORTED",
            `this ${name} was received in OpenFlow ${versionName(from)} and may mean something else in ${versionName(version)}: send it in its own version, or make another one with ${name}.of()`,
          );
        return made.encode(c, p, value);
      },
    };
  }
}
