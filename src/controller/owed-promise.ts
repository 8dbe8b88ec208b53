/** What is called with the rejection of a promise that nobody waits for. */
type Report = (e: unknown) => void;

/**
 * A promise that knows whether anything waits for it. If nothing does by the time it is rejected, the rejection is reported, and does not count as unhandled. Promises that `then`, `catch` and `finally`
 * make of it are of the same kind; those of async functions are not, since the language makes them.
 */
class OwedPromise<T> extends Promise<T> {
  #awaited = false;
  #report: Report | null = null;

  // biome-ignore lint/suspicious/noThenProperty: it is a promise
  override then<A = T, B = never>(
    fulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    rejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.#awaited = true;
    const next = super.then(fulfilled, rejected) as OwedPromise<A | B>;
    if (this.#report !== null) next.watch(this.#report);
    return next;
  }

  /** Has its rejection reported. */
  watch(report: Report): void {
    this.#report = report;
    // The plain `then` of the base class: it does not count as waiting, and what it makes of this one is never rejected.
    super.then(undefined, (e: unknown) => {
      // An `await` in the turn in which the promise was made has taken hold of it after two microtasks.
      queueMicrotask(() => queueMicrotask(() => this.#awaited || report(e)));
    });
  }
}

/** The same promise, whose rejection is reported where nothing waits for it. */
export function owedPromise<T>(promise: Promise<T>, report: Report): Promise<T> {
  const owed = new OwedPromise<T>((resolve, reject) => promise.then(resolve, reject));
  owed.watch(report);
  return owed;
}
