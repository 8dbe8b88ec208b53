/** How many of the last round-trip times are kept for percentiles. */
const KEPT = 8192;

/** Round-trip times. All in milliseconds; undefined where there are none yet. */
export class RoundTrips {
  #count = 0;
  #sum = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = 0;
  readonly #last: number[] = [];

  /** Takes one in. */
  add(ms: number): void {
    this.#last[this.#count % KEPT] = ms;
    this.#count++;
    this.#sum += ms;
    if (ms < this.#min) this.#min = ms;
    if (ms > this.#max) this.#max = ms;
  }

  get min(): number | undefined {
    return this.#count === 0 ? undefined : this.#min;
  }

  get avg(): number | undefined {
    return this.#count === 0 ? undefined : this.#sum / this.#count;
  }

  get max(): number | undefined {
    return this.#count === 0 ? undefined : this.#max;
  }

  /** The time that the share `p`, 0 to 1, of the last 8192 did not exceed. */
  percentile(p: number): number | undefined {
    const sorted = this.#last.toSorted((a, b) => a - b);
    return sorted[Math.max(0, Math.ceil(p * sorted.length) - 1)];
  }
}

/** Pings of one host to another, or of all to all. What is neither answered nor lost is under way. */
export class PingCount {
  sent = 0;
  answered = 0;
  lost = 0;
  readonly roundTrips = new RoundTrips();
}

/** One host's pings to another. */
export class Pair extends PingCount {
  readonly from: string;
  readonly to: string;

  constructor(from: string, to: string) {
    super();
    this.from = from;
    this.to = to;
  }
}

/** The counts of all pings among some hosts. */
export class Pings {
  readonly total = new PingCount();
  /** Every ordered pair of two hosts. */
  readonly pairs: readonly Pair[];
  readonly #byHosts: ReadonlyMap<string, ReadonlyMap<string, Pair>>;

  constructor(names: readonly string[]) {
    const others = (from: string) => names.filter((to) => to !== from);
    this.#byHosts = new Map(names.map((from) => [from, new Map(others(from).map((to) => [to, new Pair(from, to)]))]));
    this.pairs = [...this.#byHosts.values()].flatMap((row) => [...row.values()]);
  }

  /** The pings of one host to another; undefined for a host to itself. */
  pair(from: string, to: string): Pair | undefined {
    return this.#byHosts.get(from)?.get(to);
  }

  /** The pairs of which no ping was answered. */
  get unreached(): Pair[] {
    return this.pairs.filter((pair) => pair.answered === 0);
  }

  sent(pair: Pair): void {
    pair.sent++;
    this.total.sent++;
  }

  /** @param ms - the round-trip time */
  answered(pair: Pair, ms: number): void {
    for (const count of [pair, this.total]) {
      count.answered++;
      count.roundTrips.add(ms);
    }
  }

  lost(pair: Pair): void {
    pair.lost++;
    this.total.lost++;
  }
}
