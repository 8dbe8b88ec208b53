/** The functions that are called for an event. */
export type InterfaceListener<A extends unknown[]> = (...args: A) => void;

/** Listeners by event. Each is shielded from the others' faults: what one throws surfaces as an uncaught error in a microtask. */
export class Listeners<Events extends { [E in keyof Events]: unknown[] }> {
  readonly #lists: { [E in keyof Events]?: readonly InterfaceListener<Events[E]>[] } = {};

  /** Adds a listener behind the others. @returns what takes it away; doing that again does nothing */
  add<E extends keyof Events>(event: E, listener: InterfaceListener<Events[E]>): () => void {
    const own: InterfaceListener<Events[E]> = (...args) => listener(...args);
    this.#lists[event] = [...(this.#lists[event] ?? []), own];
    return () => {
      this.#lists[event] = this.#lists[event]?.filter((each) => each !== own) ?? [];
    };
  }

  /** Calls all listeners of an event. One that is added meanwhile is not called. */
  emit<E extends keyof Events>(event: E, ...args: Events[E]): void {
    for (const listener of this.#lists[event] ?? []) {
      try {
        listener(...args);
      } catch (e) {
        queueMicrotask(() => {
          throw e;
        });
      }
    }
  }
}
