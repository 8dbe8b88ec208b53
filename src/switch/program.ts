import type { Packet } from "./packet.js";

/** What the steps of a flow call on. */
export interface Surroundings {
  /** Sends the packet out of a port, or to one of `PortNo`. @param maxLen - bytes for the controller */
  output(packet: Packet, port: number, maxLen: number): void;
  /** Called for a packet that is dropped because its time to live would end. */
  invalidTtl(packet: Packet): void;
}

/** One action, ready. False ends the packet's way. */
export type Step = (packet: Packet, surroundings: Surroundings) => boolean;

/** An action with its place in an action set. OpenFlow 1.3 §5.10 */
export interface Compiled {
  readonly step: Step;
  /** Actions of one slot replace each other in an action set. */
  readonly slot: string;
  /** Lower ones are executed first in an action set. */
  readonly order: number;
  /** The port that an output goes to. */
  readonly output?: number;
}

/** What a flow does, ready to be executed. OpenFlow 1.3 §5.9 */
export interface Program {
  readonly apply: readonly Step[];
  /** Whether the action set is emptied before {@link write}. */
  readonly clear: boolean;
  /** What goes into the action set. */
  readonly write: readonly Compiled[];
  readonly metadata: { readonly value: bigint; readonly mask: bigint } | undefined;
  /** The table to go on in; -1 for none. */
  readonly goto: number;
  /** All ports that it outputs to. */
  readonly outputs: ReadonlySet<number>;
}
