import { viewOf } from "../bytes/mod.js";
import { encodeMessage, type Message } from "../ofp/mod.js";
import type { Version } from "../schema/mod.js";
import type { Vconn } from "./vconn.js";

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

  /**
   * Sends a message, or appends it while others wait or the stream is congested.
   * @param counter - counts it while it waits
   * @returns its transaction id
   */
  send(vconn: Vconn, message: Message, counter: PacketCounter | undefined): number {
    if (this.length === 0 && !vconn.stream.congested) return vconn.send(message);
    const bytes = encodeMessage(message, vconn.version as Version);
    const dv = viewOf(bytes);
    let xid = dv.getUint32(4);
    if (xid === 0) {
      xid = vconn.nextXid();
      dv.setUint32(4, xid);
    }
    this.#items.push({ bytes, counter });
    if (counter !== undefined) {
      counter.packets++;
      counter.bytes += bytes.length;
    }
    return xid;
  }

  /** Hands messages on until the stream is congested again. @returns whether there were any */
  drain(vconn: Vconn): boolean {
    const had = this.length > 0;
    while (this.#head < this.#items.length) {
      const item = this.#items[this.#head++]!;
      this.#uncount(item);
      vconn.sendBytes(item.bytes);
      if (vconn.stream.congested) break;
    }
    if (this.#head === this.#items.length) {
      this.#items = [];
      this.#head = 0;
    } else if (this.#head >= 1024) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return had;
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
