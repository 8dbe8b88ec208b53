/**
 * The controller's side: connections from switches, their set-up, messages as events, requests, applications.
 * Floor 4: imports `vconn`, `ofp`, `packet`, `stream`, `schema`, `bytes`, `clock`, `errors`; never `switch`.
 * @packageDocumentation
 */

export type { AsyncMasks } from "./async-config.js";
export { Auxiliary } from "./auxiliary.js";
export type { BatchOptions, BatchResult } from "./batch.js";
export { Channel } from "./channel.js";
export { Controller, type ControllerOptions, type UseOptions } from "./controller.js";
export { Datapath } from "./datapath.js";
export type { EventStream } from "./event-queue.js";
export type {
  ControllerEvents,
  DatapathEvents,
  EventListener,
  EventMatch,
  EventsOptions,
  ExperimenterKey,
  MessageOf,
  Newcomer,
  StateEvents,
} from "./events.js";
export type { ScopeCounters } from "./owner.js";
export { ethernetOf } from "./packet.js";
export type { CertificatePins } from "./pins.js";
export { ProtocolError } from "./protocol-error.js";
export type { DuplicatePolicy } from "./registry.js";
export type { Role } from "./role.js";
export { type App, type AppEnd, AppScope, Scope } from "./scope.js";
export { type Serving, serve } from "./serve.js";
