import type { Fields, Shape } from "../../schema/mod.js";

/**
 * What a list of properties says last of something that they say in fields of their holder: Open vSwitch takes the last property of a kind, and the holder has the first.
 */
export function lastSaid<F extends Fields>(
  holder: { readonly properties: readonly object[] } & Readonly<Shape<F>>,
  type: { is(value: unknown): boolean; readonly fields: F },
): Readonly<Shape<F>> {
  return (holder.properties.findLast((p) => type.is(p)) as Readonly<Shape<F>> | undefined) ?? holder;
}
