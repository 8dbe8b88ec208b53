import { closeSync, openSync, writeSync } from "node:fs";
import { Command } from "commander";
import { Chunk } from "../../bytes/mod.js";
import { SouthboundError } from "../../errors/mod.js";
import { connect, type Listener, listen, parseActive, parsePassive, type Stream, type Target, targetUsage } from "../../stream/mod.js";
import { type Log, Recorder } from "../../vconn/mod.js";
import { failure, lineOf, value, values } from "./exit.js";
import { type LogThreshold, logLevelOption, stderrLog } from "./logging.js";
import { addTlsOptions, type ProcessTlsWords, useTlsOptions } from "./process-tls.js";
import { stopOnSignal, stopped } from "./signals.js";

interface Options extends ProcessTlsWords {
  readonly listen: readonly Target[];
  readonly to: Target;
  readonly logLevel: LogThreshold;
}

/** `southbound record`: stands between switches and a controller and writes what they say into a capture. */
export function recordCommand(): Command {
  const command = new Command("record")
    .description("Stand between switches and a controller, pass on what they say, and record it until Ctrl-C.")
    .argument("<file>", "the capture to write, in the pcapng format, which Wireshark opens")
    .requiredOption("-l, --listen <target>", "where the switches connect to; may be repeated", values(parsePassive))
    .requiredOption("--to <target>", "the controller to connect each of them to", value(parseActive))
    .addOption(logLevelOption())
    .addHelpText(
      "after",
      `
${targetUsage({ active: true, passive: true, pki: false })}--to takes active methods, --listen passive ones.

In the capture every connection is one of TCP to port 6653, whatever it was made
over.

Examples:
  southbound record --listen ptcp:6653 --to tcp:192.0.2.1:6653 session.pcapng
  southbound record --listen punix:/tmp/br0 --to unix:br0.mgmt session.pcapng
  southbound replay session.pcapng --print`,
    )
    .action(run);
  return addTlsOptions(command);
}

async function run(file: string, options: Options): Promise<void> {
  using stop = stopOnSignal();
  const log = stderrLog(options.logLevel);
  useTlsOptions(options, log, [...options.listen, options.to]);
  using capture = openCapture(file, stop.stop);
  const recorder = new Recorder(capture.write);
  const pairs = new Set<Pair>();
  const listeners: Listener[] = [];
  try {
    for (const target of options.listen) {
      const listener = await listen(target, {
        onStream: (accepted) => {
          const pair = passOn(accepted, connect(options.to), recorder, log);
          pairs.add(pair);
          void pair.closed.then(() => pairs.delete(pair));
        },
        onError: (e) => log("error", e.message),
      });
      listeners.push(listener);
      log("info", `listening on ${listener.name}, for ${options.to.name}`);
    }
    await stopped(stop.signal);
    log("info", "stopping");
  } catch (e) {
    throw SouthboundError.is(e) ? failure(e.message, e) : e;
  } finally {
    await Promise.all(listeners.map((listener) => listener.close()));
    await Promise.all([...pairs].map((pair) => pair.close()));
  }
  if (capture.broken !== undefined) throw failure(`writing ${file}: ${lineOf(capture.broken)}`, capture.broken);
  log("info", `${recorder.connections} connection${recorder.connections === 1 ? "" : "s"} recorded in ${file}`);
}

/** The file of a capture. Each frame is with the system as soon as it is recorded. */
interface CaptureFile extends Disposable {
  readonly write: (bytes: Uint8Array) => void;
  /** Why no more could be written. */
  readonly broken: unknown;
}

function openCapture(file: string, onBroken: () => void): CaptureFile {
  let fd: number;
  try {
    fd = openSync(file, "w");
  } catch (e) {
    throw failure(`${file} cannot be written: ${lineOf(e)}`, e);
  }
  let broken: unknown;
  return {
    write(bytes) {
      if (broken !== undefined) return;
      try {
        for (let p = 0; p < bytes.length; ) p += writeSync(fd, bytes, p);
      } catch (e) {
        broken = e;
        onBroken();
      }
    },
    get broken() {
      return broken;
    },
    [Symbol.dispose]: () => closeSync(fd),
  };
}

/** Two streams whose bytes are passed on to each other. */
interface Pair {
  readonly closed: Promise<unknown>;
  close(): Promise<unknown>;
}

function passOn(accepted: Stream, other: Stream, recorder: Recorder, log: Log): Pair {
  recorder.attach(accepted, { role: "controller" });
  log("info", `${accepted.name} is connected, to ${other.name}`);
  const forward = (from: Stream, into: Stream): void => {
    from.onChunk = (chunk, n) => {
      into.write(new Chunk(chunk.u8.slice(0, n)), n);
      if (into.congested) from.pause();
    };
    into.onDrain = () => from.resume();
    from.onClose = (error) => {
      if (error !== null) log("warn", error.message);
      void into.close();
    };
  };
  forward(other, accepted);
  forward(accepted, other);
  const closed = Promise.all([accepted.closed, other.closed]).then(() => log("info", `${accepted.name} has ended`));
  return { closed, close: () => Promise.all([accepted.close(), other.close(), closed]) };
}
