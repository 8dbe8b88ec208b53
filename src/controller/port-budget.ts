/** The most ports of one switch. */
export const MAX_PORTS = 0x10000;

/** The most ports in unfinished lists, all of one controller together: two of the longest lists. */
export const MAX_LISTED = 2 * MAX_PORTS;

/** A connection whose list of ports is not complete. */
export interface Listing {
  /** Its list is the longest of too many: ends the connection, and calls {@link PortBudget.remove}. */
  tooMany(): void;
}

/**
 * Bounds what the connections in set-up hold together, since anybody can have many: whoever has sent the most ports is given up when there is no more room. A switch of usual size is not hit by what others send.
 */
export class PortBudget {
  readonly #ports = new Map<Listing, number>();
  #total = 0;

  /** A part of a list has come. @param n - how many ports it has */
  add(listing: Listing, n: number): void {
    this.#ports.set(listing, (this.#ports.get(listing) ?? 0) + n);
    this.#total += n;
    while (this.#total > MAX_LISTED) this.#longest().tooMany();
  }

  /** The list is complete, or its connection has ended. */
  remove(listing: Listing): void {
    this.#total -= this.#ports.get(listing) ?? 0;
    this.#ports.delete(listing);
  }

  #longest(): Listing {
    let longest!: Listing;
    let most = -1;
    for (const [listing, n] of this.#ports) {
      if (n <= most) continue;
      longest = listing;
      most = n;
    }
    return longest;
  }
}
