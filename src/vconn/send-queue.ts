/** Counts what one sender has in a queue: messages and bytes, from when they are queued until they are handed on or dropped. */
export class PacketCounter {
  /** Messages. */
  packets = 0;
  bytes = 0;
}

interface Item {
  readonly bytes: Uint8Array;
  readonly counter: PacketCounter | undefined;
}

/** Messages that wait for a stream that takes no more at the moment. */
export class SendQueue {
  #items: Item[] = [];
  #head = 0;

  /** How many wait. */
  get length(): number {
    return this.#items.length - this.#head;
  }

  /** Appends a message, whose bytes belong to the queue from now on. */
  push(bytes: Uint8Array, counter: PacketCounter | undefined): void {
    this.#items.push({ bytes, counter });
    if (counter !== undefined) {
      counter.packets++;
      counter.bytes += bytes.length;
    }
  }

  /** Hands messages on as long as `send` takes them. @param send - answers whether the next may follow */
  drain(send: (bytes: Uint8Array) => boolean): void {
    let more = true;
    while (more && this.#head < this.#items.length) {
      const item = this.#items[this.#head++]!;
      this.#uncount(item);
      more = send(item.bytes);
    }
    if (this.#head === this.#items.length) {
      this.#items = [];
      this.#head = 0;
    } else if (this.#head >= 1024) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
  }

  /** Drops all that wait. */
  clear(): void {
    for (let i = this.#head; i < this.#items.length; i++) this.#uncount(this.#items[i]!);
    this.#items = [];
    this.#head = 0;
  }

  #uncount({ bytes, counter }: Item): void {
    if (counter === undefined) return;
    counter.packets--;
    counter.bytes -= bytes.length;
  }
}
