/** The counters of something at one time. */
export interface Sample {
  readonly name: string;
  readonly packets: bigint;
  readonly bytes: bigint;
}

/** The counters of something and how fast they grow. */
export interface Row extends Sample {
  /** Packets and bytes a second, since the look before; 0 for what was not there then. */
  readonly packetRate: number;
  readonly byteRate: number;
}

/** By what rows are sorted: rates and totals with the highest first. */
export type SortBy = "packets" | "bytes" | "total" | "name";

const UNKNOWN = 0xffff_ffff_ffff_ffffn;

/** Makes rates of counters that are looked at again and again. Of what is gone nothing is kept. */
export class Rates {
  #rows = new Map<string, Row>();
  #at = 0;

  /** What the last look has brought. */
  get rows(): readonly Row[] {
    return [...this.#rows.values()];
  }

  /** @param at - when, in milliseconds of a clock that never goes back */
  take(samples: readonly Sample[], at: number): void {
    const before = this.#rows;
    const passed = (at - this.#at) / 1000;
    const rate = (now: bigint, then: bigint | undefined): number =>
      // a counter that shrinks is that of another flow of the same name
      then === undefined || passed <= 0 || now < then || now === UNKNOWN ? 0 : Number(now - then) / passed;
    this.#rows = new Map(
      samples.map((sample) => {
        const old = before.get(sample.name);
        return [sample.name, { ...sample, packetRate: rate(sample.packets, old?.packets), byteRate: rate(sample.bytes, old?.bytes) }];
      }),
    );
    this.#at = at;
  }
}

const byName = (a: Row, b: Row): number => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
const COMPARE: Readonly<Record<SortBy, (a: Row, b: Row) => number>> = {
  packets: (a, b) => b.packetRate - a.packetRate,
  bytes: (a, b) => b.byteRate - a.byteRate,
  total: (a, b) => (a.packets === b.packets ? 0 : a.packets < b.packets ? 1 : -1),
  name: byName,
};

/** Rows in order; those that are equal by their names. */
export const sortedBy = (rows: readonly Row[], by: SortBy): Row[] => [...rows].sort((a, b) => COMPARE[by](a, b) || byName(a, b));
