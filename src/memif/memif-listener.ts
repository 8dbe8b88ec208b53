import { optionsIn, type SouthboundError } from "../errors/mod.js";
import {
  ADMISSION_OPTIONS,
  Admission,
  type AdmissionCounts,
  type AdmissionOptions,
  handOver,
  type Listener,
  type ListenOptions,
} from "../stream/mod.js";
import { MemifServer } from "./memif-server.js";
import { MemifSocket } from "./memif-socket.js";
import { MemifStream, SLOTS, STREAM_INTERFACE } from "./memif-stream.js";

/** Bytes of memory that a client may bring: 60 times what one of ours does. */
const MAX_MAPPING = 1 << 26;

/** A socket of this process that streams are accepted at, by several listeners that differ in the id. */
interface SharedSocket {
  readonly socket: MemifSocket;
  readonly onError: Set<(error: SouthboundError) => void>;
}

const shared = new Map<string, SharedSocket>();

/** The socket of a name. Its events go to all that listen there. */
function socketAt(name: string): SharedSocket {
  let at = shared.get(name);
  if (at === undefined) {
    const onError = new Set<(error: SouthboundError) => void>();
    const socket = new MemifSocket(name, {
      limits: { maxReceiveQueues: 1, maxTransmitQueues: 1, maxRingSize: SLOTS },
      onError: (error) => {
        for (const tell of onError) tell(error);
      },
    });
    at = { socket, onError };
  }
  return at;
}

let accepted = 0;

/** Where a listener is. */
export interface MemifPlace {
  /** The name that was asked for. */
  readonly name: string;
  /** The path, or `@` and an abstract name. */
  readonly socket: string;
  readonly id: number;
  /** The name to connect to. */
  readonly active: string;
}

/** Accepts streams from memif clients of one id, which is one at a time: memif connects two by an id, and further clients are refused because it is taken. */
export class MemifListener implements Listener {
  readonly name: string;
  readonly closed: Promise<void>;
  readonly #place: MemifPlace;
  readonly #options: ListenOptions;
  readonly #admission: Admission;
  readonly #shared: SharedSocket;
  readonly #server: MemifServer;
  readonly #tell = (error: SouthboundError): void => this.#admission.failed(error);
  #stream: MemifStream | null = null;
  #listening = true;
  #resolveClosed!: () => void;

  /** @throws SouthboundError `ERR_NATIVE`, `EADDRINUSE` or another errno for the socket, `ERR_USAGE` for options */
  constructor(place: MemifPlace, options: ListenOptions) {
    this.name = place.name;
    this.#place = place;
    this.#options = options;
    this.#admission = new Admission(optionsIn<AdmissionOptions>(options, ADMISSION_OPTIONS), options.clock, (error) =>
      options.onError?.(error),
    );
    this.#shared = socketAt(place.socket);
    const { socket, onError } = this.#shared;
    this.#server = new MemifServer({ ...STREAM_INTERFACE, socket, id: place.id, maxMapping: MAX_MAPPING });
    shared.set(place.socket, this.#shared);
    onError.add(this.#tell);
    this.#server.on("connected", () => this.#accept());
    this.#server.on("failed", this.#tell);
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
  }

  get counts(): AdmissionCounts {
    return this.#admission.counts;
  }

  /** Takes no client any more. The stream that was accepted lives on. */
  close(): Promise<void> {
    if (this.#listening) {
      this.#listening = false;
      const { socket, onError } = this.#shared;
      this.#server.retire();
      onError.delete(this.#tell);
      if (onError.size === 0 && shared.get(socket.name) === this.#shared) shared.delete(socket.name);
      if (this.#stream === null) void this.#server.close();
      this.#resolveClosed();
    }
    return this.closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #accept(): void {
    const server = this.#server;
    if (server.rx.length === 0 || server.tx.length === 0) {
      server.disconnect("OpenFlow takes a ring each way");
      return;
    }
    const name = `memif#${++accepted}`;
    const ticket = this.#admission.enter(undefined, this.name);
    if (ticket === null) {
      server.disconnect("Turned away");
      return;
    }
    const info = { kind: "memif", name, local: this.#place.active, needsProbes: false, state: "open" } as const;
    const stream = new MemifStream(info, this.#options, server);
    this.#stream = stream;
    void stream.closed.then(() => {
      if (this.#stream !== stream) return;
      this.#stream = null;
      if (!this.#listening) void server.close();
    });
    handOver(stream, ticket, this.#options);
  }
}
