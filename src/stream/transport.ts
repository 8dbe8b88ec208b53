import type { Listener, ListenOptions } from "./listener.js";
import type { Stream } from "./stream.js";
import type { ConnectOptions } from "./stream-options.js";
import type { FileTarget, InetTarget, OtherTarget, Target } from "./target.js";

/** What all transports have, by the syntax of their names. */
export interface TransportOf<T extends Target> {
  /** The active class, such as `tcp`. */
  readonly name: string;
  /** The passive class, such as `ptcp`; left out where there is no listening. */
  readonly passive?: string;
  /** Another word for the active class, understood and never printed. */
  readonly alias?: string;
  /** What {@link targetUsage} prints: the form of the part behind the colon, and what it means. */
  readonly help?: { readonly active: readonly string[]; readonly passive?: readonly string[] };
  /** How the part behind the colon is read. */
  readonly syntax: T["syntax"];
  /** Checks and completes the part behind the colon, where `syntax` is "other". Throws SouthboundError. */
  complete?(argument: string): string;
  /** Starts to connect. */
  connect(target: T, options: ConnectOptions): Stream;
  /** Listens; needed where `passive` is set. */
  listen?(target: T, options: ListenOptions): Promise<Listener>;
}

/** A way to make streams, known by the class at the front of names. */
export type Transport = TransportOf<InetTarget> | TransportOf<FileTarget> | TransportOf<OtherTarget>;
