import { SouthboundError } from "../errors/mod.js";

/** An OpenFlow version by its number on the wire: 1 is OpenFlow 1.0, 6 is OpenFlow 1.5. */
export type Version = 1 | 2 | 3 | 4 | 5 | 6;

/** Every version, oldest first. */
export const VERSIONS: readonly Version[] = [1, 2, 3, 4, 5, 6];

type Minor = 0 | 1 | 2 | 3 | 4 | 5;

/** Versions in words: `1.0` alone, `1.1+` from there on, `1.0-1.2` both ends included. */
export type VersionRange = `1.${Minor}` | `1.${Minor}+` | `1.${Minor}-1.${Minor}`;

/** A version in words, such as `1.3`. */
export function versionName(version: number): string {
  return version >= 1 && version <= 6 ? `1.${version - 1}` : `with wire version ${version}`;
}

const ranges = new Map<string, readonly Version[]>();

/** The versions of a range, oldest first. */
export function versionsIn(range: VersionRange): readonly Version[] {
  let found = ranges.get(range);
  if (found === undefined) {
    found = readRange(range);
    ranges.set(range, found);
  }
  return found;
}

function readRange(range: string): readonly Version[] {
  const match = /^1\.([0-5])(?:(\+)|-1\.([0-5]))?$/.exec(range);
  if (match === null) throw new SouthboundError("ERR_USAGE", `"${range}" is no range of versions: write 1.0, 1.1+ or 1.0-1.2`);
  const first = Number(match[1]) + 1;
  const last = match[2] === "+" ? 6 : match[3] === undefined ? first : Number(match[3]) + 1;
  return VERSIONS.filter((v) => v >= first && v <= last);
}

/** A list of versions for a message to a person: `1.0`, `1.3 to 1.5`, `1.0, 1.3`. */
export function versionList(versions: readonly Version[]): string {
  if (versions.length === 0) return "no version";
  const contiguous = versions.every((v, i) => i === 0 || v === versions[i - 1]! + 1);
  if (contiguous && versions.length > 1) return `${versionName(versions[0]!)} to ${versionName(versions[versions.length - 1]!)}`;
  return versions.map(versionName).join(", ");
}
