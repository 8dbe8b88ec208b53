import type { SouthboundError } from "../errors/mod.js";
import type { KnownMessage } from "../ofp/mod.js";
import type { Auxiliary, Datapath, DatapathEvents } from "./datapath.js";
import type { Newcomer } from "./events.js";

/** The events of a connection's life, which only a controller and its applications have. */
export interface StateEvents {
  /** A switch is connected and set up. */
  readonly up: [datapath: Datapath];
  /** A switch's connection has ended; the error is null where one side closed it in order. */
  readonly down: [datapath: Datapath, error: SouthboundError | null];
  /** An auxiliary connection is set up, of a switch that is up. */
  readonly "auxiliary-up": [auxiliary: Auxiliary];
  /** An auxiliary connection has ended. */
  readonly "auxiliary-down": [auxiliary: Auxiliary, error: SouthboundError | null];
  /** A message has come before its connection is set up, those of the set-up included. What is no part of the set-up comes again as an event of its own after it. */
  readonly presetup: [message: KnownMessage, from: Newcomer];
}

/** The events of a controller, across all its datapaths. */
export type ControllerEvents = StateEvents & DatapathEvents;
