/** Milliseconds between two pictures. */
const PAUSE = 100;
/** Milliseconds until the first one: what is done by then needs none. */
const QUIET = 500;
const BAR = 20;

const clock = (seconds: number): string =>
  seconds >= 3600
    ? `${Math.floor(seconds / 3600)}h${String(Math.floor(seconds / 60) % 60).padStart(2, "0")}m`
    : `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

/**
 * How far something is, in one line: a bar where it is known how much there is, the rate, and the time that remains.
 * @param passed - seconds since it began
 * @param columns - of the terminal; the line is shorter by one, so that the cursor has room
 */
export function progressLine(what: string, done: number, total: number | undefined, passed: number, columns: number): string {
  const rate = passed > 0 ? done / passed : 0;
  const speed = `${Math.round(rate)}/s`;
  if (total === undefined || total <= 0) return `${what}: ${done} ${speed}`.slice(0, Math.max(0, columns - 1));
  const part = Math.min(1, done / total);
  const left = rate > 0 ? clock(Math.max(0, total - done) / rate) : "-:--";
  const filled = Math.round(part * BAR);
  const percent = `${Math.floor(part * 100)}%`.padStart(4);
  const bar = columns < 70 ? "" : ` [${"#".repeat(filled)}${"-".repeat(BAR - filled)}]`;
  return `${what}:${bar}${percent} ${done}/${total} ${speed} ${left}`.slice(0, Math.max(0, columns - 1));
}

/** A line on standard error, if that is a terminal, that says how far something is; it is gone in the end. */
export class Progress implements Disposable {
  readonly #what: string;
  readonly #begin = performance.now();
  #next: number = this.#begin + QUIET;
  #shown = false;

  constructor(what: string) {
    this.#what = what;
  }

  /** Whether anything would be shown. */
  static get wanted(): boolean {
    return process.stderr.isTTY === true;
  }

  /** @param done - how much so far @param total - how much there is, where that is known */
  show(done: number, total?: number): void {
    const now = performance.now();
    if (now < this.#next || !Progress.wanted) return;
    this.#next = now + PAUSE;
    this.#shown = true;
    const { columns = 80 } = process.stderr;
    process.stderr.write(`\r\u001b[K${progressLine(this.#what, done, total, (now - this.#begin) / 1000, columns)}`);
  }

  [Symbol.dispose](): void {
    if (this.#shown) process.stderr.write("\r\u001b[K");
    this.#shown = false;
  }
}

/** Runs something that reports its progress, which is shown where standard error is a terminal. */
export async function withProgress<T>(
  what: string,
  run: (onProgress: ((done: number, total: number) => void) | undefined) => Promise<T>,
): Promise<T> {
  if (!Progress.wanted) return await run(undefined);
  using progress = new Progress(what);
  return await run((done, total) => progress.show(done, total));
}
