import type { Fields } from "./field.js";
import type { StructClass } from "./struct-class.js";
import type { Version } from "./version.js";

/**
 * The source of the specialised codec of a class in one version, as text to be read: `sourceOf(FlowMod, 4)`. Stack traces, profilers and the debugger show the same source
 * as `southbound:FlowMod/1.3/decode` and `southbound:FlowMod/1.3/encode`.
 * @param form - one of `type.forms`; the one that objects without a form are sent in, unless given
 * @throws SouthboundError `ERR_UNSUPPORTED` for a version that does not have the class in that form
 */
// biome-ignore lint/suspicious/noExplicitAny: any class made from a table
export function sourceOf(type: Pick<StructClass<Fields, any>, "name" | "source">, version: Version, form?: string): string {
  const { decode, encode } = type.source(version, form);
  return `// southbound:${type.name} decode\n${decode}\n\n// southbound:${type.name} encode\n${encode}\n`;
}
