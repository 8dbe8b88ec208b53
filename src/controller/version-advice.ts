import { VERSIONS } from "../schema/mod.js";
import type { VersionMismatch } from "../vconn/mod.js";

/** How many different offers of peers are remembered, so that there is advice for each once. */
const MOST_OFFERS = 100;

const word = (version: number): string => `OpenFlow1${version - 1}`;

/**
 * Advice for a switch and a controller that have no version in common: what to type on either side. Switches come again every few seconds, so that there is advice once for each offer, and for 100 different ones at most.
 */
export class VersionAdvice {
  readonly #given = new Set<number>();

  /** @returns one line; undefined where it was given already */
  for({ ours, theirs }: VersionMismatch): string | undefined {
    const key = theirs.reduce((set, version) => set | (1 << version), 0);
    if (this.#given.has(key) || this.#given.size >= MOST_OFFERS) return undefined;
    this.#given.add(key);
    const onSwitch = `let the switch offer one of ours ("ovs-vsctl set bridge BRIDGE protocols=${ours.map(word).join(",")}")`;
    const usable = theirs.filter((version) => (VERSIONS as readonly number[]).includes(version));
    if (usable.length === 0) return `no version in common: ${onSwitch}`;
    return `no version in common: ${onSwitch}, or offer one of its versions here (-O ${usable.map(word).join(",")}; in code versions: [${usable.join(", ")}])`;
  }
}
