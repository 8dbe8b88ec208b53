import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { Socket } from "node:net";
import { constants } from "node:os";
import { Exit, Fatal } from "./fatal.js";
import { pidfilePath, writePidfile } from "./pidfile.js";
import type { Settings } from "./settings.js";

/**
 * What the process was started for, by another one of the same command line: to watch over the daemon, or to be it. A process of Node cannot be forked, so that the one in the foreground starts the command anew and waits until it is ready.
 */
const ROLE = "SOUTHBOUND_OFCTL_ROLE";
/** The descriptor by which it reports that it is ready, and learns that nobody waits for that any more. */
const NOTICE = 3;

const role: string | undefined = process.env[ROLE];
delete process.env[ROLE];

/** The connection to the process that waits for this one; undefined where none does. */
const waiter: Socket | undefined = role === undefined ? undefined : new Socket({ fd: NOTICE });
waiter?.on("error", () => {});
waiter?.once("close", () => process.exit(1));
waiter?.resume().unref();

/** Reports to whoever waits that the daemon is ready. */
async function tellReady(): Promise<void> {
  if (waiter === undefined || waiter.destroyed) return;
  waiter.removeAllListeners("close");
  await new Promise<void>((resolve) => waiter.end("\0", resolve));
  waiter.destroy();
}

/** The words of Open vSwitch for how a process has ended. process.c (process_status_msg) */
function endWords(status: number | null, signal: NodeJS.Signals | null): string {
  return signal === null ? `exit status ${status}` : `killed (${constants.signals[signal]})`;
}

/** A process of the same command line in a role, and whether it became ready or how it has ended before. */
async function startAs(as: "daemon" | "monitor", detached: boolean): Promise<{ child: ChildProcess; ready: boolean }> {
  const child = spawn(process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
    env: { ...process.env, [ROLE]: as },
    detached,
    stdio: ["inherit", "inherit", "inherit", "pipe"],
  });
  const notice = child.stdio[NOTICE] as Socket;
  notice.on("error", () => {});
  const ready = await new Promise<boolean>((resolve) => {
    notice.once("data", () => resolve(true));
    child.once("error", () => resolve(false));
    child.once("exit", () => resolve(false));
  });
  notice.destroy();
  return { child, ready };
}

/** Ends with the status of a process that has ended before it was ready. */
function endAs({ exitCode, signalCode }: ChildProcess, { connection: { log } }: Settings, what: string): never {
  if (exitCode !== null && exitCode !== 0) throw new Exit(exitCode);
  log.log("daemon_unix", "ERR", `fork child died before signaling startup (${endWords(exitCode, signalCode)})`);
  throw new Fatal(what);
}

/** Standard input and output are nobody's from now on. Standard error stays: a monitor prints there. */
function closeStandard(): void {
  for (const fd of [0, 1]) {
    closeSync(fd);
    // the lowest descriptor that is free is the one that was closed
    openSync("/dev/null", fd === 0 ? "r" : "w");
  }
}

/** The signals of a crash, after which a daemon is started again. Open vSwitch daemon-unix.c (should_restart) */
const CRASHES: ReadonlySet<string> = new Set([
  "SIGABRT",
  "SIGALRM",
  "SIGBUS",
  "SIGFPE",
  "SIGILL",
  "SIGPIPE",
  "SIGSEGV",
  "SIGXCPU",
  "SIGXFSZ",
]);
/** Milliseconds between two starts, at the least. */
const RESTART_PAUSE = 10_000;

/** Starts the daemon, and again when it has crashed. */
async function watchOver(settings: Settings): Promise<never> {
  const { log } = settings.connection;
  log.subprogram = "monitor";
  let crashes = 0;
  let last = Number.NEGATIVE_INFINITY;
  for (;;) {
    const { child, ready } = await startAs("daemon", false);
    if (!ready && crashes === 0) endAs(child, settings, "could not initiate process monitoring");
    if (crashes === 0) {
      if (settings.daemon.detach) closeStandard();
      await tellReady();
    }
    if (child.exitCode === null && child.signalCode === null) await new Promise((resolve) => child.once("exit", resolve));
    const { pid, exitCode, signalCode } = child;
    const how = endWords(exitCode, signalCode);
    if (signalCode === null || !CRASHES.has(signalCode)) {
      log.log("daemon_unix", "INFO", `pid ${pid} died, ${how}, exiting`);
      throw new Exit(0);
    }
    const status = `${++crashes} crashes: pid ${pid} died, ${how}`;
    const pause = last + RESTART_PAUSE - performance.now();
    if (pause > 0) {
      log.log("daemon_unix", "WARN", `${status}, waiting until 10 seconds since last restart`);
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
    last = performance.now();
    log.log("daemon_unix", "ERR", `${status}, restarting`);
  }
}

/**
 * Goes into the background where that is asked for: the process in the foreground waits in here until the one in the background is ready, and ends with its status. The same holds for the one that watches over it.
 * @throws Exit in a process that is not to go on
 */
export async function startDaemon(settings: Settings): Promise<void> {
  const { detach, monitor } = settings.daemon;
  if (role === "daemon") return;
  if (role === undefined && detach) {
    const { child, ready } = await startAs(monitor ? "monitor" : "daemon", true);
    if (!ready) endAs(child, settings, "could not detach from foreground session");
    child.unref();
    throw new Exit(0);
  }
  if (monitor) await watchOver(settings);
}

/** Writes the file with the process id, where one is asked for. To be called before there is a control socket. */
export function announce({ daemon: { pidfile, overwritePidfile }, connection: { log } }: Settings): void {
  if (pidfile !== undefined) writePidfile(pidfilePath(pidfile), overwritePidfile, log);
}

/** Leaves what belongs to the foreground: the folder, unless it is to stay there, and the standard streams. Reports last to the waiting process that the daemon is ready. */
export async function becomeReady({ daemon: { detach, chdir }, connection: { log } }: Settings): Promise<void> {
  if (detach) {
    if (chdir) process.chdir("/");
    closeStandard();
    log.setLevel(undefined, "console", "OFF");
  }
  await tellReady();
}
