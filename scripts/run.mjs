// @ts-check
/**
 * Sets the clone up, then runs `bin/southbound.js` with the words given, or with `bench` as the first word the benchmarks of `bench/`, in this very process: its terminal, signals and exit
 * status are the program's own. `node scripts/run.mjs demo --duration 10`
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ROOT, setupOrExit } from "./setup.mjs";

setupOrExit();
const bench = process.argv[2] === "bench";
const program = join(ROOT, ...(bench ? ["bench", "dist", "main.js"] : ["bin", "southbound.js"]));
if (!existsSync(program)) {
  process.stderr.write(`southbound: ${program} is missing; this clone is not whole\n`);
  process.exit(1);
}

// npm hands SIGTERM to the shell between it and this process, and that shell ends without passing it on: its end is the signal.
if (process.env.npm_lifecycle_event !== undefined) {
  const shell = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === shell) return;
    clearInterval(watch);
    process.kill(process.pid, "SIGTERM");
  }, 200);
  watch.unref();
}

process.argv.splice(1, bench ? 2 : 1, program);
await import(pathToFileURL(program).href);
