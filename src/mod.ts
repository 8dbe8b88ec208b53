/**
 * The front door: every public name of every room, `import { Controller, FlowMod, Switch } from "southbound"`.
 *
 * A name means the same in every room, so that none is left out; `Port` is OpenFlow's here, and the switch's, which its own door also calls that, is `SwitchPort`. The rooms' own doors (`southbound/ofp`, `southbound/controller`, …) stay what a program imports that
 * loads only what it needs, and in a browser those that run there; a bundler drops what is not used from either.
 * @packageDocumentation
 */
export * from "./apps/mod.js";
export * from "./bytes/mod.js";
export * from "./client/mod.js";
export * from "./clock/mod.js";
export * from "./controller/mod.js";
export * from "./errors/mod.js";
export * from "./memif/mod.js";
export * from "./ofp/check/mod.js";
export * from "./ofp/mod.js";
export { Port } from "./ofp/mod.js";
export * from "./ofp/syntax/mod.js";
export * from "./packet/mod.js";
export * from "./schema/mod.js";
export * from "./stream/mod.js";
export * from "./switch/mod.js";
export * from "./testing/mod.js";
export * from "./vconn/mod.js";
export * from "./view/mod.js";
