/**
 * memif: packets through memory that two processes share, both roles (memif 2.0). Needs Linux and the native addon; importing it needs neither.
 *
 * ```ts
 * import { MemifServer } from "southbound/memif";
 *
 * const server = new MemifServer({ socket: "/run/memif.sock", id: 0 });
 * server.on("connected", (peer) => console.log(`${peer.application} is there`));
 * for await (const packet of server) server.send([packet]);
 * ```
 * Floor 1.5: imports `packet`, `stream`, `native`, `bytes`, `clock`, `errors`.
 * @packageDocumentation
 */
export type { MemifDetails, MemifQueueDetails } from "./details.js";
export { Interface } from "./interface.js";
export type { InterfaceEvents, InterfaceOptions, InterfaceWaitOptions, Packet } from "./interface-options.js";
export type { MemifPeer } from "./link.js";
export type { InterfaceListener } from "./listeners.js";
export { MemifClient, type MemifClientOptions } from "./memif-client.js";
export { MemifError } from "./memif-error.js";
export { MemifServer, type MemifServerOptions } from "./memif-server.js";
export { MemifSocket, type MemifSocketOptions } from "./memif-socket.js";
export { type FramePort, type MemifPlug, plugInto } from "./plug.js";
export { type MemifPortName, openMemifPort, parseMemifPort } from "./port-name.js";
export { Burst } from "./ring-burst.js";
export { RingError } from "./ring-error.js";
export { MAX_PACKET, RxRing } from "./ring-rx.js";
export { TxRing } from "./ring-tx.js";
export type { MemifLimits } from "./server-session.js";
export type { MemifMode } from "./session.js";
export type { MemifCounters, RxCounters, TxCounters } from "./totals.js";
export type { Reception } from "./traffic.js";
export { registerMemif } from "./transport.js";
