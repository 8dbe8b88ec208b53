import type { Native } from "../native/mod.js";

/** Descriptors and mappings that belong to one connection. All are given back together, once. */
export class Holdings {
  readonly #calls: Native;
  readonly #descriptors = new Set<number>();
  readonly #mappings = new Set<ArrayBuffer>();

  constructor(calls: Native) {
    this.#calls = calls;
  }

  /** Takes over a descriptor. */
  hold(descriptor: number): number {
    this.#descriptors.add(descriptor);
    return descriptor;
  }

  /** Takes over a mapping. */
  holdMapping(memory: ArrayBuffer): ArrayBuffer {
    this.#mappings.add(memory);
    return memory;
  }

  /** Closes one descriptor before the others. */
  close(descriptor: number): void {
    if (this.#descriptors.delete(descriptor)) this.#calls.fdDiscard(descriptor);
  }

  /** Closes and unmaps everything. Doing it again does nothing. */
  release(): void {
    for (const descriptor of this.#descriptors) this.#calls.fdDiscard(descriptor);
    for (const memory of this.#mappings) this.#calls.memoryUnmap(memory);
    this.#descriptors.clear();
    this.#mappings.clear();
  }
}
