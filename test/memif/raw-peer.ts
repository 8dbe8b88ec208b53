/** A peer that says what it is told, right or wrong, and counts what this process holds. */
import { readdirSync, readFileSync } from "node:fs";
import { onTestFinished } from "vitest";
import { decodeMessage, encodeMessage, type Message, type MessageName, type MessageOf } from "../../src/memif/messages.js";
import { native } from "../../src/native/mod.js";
import { until } from "../until.js";

export const calls = native("memif");

/** What a peer got: a message, or "end". */
export type Heard = Message | "end" | number;

/** One end of a control channel without any rules. It is closed with the test. */
export class RawPeer {
  readonly fd: number;
  #open = true;

  constructor(fd: number) {
    if (fd < 0) throw new Error(`no connection (${fd})`);
    this.fd = fd;
    onTestFinished(() => this.close());
  }

  static connect(name: string): RawPeer {
    return new RawPeer(calls.seqpacketConnect(name));
  }

  send(message: Message, descriptor = -1): number {
    return this.sendBytes(encodeMessage(message), descriptor);
  }

  sendBytes(bytes: Uint8Array, descriptor = -1): number {
    return calls.seqpacketSend(this.fd, bytes, descriptor);
  }

  /** The next record; waits for it. */
  async hear(): Promise<Heard> {
    const bytes = new Uint8Array(128);
    const extra = new Int32Array(2);
    let n = 0;
    await until(() => {
      n = calls.seqpacketReceive(this.fd, bytes, extra);
      return n !== -11;
    });
    if (n > 0 && extra[0]! >= 0) calls.fdClose(extra[0]!);
    return n === 128 ? decodeMessage(bytes)! : n === 0 ? "end" : n;
  }

  /** The next message, which has to be of this type. */
  async expect<N extends MessageName>(type: N): Promise<MessageOf<N>> {
    const heard = await this.hear();
    if (typeof heard === "object" && heard.type === type) return heard as MessageOf<N>;
    throw new Error(`expected ${type}, got ${JSON.stringify(heard)}`);
  }

  /** The reason of the DISCONNECT that comes next; the end has to follow. */
  async reason(): Promise<string> {
    const { reason } = await this.expect("disconnect");
    const end = await this.hear();
    // a peer that is closed while our messages lie unread resets the connection
    if (end !== "end" && end !== -104) throw new Error(`expected the end, got ${JSON.stringify(end)}`);
    return reason;
  }

  close(): void {
    if (this.#open) calls.fdClose(this.fd);
    this.#open = false;
  }
}

let names = 0;
/** An abstract socket name that nobody else has. */
export function freshName(): string {
  return `@southbound-test-${process.pid}-${++names}`;
}

/** A descriptor that is closed with the test. */
export function owned(fd: number): number {
  if (fd < 0) throw new Error(`no descriptor (${fd})`);
  onTestFinished(() => void calls.fdClose(fd));
  return fd;
}

/** What this process holds: descriptors, and mappings of files in memory. */
export function holdings(): { descriptors: number; mappings: number } {
  const maps = readFileSync("/proc/self/maps", "utf8");
  return { descriptors: readdirSync("/proc/self/fd").length, mappings: maps.split("\n").filter((line) => line.includes("/memfd:")).length };
}

export { until };

export const init = (more: Partial<MessageOf<"init">> = {}): Message => ({
  type: "init",
  version: 0x0200,
  id: 0,
  mode: 0,
  secret: new Uint8Array(24),
  name: "raw",
  ...more,
});

export const addRing = (more: Partial<MessageOf<"addRing">> = {}): Message => ({
  type: "addRing",
  flags: 1,
  index: 0,
  region: 0,
  offset: 0,
  log2Size: 4,
  privateHeader: 0,
  ...more,
});
