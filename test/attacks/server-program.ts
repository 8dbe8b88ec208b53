/** The program of the child process: a controller or a switch that listens on a free port of 127.0.0.1. Made into one file and started by `startServer` in neighbour.ts. */
import { l2Learning } from "../../src/apps/mod.js";
import { Controller, type ControllerOptions } from "../../src/controller/mod.js";
import { apply, encodeMessage, FlowMod, Match, Output } from "../../src/ofp/mod.js";
import { type AdmissionOptions, listen, pipe, TlsIdentity } from "../../src/stream/mod.js";
import { Switch, type SwitchOptions } from "../../src/switch/mod.js";
import { Wire } from "../../src/testing/wire.js";

/** What the child is to be. Everything in it is sent by structured clone. */
export interface ServerOptions {
  readonly kind: "controller" | "switch";
  /** Of a controller, which runs the learning application. */
  readonly controller?: ControllerOptions;
  /** Of a switch; the datapath id is 1 unless given. */
  readonly switch?: Partial<SwitchOptions>;
  /** How many ports the switch has; 4 unless given. */
  readonly ports?: number;
  /** How many flows table 0 of the switch has from the start, each for one Ethernet destination, 0x020000000000 and up. */
  readonly flows?: number;
  /** Whom to let in. */
  readonly admission?: AdmissionOptions;
  /** File names in PEM: the server listens at `pssl:` then. */
  readonly tls?: { readonly privateKey: string; readonly certificate: string; readonly caCert: string };
}

/** What the child says when it listens. */
export interface ServerReady {
  readonly port: number;
}

/** What the child says when it is asked. */
export interface ServerStatus {
  /** Bytes resident, and bytes of them that are objects, external memory included, after a collection where there is one. */
  readonly rss: number;
  readonly heap: number;
  /** Connections, set up or not. */
  readonly connections: number;
  /** Lines of warning and error, the last 200. */
  readonly lines: readonly string[];
}

const MAX_LINES = 200;
const lines: string[] = [];
const log = (level: string, text: string): void => {
  if (level !== "warn" && level !== "error") return;
  lines.push(text);
  if (lines.length > MAX_LINES) lines.shift();
};

async function fill(sw: Switch, flows: number): Promise<void> {
  const [here, there] = pipe();
  sw.attach(there);
  const wire = new Wire(here);
  wire.send("0400000800000001");
  await wire.next();
  for (let i = 0; i < flows; i++) {
    const match = Match.of({ ethDst: 0x020000000000 + i });
    wire.send(encodeMessage(FlowMod.of({ match, priority: 1, instructions: [apply(Output.of({ port: 1 }))] }), 4));
    if (i % 1000 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  wire.send("0414000800000002");
  await wire.next(60_000);
  here.destroy();
}

async function start(options: ServerOptions): Promise<void> {
  const tls = options.tls === undefined ? undefined : new TlsIdentity(options.tls);
  const name = `${tls === undefined ? "ptcp" : "pssl"}:0:127.0.0.1`;
  const how = { ...options.admission, ...(tls === undefined ? {} : { tls }) };
  let port: string;
  let connections: () => number;
  if (options.kind === "controller") {
    const controller = new Controller({ log, ...options.controller });
    controller.use(l2Learning);
    port = (await controller.listen(name, how)).name;
    connections = () => controller.connections;
  } else {
    const sw = new Switch({ datapathId: 1n, log, ...options.switch });
    for (let i = 0; i < (options.ports ?? 4); i++) sw.addPort();
    await fill(sw, options.flows ?? 0);
    port = (await listen(name, { ...how, onStream: (stream) => sw.attach(stream) })).name;
    connections = () => sw.connections.length;
  }
  process.on("message", () => {
    (globalThis as { gc?: () => void }).gc?.();
    const { rss, heapUsed, external } = process.memoryUsage();
    process.send!({ rss, heap: heapUsed + external, connections: connections(), lines } satisfies ServerStatus);
  });
  process.send!({ port: Number(port.split(":")[1]) } satisfies ServerReady);
}

process.on("disconnect", () => process.exit());
process.once("message", (options) => void start(options as ServerOptions));
