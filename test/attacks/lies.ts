/**
 * Messages that are changed between a controller and a switch, after BEADS (Jero et al., "BEADS: Automated Attack Discovery in OpenFlow-based SDN Systems"): each message of a conversation has each of
 * its numbers set to odd values, is dropped, doubled, delayed or cut. A schedule changes one message; the same schedule changes the same message in every run, since nothing in the conversation depends on time.
 */
import { Chunk } from "../../src/bytes/mod.js";
import { pipe, type Stream } from "../../src/stream/mod.js";

/** Where a message goes: `down` to the switch, `up` to the controller. */
export type Direction = "down" | "up";

/** What is done to a message. */
export type Change =
  /** A number of so many bytes is set to a value. */
  | { readonly kind: "lie"; readonly at: number; readonly size: 1 | 2 | 4; readonly value: number }
  | { readonly kind: "drop" | "double" | "delay" }
  /** Only so many bytes are sent; with `agree` the length field says so, without it the next message is taken for the rest. */
  | { readonly kind: "cut"; readonly to: number; readonly agree: boolean };

/** One run of the conversation. */
export interface Schedule {
  readonly direction: Direction;
  /** Which message of that direction, from 0. */
  readonly nth: number;
  readonly change: Change;
}

/** The odd values of each size. */
const VALUES: Readonly<Record<1 | 2 | 4, readonly number[]>> = {
  1: [0, 128, 255],
  2: [0, 32_000, 65_535],
  4: [0, 65_535, 0xffff_ffff],
};

/** Every schedule of one message: numbers of 1 byte at each offset, of 2 and 4 at each even one, which are all fields of all layouts. Changes that change nothing are left out. */
export function* schedulesOf(direction: Direction, nth: number, message: Uint8Array): Generator<Schedule> {
  const dv = new DataView(message.buffer, message.byteOffset, message.length);
  const read = { 1: (at: number) => dv.getUint8(at), 2: (at: number) => dv.getUint16(at), 4: (at: number) => dv.getUint32(at) };
  for (const kind of ["drop", "double", "delay"] as const) yield { direction, nth, change: { kind } };
  for (const to of new Set([4, 8, message.length >> 1, message.length - 8, message.length - 1])) {
    if (to <= 0 || to >= message.length) continue;
    yield { direction, nth, change: { kind: "cut", to, agree: false } };
    if (to >= 8) yield { direction, nth, change: { kind: "cut", to, agree: true } };
  }
  for (const size of [1, 2, 4] as const) {
    for (let at = 0; at + size <= message.length; at += Math.min(size, 2))
      for (const value of VALUES[size]) if (read[size](at) !== value) yield { direction, nth, change: { kind: "lie", at, size, value } };
  }
}

/** What becomes of a message: bytes to send in its place. */
function changed(message: Uint8Array, change: Change): Uint8Array {
  if (change.kind === "double") {
    const both = new Uint8Array(2 * message.length);
    both.set(message);
    both.set(message, message.length);
    return both;
  }
  const made = message.slice(0, change.kind === "cut" ? change.to : message.length);
  const dv = new DataView(made.buffer);
  if (change.kind === "cut" && change.agree) dv.setUint16(2, change.to);
  if (change.kind === "lie") {
    if (change.size === 1) dv.setUint8(change.at, change.value);
    else if (change.size === 2) dv.setUint16(change.at, change.value);
    else dv.setUint32(change.at, change.value);
  }
  return made;
}

/** A schedule, as a line. */
export function describeSchedule({ direction, nth, change }: Schedule, message: Uint8Array | undefined): string {
  const what = change.kind === "lie" ? `u${8 * change.size} at ${change.at} = ${change.value}` : change.kind;
  const cut = change.kind === "cut" ? ` to ${change.to}${change.agree ? ", length changed" : ""}` : "";
  const bytes = message === undefined ? "" : ` ${Buffer.from(message).toString("hex")}`;
  return `${direction} #${nth} type ${message?.[1]}: ${what}${cut}${bytes}`;
}

/** One who sits between two ends, cuts what they say at the length field, and changes one message. */
export class Middle {
  /** The end for the controller, and the one for the switch. */
  readonly controller: Stream;
  readonly switch: Stream;
  /** What was said, before it was changed. */
  readonly heard: Readonly<Record<Direction, Uint8Array[]>> = { down: [], up: [] };
  /** The message that was changed, as it was and as it was sent; undefined while it has not come. */
  original: Uint8Array | undefined;
  sent: Uint8Array | undefined;
  readonly #schedule: Schedule | undefined;
  readonly #inner: Readonly<Record<Direction, Stream>>;
  #held: Uint8Array | undefined;

  constructor(schedule?: Schedule) {
    this.#schedule = schedule;
    const [controller, towardsController] = pipe();
    const [sw, towardsSwitch] = pipe();
    // the pipes stand for a network, over which ends that are silent are probed
    for (const end of [controller, sw]) Object.defineProperty(end, "needsProbes", { value: true });
    this.controller = controller;
    this.switch = sw;
    this.#inner = { down: towardsSwitch, up: towardsController };
    this.#relay("down", towardsController, towardsSwitch);
    this.#relay("up", towardsSwitch, towardsController);
  }

  #relay(direction: Direction, from: Stream, to: Stream): void {
    let buffer: Uint8Array = new Uint8Array(0);
    from.onChunk = (c, n) => {
      const all = new Uint8Array(buffer.length + n);
      all.set(buffer);
      all.set(c.u8.subarray(0, n), buffer.length);
      let p = 0;
      while (all.length - p >= 8) {
        const end = p + ((all[p + 2]! << 8) | all[p + 3]!);
        if (end > all.length) break;
        this.#message(direction, all.slice(p, end));
        p = end;
      }
      buffer = all.slice(p);
    };
    from.onClose = () => {
      if (to.state !== "closed") to.destroy();
    };
  }

  #message(direction: Direction, message: Uint8Array): void {
    const schedule = this.#schedule;
    const nth = this.heard[direction].push(message) - 1;
    if (schedule === undefined || direction !== schedule.direction) {
      this.#say(direction, message);
      return;
    }
    if (nth === schedule.nth) {
      this.original = message;
      const { change } = schedule;
      if (change.kind === "drop") return;
      if (change.kind === "delay") this.#held = message;
      else {
        this.sent = changed(message, change);
        this.#say(direction, this.sent);
      }
      return;
    }
    this.#say(direction, message);
    if (this.#held === undefined) return;
    const held = this.#held;
    this.#held = undefined;
    this.sent = held;
    this.#say(direction, held);
  }

  #say(direction: Direction, bytes: Uint8Array): void {
    const to = this.#inner[direction];
    if (to.state !== "closed") to.write(new Chunk(bytes.slice()), bytes.length);
  }
}

/** The types of messages that a schedule's outcome depends on; the same in both versions. */
export const Type = { Error: 1, SetConfig: 9, FlowMod: 14 } as const;
