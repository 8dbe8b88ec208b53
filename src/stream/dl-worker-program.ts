/**
 * What runs in the worker of `dl:FILE?worker`: loads the module, hands it its end of the rings, and ends when the connection has.
 */
import { type MessagePort, parentPort, threadId, workerData } from "node:worker_threads";
import { errnoError, SouthboundError } from "../errors/mod.js";
import { aborted, enter, loadEntry } from "./dl-load.js";
import type { WorkerOrders, WorkerReport } from "./dl-worker.js";
import { RingSide } from "./ring.js";
import { RingStream } from "./ring-stream.js";

/** Looks for the next bytes before the thread sleeps: about as long as the switch takes to wake up, handle an answer and send. */
const PATIENCE = 6_000;

const { file, name, memory, limits, port } = { ...(workerData as WorkerOrders) };
// The module gets its stream and nothing else of ours.
for (const key of Object.keys(workerData)) delete workerData[key];
// The port keeps the thread alive while the controller has nothing else to wait for.
port.on("message", () => {});

function tell(report: WorkerReport): void {
  port.postMessage(report);
}

function tellError(e: unknown): void {
  const { code, message } = SouthboundError.is(e) ? e : aborted(name, e);
  tell({ code, message });
}

/** What a module posts to its parent would wait in the parent's memory without bounds: the port is closed, and an attempt ends the connection. */
function refusePosts(parent: MessagePort): void {
  let told = false;
  parent.close();
  parent.postMessage = () => {
    const refusal = errnoError(
      "EPROTO",
      `${name}: the module posts messages to its parent, where nobody reads them; it has to use its stream`,
    );
    if (!told) tell({ code: refusal.code, message: refusal.message, refused: true });
    told = true;
    throw refusal;
  };
}

/** The controller's end. */
class ControllerEnd extends RingStream {
  override faulted(e: unknown): void {
    tellError(e);
  }
}

try {
  refusePosts(parentPort!);
  const entry = await loadEntry(file, name);
  const info = { kind: "dl", name: `dl#${threadId}`, local: name, needsProbes: false, state: "open" } as const;
  const stream = new ControllerEnd(new RingSide(memory, 1), info, limits, PATIENCE);
  enter(entry, stream, name, (e) => {
    tellError(e);
    stream.destroy();
  });
  tell({ up: true });
  await stream.closed;
  tellError(errnoError("ECONNRESET", `${name}: connection dropped`));
} catch (e) {
  tellError(e);
}
port.close();
