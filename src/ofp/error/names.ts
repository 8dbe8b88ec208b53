import { type Version, type VersionRange, versionsIn } from "../../schema/mod.js";
import { ERRORS, type ErrorPair } from "./table.js";

/** What Open vSwitch sends for an error that a version has no place for. */
const UNENCODABLE = "NXBRC_UNENCODABLE_ERROR";

let places: Map<string, ReadonlyMap<Version, ErrorPair>> | undefined;
let names: Map<string, string> | undefined;

const keyOf = (version: Version, type: number, code: number, experimenter: number): string => `${version}:${type}:${code}:${experimenter}`;

function fill(): void {
  places = new Map();
  names = new Map();
  for (const [name, ranges] of Object.entries(ERRORS)) {
    const found = new Map<Version, ErrorPair>();
    for (const [range, pair] of Object.entries(ranges) as [VersionRange, ErrorPair][]) {
      const [type, code, experimenter = 0] = pair;
      for (const version of versionsIn(range)) {
        found.set(version, pair);
        const key = keyOf(version, type, code, experimenter);
        if (!names.has(key)) names.set(key, name);
      }
    }
    places.set(name, found);
  }
}

/** Where an error stands in a version; undefined where the version, or every one, lacks it. */
export function errorPlace(name: string, version: Version): ErrorPair | undefined {
  if (places === undefined) fill();
  return places!.get(name)?.get(version);
}

/** Where an error stands in a version, or else the error that says that the version has no place for it, as Open vSwitch answers. */
export function errorPair(name: string, version: Version): ErrorPair {
  return errorPlace(name, version) ?? errorPlace(UNENCODABLE, version)!;
}

/** The name of an error on the wire; undefined where no table knows it. `experimenter` is 0 for an error of the standard. */
export function errorName(version: Version, type: number, code: number, experimenter = 0): string | undefined {
  if (names === undefined) fill();
  return names!.get(keyOf(version, type, code, experimenter));
}
