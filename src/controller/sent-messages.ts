import { type ErrorMessage, encodeMessage, HEADER_SIZE, type Message } from "../ofp/mod.js";
import type { Version } from "../schema/mod.js";
import { messageWords } from "../vconn/mod.js";
import { excerptWords } from "./excerpt.js";
import type { Owner } from "./owner.js";

/** Messages of a connection that are remembered. A power of two. */
const REMEMBERED = 64;
/** Bytes of an error's data that are read: a peer may send up to 64 KiB. */
const MOST_READ = 2048;

/**
 * The last messages that applications sent on a connection without waiting for an answer, so that an error can be explained by the message that it answers. They are kept as they are, 64 of them and no
 * packet-outs, whose packets may be long and borrowed, nor what a `maker` has made, since a reference to each costs hot code more than encoding some of them. Since an application may have changed or reused one meanwhile, a message counts as found only if the bytes that the error carries are its beginning.
 */
export class SentMessages {
  readonly #messages: (Message | undefined)[] = new Array<Message | undefined>(REMEMBERED).fill(undefined);
  readonly #owners: (Owner | undefined)[] = new Array<Owner | undefined>(REMEMBERED).fill(undefined);
  readonly #xids = new Uint32Array(REMEMBERED);
  #next = 0;

  /** Remembers a message. @param message - undefined for one that is only to be known by its transaction id */
  add(xid: number, message: Message | undefined, owner: Owner): void {
    const i = this.#next;
    this.#next = (i + 1) & (REMEMBERED - 1);
    this.#messages[i] = message === undefined || message.type === "packet-out" ? undefined : message;
    this.#owners[i] = owner;
    this.#xids[i] = xid;
  }

  /** Forgets all of them. */
  clear(): void {
    this.#messages.fill(undefined);
    this.#owners.fill(undefined);
  }

  /** Forgets those of one application. */
  forget(owner: Owner): void {
    for (let i = 0; i < REMEMBERED; i++) {
      if (this.#owners[i] !== owner) continue;
      this.#owners[i] = undefined;
      this.#messages[i] = undefined;
    }
  }

  /** The application that sent the message of a transaction id; undefined where that is not known. */
  ownerOf(xid: number): Owner | undefined {
    return this.#owners[this.#find(xid)];
  }

  /** The message that an error answers, in words: `flow-mod xid=0x4: tcp,tp_dst=80 actions=output:1`. Never throws. */
  answeredBy({ xid, data }: ErrorMessage, version: Version): string {
    const message = this.#messages[this.#find(xid)];
    if (message !== undefined && begins(message, version, data)) return messageWords(message, version, xid);
    return excerptWords(data.subarray(0, MOST_READ), xid);
  }

  #find(xid: number): number {
    return xid === 0 ? -1 : this.#xids.lastIndexOf(xid);
  }
}

/** Whether the bytes that an error carries are the beginning of a message, but for its transaction id. An error without bytes is no evidence against it. */
function begins(message: Message, version: Version, data: Uint8Array): boolean {
  let bytes: Uint8Array;
  try {
    bytes = encodeMessage(message, version);
  } catch {
    return false;
  }
  if (data.length > bytes.length) return false;
  for (let i = 0; i < data.length; i++) if (data[i] !== bytes[i] && (i < 4 || i >= HEADER_SIZE)) return false;
  return true;
}
