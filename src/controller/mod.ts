/**
 * The controller's side: connections from switches, their set-up, messages as events, requests, applications.
 * Floor 4: imports `vconn`, `ofp`, `packet`, `stream`, `schema`, `bytes`, `clock`, `errors`; never `switch`.
 * @packageDocumentation
 */

export {
  type AppOption,
  type AppOptions,
  type AppValues,
  type ConfigurableApp,
  configurable,
  isConfigurable,
  parseAppValue,
} from "./app-options.js";
export type { AsyncMasks } from "./async-config.js";
export type { BatchOptions, BatchResult } from "./batch.js";
export { BundleError, type RaisingBundleOptions } from "./bundle.js";
export type { ChangeStream } from "./change-log.js";
export {
  Controller,
  type ControllerConnectOptions,
  type ControllerListenOptions,
  type ControllerOptions,
  type UseOptions,
} from "./controller.js";
export { Auxiliary, Channel, Datapath, type DatapathEvents, type EventMatch, type EventsOptions } from "./datapath.js";
export { DatapathRecord } from "./datapath-record.js";
export type { EventStream } from "./event-queue.js";
export type { EventListener, ExperimenterKey, MessageOf, Newcomer } from "./events.js";
export {
  type AppSnapshot,
  type ChangeBody,
  type ChannelSnapshot,
  type ControllerSnapshot,
  type FeaturesSnapshot,
  MODEL_FORMAT,
  type ModelChange,
  type PlainError,
  type PortSnapshot,
  type SwitchSnapshot,
} from "./model.js";
export type { ScopeCounters } from "./owner.js";
export { ethernetOf } from "./packet.js";
export type { CertificatePins } from "./pins.js";
export type { Plain } from "./plain.js";
export { ProtocolError } from "./protocol-error.js";
export type { DuplicatePolicy } from "./registry.js";
export type { Role } from "./role.js";
export { type App, type AppEnd, AppScope, type ChangesOptions, Scope } from "./scope.js";
export { type Serving, serve } from "./serve.js";
export type { SetUpHook, SetUpHookOptions } from "./set-up-hooks.js";
export type { ControllerEvents, StateEvents } from "./state-events.js";
export type { SwitchConnection } from "./switch-connection.js";
