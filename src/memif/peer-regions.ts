import { constants } from "node:buffer";
import type { Native } from "../native/mod.js";
import type { Holdings } from "./holdings.js";
import { Refusal } from "./memif-error.js";

/** What a server lets a client bring. */
export interface RegionLimits {
  /** How many regions. */
  readonly maxRegions: number;
  /** How many bytes, all regions together. */
  readonly maxMapping: number;
  /** Whether regions are taken that their owner can shrink. Reading one that was shrunk ends the process (SIGBUS). */
  readonly allowUnsealed: boolean;
}

/** The memory that a client brings, checked and mapped as it is announced. */
export class PeerRegions {
  readonly #calls: Native;
  readonly #holdings: Holdings;
  readonly #limits: RegionLimits;
  readonly #regions: (ArrayBuffer | undefined)[] = [];
  #mapped = 0;

  constructor(calls: Native, holdings: Holdings, limits: RegionLimits) {
    this.#calls = calls;
    this.#holdings = holdings;
    this.#limits = limits;
  }

  /** Maps a region. Its descriptor, which is held, is closed. @throws Refusal */
  add(index: number, size: number, descriptor: number): void {
    const { maxRegions, maxMapping, allowUnsealed } = this.#limits;
    if (descriptor < 0) throw new Refusal("Missing region descriptor");
    if (index >= maxRegions) throw new Refusal(`Region index ${index} is too large`);
    if (this.#regions[index] !== undefined) throw new Refusal(`Region ${index} was announced twice`);
    if (!(size > 0)) throw new Refusal(`Region ${index} is empty`);
    if (size > constants.MAX_LENGTH) throw new Refusal(`Region ${index} is too large`);
    if (this.#mapped + size > maxMapping) throw new Refusal(`Regions exceed ${maxMapping} bytes`);
    // The seal comes first: a size that was read before it can be of a file that shrank and was sealed in between.
    if (!allowUnsealed && !this.#calls.memfdSealed(descriptor)) throw new Refusal(`Region ${index} is not sealed against shrinking`);
    const bytes = this.#calls.memfdSize(descriptor);
    if (bytes < 0) throw new Refusal(`Region ${index} is no file in memory`);
    if (bytes < size) throw new Refusal(`Region ${index} is smaller than announced`);
    const memory = this.#calls.memoryMap(descriptor, size);
    if (typeof memory === "number") throw new Refusal(`Region ${index} cannot be mapped`);
    this.#regions[index] = this.#holdings.holdMapping(memory);
    this.#mapped += size;
    this.#holdings.close(descriptor);
  }

  /** All regions by index. @throws Refusal where one between others is missing */
  all(): readonly ArrayBuffer[] {
    return dense(this.#regions, "region");
  }
}

/** A list with no gap. @throws Refusal that names the first gap */
export function dense<T>(list: readonly (T | undefined)[], what: string): readonly T[] {
  for (let i = 0; i < list.length; i++) if (list[i] === undefined) throw new Refusal(`Missing ${what} ${i}`);
  return list as readonly T[];
}
