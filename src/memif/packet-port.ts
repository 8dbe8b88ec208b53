import type { InterfaceEvents, InterfaceWaitOptions, Packet } from "./interface-options.js";
import type { InterfaceListener } from "./listeners.js";
import type { Burst } from "./ring-burst.js";

/** The packets of an interface, as its iteration and its duplex use them: see `Interface`. */
export interface PacketPort {
  readonly name: string;
  readonly state: "waiting" | "connecting" | "connected" | "closed";
  on<E extends keyof InterfaceEvents>(event: E, listener: InterfaceListener<InterfaceEvents[E]>): () => void;
  receive(handler: ((burst: Burst) => void) | null): void;
  pause(): void;
  resume(): void;
  send(packets: readonly Packet[]): number;
  writable(queue: number, options: InterfaceWaitOptions): Promise<void>;
}
