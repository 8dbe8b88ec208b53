/**
 * What some changes have done so far, so that it can be undone, and what is to happen once they are all done: messages to controllers, packets that go on. A bundle keeps one; a change that stands alone has none,
 * and does at once what a bundle puts off.
 */
export class Journal {
  readonly #undo: (() => void)[] = [];
  readonly #afterwards: (() => void)[] = [];

  /** Notes a change that was made. @param undo - takes it back @param afterwards - to be done when all changes have been made */
  note(undo: () => void, afterwards?: () => void): void {
    this.#undo.push(undo);
    if (afterwards !== undefined) this.#afterwards.push(afterwards);
  }

  /** Puts something off until all changes have been made. */
  later(run: () => void): void {
    this.#afterwards.push(run);
  }

  /** All changes have been made. Each step is one thing that was put off. */
  *commit(): Generator<void, void, void> {
    for (const run of this.#afterwards) {
      run();
      yield;
    }
  }

  /** Takes all changes back, the last one first. */
  *rollback(): Generator<void, void, void> {
    for (let i = this.#undo.length - 1; i >= 0; i--) {
      this.#undo[i]!();
      yield;
    }
  }
}
