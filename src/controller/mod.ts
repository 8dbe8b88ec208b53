/**
 * The controller's side: connections from switches, their set-up, messages as events.
 * Floor 4: imports `vconn`, `ofp`, `packet`, `stream`, `schema`, `bytes`, `clock`, `errors`; never `switch`.
 * @packageDocumentation
 */

export { type App, Controller, type ControllerEvents, type ControllerOptions, type DuplicatePolicy } from "./controller.js";
export { Datapath } from "./datapath.js";
export type { MessageListener, MessageOf } from "./listeners.js";
export { ethernetOf } from "./packet.js";
export type { CertificatePins } from "./pins.js";
