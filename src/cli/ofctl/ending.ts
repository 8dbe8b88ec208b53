import { unlinkSync } from "node:fs";
import { constants } from "node:os";
import { flush } from "./output.js";
import type { Vlog } from "./vlog.js";

const files = new Set<string>();

function removeFiles(): void {
  for (const file of files) {
    try {
      unlinkSync(file);
    } catch {
      // somebody else has done it
    }
  }
  files.clear();
}

/** Removes a file when the process ends, by itself or by a signal that can be caught. */
export function removeAtEnd(file: string): void {
  if (files.size === 0) process.once("exit", removeFiles);
  files.add(file);
}

/** Takes back {@link removeAtEnd}: the file is another process's by now. */
export function keepAtEnd(file: string): void {
  files.delete(file);
}

const ends = new Set<() => void>();

/** Has something done before a signal ends the process. @returns what takes that back */
export function onEnd(run: () => void): () => void {
  ends.add(run);
  return () => void ends.delete(run);
}

/** The signals that end the program and that it knows of, with the words of strsignal(). Open vSwitch fatal-signal.c */
const SIGNALS = { SIGTERM: "Terminated", SIGINT: "Interrupt", SIGHUP: "Hangup", SIGALRM: "Alarm clock" } as const;

/** Ends the process by a signal, with a line in the log and without what it has made for as long as it runs. */
export function endBy(signal: keyof typeof SIGNALS, log: Vlog): void {
  log.log("fatal_signal", "WARN", `terminating with signal ${constants.signals[signal]} (${SIGNALS[signal]})`);
  for (const run of [...ends]) run();
  flush();
  removeFiles();
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}

let handled = false;

/** Logs the signal that ends the process while it waits for a peer, as ovs-ofctl does. */
export function handleSignals(log: Vlog): void {
  if (handled) return;
  handled = true;
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.once(signal, () => endBy(signal, log));
}
