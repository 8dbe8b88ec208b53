/**
 * A server under measurement, in a process of its own: `server-process.js controller|reflector 1|4 PORT FILE [TARGET...]`. It serves both `tcp:` and `unix:`, and a controller what else is named; it tells its parent
 * when it is ready, and answers each message of its parent with the time it has spent.
 */
import { type PerformanceEntry, PerformanceObserver } from "node:perf_hooks";
import { l2Learning } from "southbound/apps";
import { Controller } from "southbound/controller";
import { registerMemif } from "southbound/memif";
import { noise } from "./noise.js";
import { reflector } from "./reflector.js";

/** What a server tells its parent. */
export interface ServerReport {
  /** CPU time of the process so far, in milliseconds. */
  readonly cpuMs: number;
  /** Time spent collecting garbage while the program stood still, in milliseconds. */
  readonly gcMs: number;
}

const [role, version, port, file, ...targets] = process.argv.slice(2);

let gcMs = 0;
const add = (entry: PerformanceEntry): void => {
  gcMs += entry.duration;
};
const observer = new PerformanceObserver((list) => list.getEntries().forEach(add));
observer.observe({ entryTypes: ["gc"] });

function report(): ServerReport {
  const { user, system } = process.cpuUsage();
  return { cpuMs: (user + system) / 1000, gcMs };
}

process.on("message", () => process.send?.(report()));
process.on("disconnect", () => process.exit(0));
// Ends by itself, so that a profile that Node was told to record is written.
process.on("SIGTERM", () => process.exit(0));
// The parent closes us when it has been told to stop.
process.on("SIGINT", () => {});

if (role === "controller") {
  noise();
  const controller = new Controller({ versions: [version === "1" ? 1 : 4] });
  controller.use(l2Learning);
  await controller.listen(`ptcp:${port}:127.0.0.1`);
  await controller.listen(`punix:${file}`);
  if (targets.length > 0) registerMemif();
  for (const target of targets) await controller.listen(target);
} else {
  const wire = version === "1" ? 1 : 4;
  await new Promise<void>((resolve) => reflector(wire).listen(Number(port), "127.0.0.1", 512, resolve));
  await new Promise<void>((resolve) => reflector(wire).listen(file, resolve));
}
process.send?.(report());
