import type { KnownMessage, Message } from "../ofp/mod.js";

/** Which message a type's name means. */
export type MessageOf<N extends Message["type"]> = Extract<Message, { readonly type: N }>;

/** A listener of one type of message. The message's lazy fields are borrowed until it returns: see `own()`. */
export type MessageListener<N extends KnownMessage["type"]> = (message: MessageOf<N>) => void;

/** A list of functions that is called straight, each shielded from the others' faults. */
export class Listeners<A extends unknown[]> {
  #list: readonly ((...args: A) => void)[] = [];
  readonly #fault: (error: unknown) => void;

  /** @param fault - told what a listener threw */
  constructor(fault: (error: unknown) => void) {
    this.#fault = fault;
  }

  /** How many listen. */
  get size(): number {
    return this.#list.length;
  }

  /** Adds a listener; the function that comes back removes it. */
  add(listener: (...args: A) => void): () => void {
    // A copy, so that whoever is being called now goes through the list as it was.
    this.#list = [...this.#list, listener];
    return () => {
      this.#list = this.#list.filter((l) => l !== listener);
    };
  }

  /** Calls each in the order of adding. */
  call(...args: A): void {
    const list = this.#list;
    for (let i = 0; i < list.length; i++) {
      try {
        list[i]!(...args);
      } catch (e) {
        this.#fault(e);
      }
    }
  }
}
