import type { Version } from "southbound/schema";
import type { Mode } from "./load.js";

/** What the command line says about a run. */
export interface BenchOptions {
  /** Controllers that run already, to be measured in place of ours. */
  readonly targets: readonly string[];
  readonly versions: readonly Version[];
  readonly modes: readonly Mode[];
  /** Numbers of switches, each measured. */
  readonly switches: readonly number[];
  readonly macs: number;
  /** Length of a loop. */
  readonly seconds: number;
  readonly loops: number;
  readonly warmup: number;
  /** Fewer points: enough to see that all works, and the order of magnitude. */
  readonly quick: boolean;
}

/** What a suite came to. */
export interface Outcome {
  /** One object for each thing measured, for `--json`. */
  readonly results: readonly object[];
  /** The same for people. */
  readonly lines: readonly string[];
}

/** One set of measurements. */
export interface Suite {
  /** In one line what it measures. */
  readonly summary: string;
  /**
   * @param progress - told what is measured now
   * @throws Error whose message says what went wrong; the reason of `signal`
   */
  run(options: BenchOptions, progress: (text: string) => void, signal: AbortSignal): Promise<Outcome>;
}
