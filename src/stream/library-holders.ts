import { realpathSync } from "node:fs";

/** One library, as the connections of this thread share it. */
export class LibraryPlace {
  #holders = 0;
  #releases = 0;
  #free: Promise<void> | null = null;
  #wake: (() => void) | null = null;

  /** Counts the connections that have ended; to be read before opening one. */
  get releases(): number {
    return this.#releases;
  }

  /** A connection has the library. */
  held(): void {
    this.#holders++;
  }

  /** A connection has it no more, or is not waited for any longer. */
  released(): void {
    this.#holders--;
    this.#releases++;
    this.#wake?.();
    this.#wake = this.#free = null;
  }

  /**
   * What a refused connection waits for.
   * @param releases - their count before it was opened
   * @returns resolves with the next end of a connection; null when one has ended meanwhile, and when none in this thread has the library
   */
  free(releases: number): Promise<void> | null {
    if (this.#holders === 0 || this.#releases !== releases) return null;
    this.#free ??= new Promise((resolve) => {
      this.#wake = resolve;
    });
    return this.#free;
  }
}

/** By file, for good: there are as many as there are libraries. */
const places = new Map<string, LibraryPlace>();

/** The place of a file, by whatever name. */
export function placeOf(file: string): LibraryPlace {
  let key = file;
  try {
    key = realpathSync(file);
  } catch {
    // What is wrong with it the dynamic linker says.
  }
  const place = places.get(key) ?? new LibraryPlace();
  places.set(key, place);
  return place;
}
