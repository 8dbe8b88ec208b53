import {
  type EntryClass,
  type EntryLayouts,
  type EntryShape,
  entryClass,
  type Fields,
  type UnionHeader,
  type UnionOptions,
} from "../schema/mod.js";
import { EXPERIMENTER } from "./ids.js";

/**
 * What every property begins with: its type, and its length without the padding to 8 bytes behind it. An experimenter's has the experimenter's id and its own
 * type behind them. OpenFlow 1.4 §7.2.2
 */
export function propertyHeader(reason: string): UnionHeader {
  return {
    frame: { lengthAt: 2, min: 4, align: 8, counted: false, reason },
    part(_version, [type, experimenter, subtype]) {
      if (type === undefined) return { at: 0, size: 2 };
      if (type !== EXPERIMENTER || subtype !== undefined) return undefined;
      return experimenter === undefined ? { at: 4, size: 4 } : { at: 8, size: 4 };
    },
  };
}

/** The header of the properties that the standard's common error answers. OpenFlow 1.4 §7.2.2, §7.5.4.15 */
export const PROPERTY_HEADER: UnionHeader = propertyHeader("OFPBPC_BAD_LEN");

/** For lists of which a check passes over the properties that are not in the table. */
export const ANY_PROPERTY: UnionOptions = { check: () => undefined };

/** Makes a property class; `type` is its name in `switch` and JSON. */
export function property<const N extends string, const F extends Fields>(
  name: string,
  type: N,
  fields: F,
  layouts: EntryLayouts<F>,
  header: UnionHeader = PROPERTY_HEADER,
): EntryClass<F, EntryShape<N, F>> {
  return entryClass<F, EntryShape<N, F>>(name, type, header, fields, layouts);
}
