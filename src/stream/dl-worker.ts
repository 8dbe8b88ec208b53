import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from "node:worker_threads";
import { errnoError, isErrno, SouthboundError } from "../errors/mod.js";
import { wordsOf } from "./dl-load.js";
import { makeRings, RING_BYTES, RingSide } from "./ring.js";
import { PORTION, RingStream } from "./ring-stream.js";
import type { ConnectOptions } from "./stream-options.js";

/** The program of the worker, built, also where the sources run as they are. */
const PROGRAM = new URL("../../dist/stream/dl-worker-program.js", import.meta.url);
/** Milliseconds that a worker may go on once its connection has ended. */
const GRACE = 1_000;
const MEMORY = 512;
/** Looks for an answer before the switch sleeps: some 10 microseconds, several times as long as a worker that is awake takes to answer. */
const PATIENCE = 3_000;

/** What the worker is started with. */
export interface WorkerOrders {
  readonly file: string;
  /** The target's. */
  readonly name: string;
  readonly memory: SharedArrayBuffer;
  readonly limits: Pick<ConnectOptions, "highWater" | "lowWater" | "stallTimeout" | "linger">;
  /** Where it reports; the module does not get hold of it. */
  readonly port: MessagePort;
}

/** What the worker says: that the controller runs, or why it does not, or no more. */
export type WorkerReport =
  | { readonly up: true; readonly message?: never; readonly code?: never }
  | { readonly up?: never; readonly code: string; readonly message: string; readonly refused?: true };

let workers = 0;

/** The switch's end of rings in shared memory; the other end is a module in a worker, which lives as long as the connection. */
export class WorkerStream extends RingStream {
  readonly #worker: Worker;
  /** The worker's number, which is forgotten once it has exited. */
  readonly #thread: number;
  #exited = false;

  constructor(name: string, file: string, options: ConnectOptions) {
    const memory = makeRings();
    const { workerMemory = MEMORY } = options;
    if (!(workerMemory >= 1)) throw new SouthboundError("ERR_USAGE", `workerMemory is ${workerMemory}; accepted are 1 MiB and more`);
    super(new RingSide(memory, 0), { kind: "dl", name, needsProbes: false, state: "connecting" }, options, PATIENCE);
    const { highWater, lowWater, stallTimeout, linger } = options;
    const { port1: reports, port2: theirs } = new MessageChannel();
    const orders: WorkerOrders = { file, name, memory, limits: { highWater, lowWater, stallTimeout, linger }, port: theirs };
    this.#worker = new Worker(PROGRAM, {
      workerData: orders,
      transferList: [theirs],
      resourceLimits: { maxOldGenerationSizeMb: workerMemory },
      name: `dl#${++workers}`,
    });
    this.#thread = this.#worker.threadId;
    reports.on("message", (report: WorkerReport) => this.#reported(report));
    // The worker itself keeps the process running.
    reports.unref();
    this.#worker.on("error", (e: unknown) => {
      if ((e as { code?: unknown } | null | undefined)?.code === "ERR_WORKER_OUT_OF_MEMORY")
        this.#over(errnoError("ENOMEM", `${name}: the controller needs more than ${workerMemory} MiB`, e));
      else this.#over(errnoError("ECONNABORTED", `${name}: the controller threw: ${wordsOf(e)}`, e));
    });
    this.#worker.on("exit", (status) => {
      this.#exited = true;
      // The event may overtake the last reports, which give the reason.
      for (let last = receiveMessageOnPort(reports); last !== undefined; last = receiveMessageOnPort(reports))
        this.#reported(last.message as WorkerReport);
      reports.close();
      this.#over(errnoError("ECONNRESET", `${name}: the worker has exited with status ${status}`));
    });
  }

  #reported(report: WorkerReport): void {
    if (report.up) {
      this.opened(`dl#${this.#thread}`);
      this.attend();
      return;
    }
    if (report.refused) void this.#worker.terminate();
    this.#over(new SouthboundError(isErrno(report.code) ? report.code : "EIO", report.message));
  }

  protected override abort(): void {
    super.abort();
    if (this.#exited) return;
    const worker = this.#worker;
    const timer = this.limits.clock.after(GRACE, () => void worker.terminate());
    worker.once("exit", () => timer.stop());
  }

  /** The worker says why, or its end does. */
  protected override dropped(): void {}

  /** The worker has ended, or is about to: what it has sent is still received. */
  #over(error: SouthboundError): void {
    this.attend(RING_BYTES / PORTION + 1);
    this.fail(error);
  }
}
