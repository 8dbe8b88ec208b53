import { ANY_PROTOCOL, Protocol, protocolNames, protocolsOfVersion } from "../../ofp/syntax/mod.js";
import { type Version, versionName } from "../../schema/mod.js";
import { Fatal } from "./fatal.js";

/** What each name of a flow format stands for, in lower case. */
const FORMATS: ReadonlyMap<string, number> = new Map([
  ...Object.values(Protocol).map((bit) => [protocolNames(bit).toLowerCase(), bit] as const),
  ["any", ANY_PROTOCOL],
  ["openflow10", Protocol.OpenFlow10 | Protocol.OpenFlow10Table],
  ["nxm", Protocol.Nxm | Protocol.NxmTable],
  ["oxm", Protocol.OpenFlow12 | Protocol.OpenFlow13 | Protocol.OpenFlow14 | Protocol.OpenFlow15],
]);

/** The protocols of a list of flow formats. @throws Fatal for a name that is none */
export function readFormats(list: string): number {
  let formats = 0;
  for (const word of list.split(",")) {
    if (word === "") continue;
    const format = FORMATS.get(word.toLowerCase());
    if (format === undefined) throw new Fatal(`${word}: unknown flow protocol`);
    formats |= format;
  }
  if (formats === 0) throw new Fatal(`${list}: no flow protocol specified`);
  return formats;
}

/** The protocols in which flows may be sent: those of `--flow-format` that the versions of `--protocols` have. */
export function flowFormatsOf(list: string, versions: readonly Version[]): number {
  const formats = readFormats(list);
  const found = formats & versions.reduce((all, version) => all | protocolsOfVersion(version), 0);
  if (found !== 0) return found;
  const names = [...versions].sort((a, b) => a - b).map((version) => `OpenFlow${versionName(version).replace(".", "")}`);
  throw new Fatal(
    `None of the enabled OpenFlow versions (${names.join(", ")}) supports any of the enabled flow formats (${protocolNames(formats)}).  (Use -O to enable additional OpenFlow versions or -F to enable additional flow formats.)`,
  );
}

/** The first version that has bundles, and the one that is offered where none of the given ones has. */
const WITH_BUNDLES: Version = 4;
const BUNDLE_VERSION: Version = 5;

/** The versions to offer where a bundle is to be sent. */
export const versionsWithBundles = (versions: readonly Version[]): readonly Version[] =>
  versions.some((version) => version >= WITH_BUNDLES) ? versions : [BUNDLE_VERSION];
