import { type Fields, type Mode, Parts, type PartsCodec, type PartValues, type StructClass, type Version } from "../../schema/mod.js";
import { OXM, type OxmField } from "../oxm/fields.js";
import { ANY_PACKET, Match } from "../oxm/match.js";
import { MatchEntry } from "../oxm/match-entry.js";

const ALL_ONES = 0xffffffffffffffffn;
const COOKIE = OXM.cookie as unknown as OxmField;

/** A match without the cookie that Nicira's messages have in it, and that cookie. One that another form could not say again stays in the match. */
export function splitCookie(match: Match): { readonly match: Match; readonly cookie: bigint; readonly cookieMask: bigint } {
  const { entries } = match;
  const last = entries.at(-1);
  const plain = last?.field === COOKIE && last.mask !== 0n && last.mask !== ALL_ONES && last.header === 0;
  const value = last?.value as bigint;
  const mask = (last?.mask as bigint | undefined) ?? ALL_ONES;
  if (!plain || (value & ~mask) !== 0n || entries.filter((e) => e.field === COOKIE).length > 1)
    return { match, cookie: 0n, cookieMask: 0n };
  return { match: entries.length === 1 ? ANY_PACKET : new Match(entries.slice(0, -1)), cookie: value, cookieMask: mask };
}

/** A match with the cookie in it that the flows must have, in the bits of the mask. */
export function withCookie(match: Match, cookie: bigint, cookieMask: bigint): Match {
  if (cookieMask === 0n) return match;
  const mask = cookieMask === ALL_ONES ? undefined : cookieMask;
  return new Match([...match.entries, new MatchEntry(COOKIE, 0, cookie & cookieMask, mask)]);
}

/** The codec of a struct whose objects are only a step on the way to the fields of another one. */
type Inner<T> = Pick<StructClass<Fields, T>, "codec" | "steps"> & { maker(): (init: object) => T };

/**
 * The slot of several fields that lie on the wire as another struct has them.
 * @param read - the fields from the other struct
 * @param write - back: what the other struct is made of
 */
export function through<T>(
  name: string,
  names: readonly string[],
  inner: Inner<T>,
  read: (wire: T) => PartValues,
  write: (values: PartValues) => object,
): Parts {
  let of: ((init: object) => T) | undefined;
  const make = (version: Version, mode: Mode): PartsCodec => {
    const codec = inner.codec(version, mode);
    of ??= inner.maker();
    const made = of;
    return {
      decode: (c, p, end) => read(codec.decode(c, p, end)),
      encode: (c, p, values) => codec.encode(c, p, made(write(values))),
      extent: (c, p, end) => codec.extent(c, p, end),
    };
  };
  return new Parts(name, names, make, false, (field, version) => {
    const step = inner.steps(version)?.find((s) => s.op === "field" && s.name === field);
    return step?.op === "field" ? step.kind : undefined;
  });
}
