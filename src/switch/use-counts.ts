import type { Uses } from "./program.js";

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

  /** Counts what a flow uses that came, or with -1 that went. */
  count({ groups, meters }: Uses, by: 1 | -1): void {
    if (groups.size > 0) for (const id of groups) add(this.#groups, id, by);
    if (meters.size > 0) for (const id of meters) add(this.#meters, id, by);
  }
}

function add(counts: Map<number, number>, id: number, by: 1 | -1): void {
  const left = (counts.get(id) ?? 0) + by;
  if (left === 0) counts.delete(id);
  else counts.set(id, left);
}
