import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { finished } from "node:stream/promises";
import type { Command } from "commander";
import { failure, lineOf, usage } from "../exit.js";
import { stopped } from "../signals.js";
import { type EndpointOptions, endpointCommand, packets, withEndpoint } from "./endpoint.js";
import { captureHeader, packetHeader } from "./pcap.js";
import type { Role } from "./role.js";

interface Options extends EndpointOptions {
  readonly write: string;
  readonly count?: number;
}

/** `memif ROLE dump`: writes what comes as a capture. */
export function dumpCommand(role: Role): Command {
  return endpointCommand(role, "dump", "Write the packets that come, in the pcap format, until there are enough or Ctrl-C.")
    .option("-w, --write <file>", "where to; -: standard output", "-")
    .option("--count <n>", "end after so many packets (default: no end)", packets)
    .action((options: Options) => dump(role, options));
}

async function dump(role: Role, options: Options): Promise<void> {
  const { write, mode } = options;
  const toStdout = write === "-";
  if (toStdout && process.stdout.isTTY) throw usage("a capture is not for a terminal: name a file with --write, or a program behind |");
  const out = toStdout ? process.stdout : createWriteStream(write);
  // Standard output's end is a wish to stop, which signals.ts hears.
  const broken = toStdout
    ? undefined
    : once(out, "error").then(([e]) => Promise.reject(failure(`${write} cannot be written: ${lineOf(e)}`, e)));
  broken?.catch(() => {});
  out.write(captureHeader(mode));
  let left = options.count ?? Number.POSITIVE_INFINITY;
  await withEndpoint(
    role,
    options,
    async ({ memif, stop }) => {
      memif.receive((burst) => {
        const time = performance.timeOrigin + performance.now();
        let room = true;
        for (let i = 0; i < burst.count && left > 0; i++, left--) {
          out.write(packetHeader(time, burst.length(i)));
          room = out.write(burst.copy(i));
        }
        if (left === 0) stop.stop();
        else if (!room) {
          memif.pause();
          out.once("drain", () => memif.resume());
        }
      });
      await (broken === undefined ? stopped(stop.signal) : Promise.race([stopped(stop.signal), broken]));
      if (toStdout) return;
      out.end();
      await finished(out);
    },
    toStdout,
  );
}
