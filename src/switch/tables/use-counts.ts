import type { LearnedBy, Uses } from "../actions/program.js";

/** How many flows use each group and meter. */
export class UseCounts {
  readonly #groups = new Map<number, number>();
  readonly #meters = new Map<number, number>();

  ofGroup(groupId: number): number {
    return this.#groups.get(groupId) ?? 0;
  }

  ofMeter(meterId: number): number {
    return this.#meters.get(meterId) ?? 0;
  }

  readonly #learned = new Map<string, number>();
  readonly #onAbandoned: (by: LearnedBy) => void;

  /** @param onAbandoned - called when the last flow goes that makes learned flows which are to go with it */
  constructor(onAbandoned: (by: LearnedBy) => void = () => undefined) {
    this.#onAbandoned = onAbandoned;
  }

  /** Counts what a flow uses that came, or with -1 that went. */
  count({ groups, meters, learned }: Uses, by: 1 | -1): void {
    if (groups.size > 0) for (const id of groups) add(this.#groups, id, by);
    if (meters.size > 0) for (const id of meters) add(this.#meters, id, by);
    for (const made of learned) {
      if (!made.deleted) continue;
      const key = `${made.tableId} ${made.cookie}`;
      add(this.#learned, key, by);
      if (!this.#learned.has(key)) this.#onAbandoned(made);
    }
  }
}

function add<K>(counts: Map<K, number>, id: K, by: 1 | -1): void {
  const left = (counts.get(id) ?? 0) + by;
  if (left === 0) counts.delete(id);
  else counts.set(id, left);
}
