import { nearest, SouthboundError } from "../../errors/mod.js";
import { VERSIONS, type Version } from "../../schema/mod.js";

const NAMES: ReadonlyMap<string, Version> = new Map(VERSIONS.map((version) => [`openflow1${version - 1}`, version]));

/**
 * Reads a list of versions as `ovs-ofctl -O` and `ovs-vsctl` take it: `OpenFlow10,OpenFlow13`.
 * @throws SouthboundError `ERR_USAGE` for a word that is no version, with what may have been meant
 */
export function parseProtocols(text: string): Version[] {
  const known = VERSIONS.map((version) => `OpenFlow1${version - 1}`);
  const words = text.split(/[\s,]+/).filter((word) => word !== "");
  if (words.length === 0) throw new SouthboundError("ERR_USAGE", `name one version at least: ${known.join(", ")}`);
  return words.map((word) => {
    const version = NAMES.get(word.toLowerCase());
    if (version !== undefined) return version;
    const meant = nearest(word.replace(/^(?:of|v)?(?=1\.)/i, "OpenFlow"), known);
    const hint = meant.length === 1 ? `: did you mean ${meant[0]}?` : `; known are ${known.join(", ")}`;
    throw new SouthboundError("ERR_USAGE", `"${word}" is no version of OpenFlow${hint}`);
  });
}
