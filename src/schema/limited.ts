import type { Codec, Kind } from "./kind.js";
import type { Version } from "./version.js";
import { fail } from "./walk.js";

/**
 * A kind of which a check refuses some values: codecs of the mode `checked` answer them with an OpenFlow error, all others take them.
 * @param fits - whether a check takes a value
 */
export function limited<T>(kind: Kind<T>, fits: (value: T, version: Version) => boolean, reason: string): Kind<T> {
  return {
    ...kind,
    codec(version, mode) {
      const inner = kind.codec(version, mode);
      if (mode !== "checked") return inner;
      return {
        ...inner,
        decode(c, p, end) {
          const value = inner.decode(c, p, end);
          return fits(value, version) ? value : fail(reason, `a value of ${kind.name} that is out of its limits`, p);
        },
      };
    },
  };
}

/** A kind at which a check does not look: in the mode `checked` its bytes, whatever they are, decode to `value`. */
export function unlookedAt<T>(kind: Kind<T>, value: T): Kind<T> {
  return {
    ...kind,
    codec(version, mode): Codec<T> {
      const inner = kind.codec(version, mode);
      return mode === "checked" ? { ...inner, decode: () => value } : inner;
    },
  };
}
