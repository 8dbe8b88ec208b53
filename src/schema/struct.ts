import { structClass } from "./class.js";
import type { Field, Fields, Shape } from "./field.js";
import type { Instance } from "./instance.js";
import type { Kind } from "./kind.js";
import { byVersion, type Layouts } from "./layout.js";
import type { ClassOptions, StructClass } from "./struct-class.js";

/** The values of a struct's objects. */
export type StructShape<F> = Shape<F> & Instance;

/** A plain struct, which a field or a list can hold. */
export type Struct<F extends Fields> = StructClass<F, StructShape<F>>;

/** A field that holds one struct; initially one with every field at its initial value, made when it is first wanted. */
export function one<T>(type: Kind<T> & { of(this: void): T }): Field<T> {
  let init: T | undefined;
  return {
    kind: type,
    get init() {
      init ??= Object.freeze(type.of());
      return init;
    },
  };
}

const STANDARD: readonly string[] = [""];

/**
 * Makes a plain struct: no header, slots from its first byte on. See {@link Layouts} for the language.
 * @param reason - the OpenFlow error that answers a bad length; `OFPBRC_BAD_LEN` unless given
 * @param check - see {@link ClassOptions.check}
 */
export function struct<const F extends Fields>(
  name: string,
  fields: F,
  layouts: Layouts<F>,
  reason?: string,
  check?: ClassOptions["check"],
): Struct<F> {
  return structClass<F, StructShape<F>>(
    name,
    fields,
    { forms: STANDARD, slots: () => byVersion<readonly unknown[]>(name, layouts) },
    {
      ...(reason === undefined ? {} : { reason }),
      ...(check === undefined ? {} : { check }),
    },
  );
}
