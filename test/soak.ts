/**
 * The scale of long random tests. Every day they run at a quarter of their length, with numbers that differ from run to run; `SOAK=1 npm test` runs them whole.
 */

/** Whether long random tests run whole. vitest.config.ts gives tests more time then. */
export const SOAK = process.env.SOAK === "1";

/** What a long test does of `whole` runs, steps or seconds: a quarter, at least one, or with `SOAK=1` all. */
export function scaled(whole: number): number {
  return SOAK ? whole : Math.max(1, Math.round(whole / 4));
}
