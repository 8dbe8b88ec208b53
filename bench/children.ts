import { type ChildProcess, execFileSync, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";

/** Which core a process is put on, where the machine has two and `taskset` is there: the load generator and what it measures must not take turns on one. */
export type Core = "generator" | "server";

/** Whether processes are put on cores of their own here. */
export const PINS = process.platform === "linux" && availableParallelism() >= 2;

function pin(child: ChildProcess, core: Core): void {
  if (!PINS || child.pid === undefined) return;
  try {
    execFileSync("taskset", ["-acp", core === "generator" ? "0" : "1", String(child.pid)], { stdio: "ignore" });
  } catch {
    // Without it the figures scatter a little more, and that is all.
  }
}

const running = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

function watched(child: ChildProcess, core?: Core): ChildProcess {
  running.add(child);
  child.on("error", () => running.delete(child));
  child.on("exit", () => running.delete(child));
  if (core !== undefined) pin(child, core);
  return child;
}

/** Starts a module of this folder as a process with a channel to it, on whatever core unless one is named. It ends when this process does. */
export function startModule(name: string, args: readonly string[], core?: Core): ChildProcess {
  const file = fileURLToPath(new URL(`./${name}.js`, import.meta.url));
  return watched(fork(file, args, { stdio: ["ignore", "ignore", "inherit", "ipc"] }), core);
}

/** Starts a program. It is killed when this process ends. */
export function startProgram(program: string, args: readonly string[], env: NodeJS.ProcessEnv, core: Core): ChildProcess {
  return watched(spawn(program, args, { stdio: "ignore", env: { ...process.env, ...env } }), core);
}

/** Ends a child and waits until it has ended. */
export async function endChild(child: ChildProcess): Promise<void> {
  if (!running.has(child) || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  const hard = setTimeout(() => child.kill("SIGKILL"), 2000);
  await ended;
  clearTimeout(hard);
}
