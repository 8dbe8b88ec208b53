import type { ChildProcess } from "node:child_process";
import { endChild, startModule } from "./children.js";
import type { GeneratorReport } from "./generator-process.js";
import type { Load, Measured } from "./load.js";

/** The process that makes the load; one for a whole run. */
export class Generator implements AsyncDisposable {
  readonly #child: ChildProcess;

  constructor() {
    this.#child = startModule("generator-process", [], "generator");
  }

  /**
   * Measures loads in turn, loop by loop; one call at a time.
   * @param started - called when the loops that count begin
   * @throws Error with what went wrong; the reason of `signal`
   */
  measure(loads: readonly Load[], signal: AbortSignal, started: () => void = () => {}): Promise<readonly Measured[]> {
    const child = this.#child;
    return new Promise((resolve, reject) => {
      const settle = (act: () => void): void => {
        child.off("message", onMessage);
        child.off("exit", onExit);
        signal.removeEventListener("abort", onAbort);
        act();
      };
      const onMessage = (report: GeneratorReport): void => {
        if (report.kind === "started") started();
        else if (report.kind === "done") settle(() => resolve(report.measured));
        else settle(() => reject(new Error(report.message)));
      };
      const onExit = (): void => settle(() => reject(new Error("the load generator ended")));
      const onAbort = (): void => settle(() => reject(signal.reason));
      if (signal.aborted) return reject(signal.reason);
      child.on("message", onMessage);
      child.on("exit", onExit);
      signal.addEventListener("abort", onAbort, { once: true });
      child.send(loads);
    });
  }

  /** Ends the process. */
  async [Symbol.asyncDispose](): Promise<void> {
    await endChild(this.#child);
  }
}
