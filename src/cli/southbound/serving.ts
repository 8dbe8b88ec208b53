import { type AppScope, Controller, type ControllerOptions } from "../../controller/mod.js";
import { SouthboundError } from "../../errors/mod.js";
import type { Listener, Target } from "../../stream/mod.js";
import { type LoadedApp, placeOf } from "./apps.js";
import { failure, lineOf } from "./exit.js";

/** A controller that listens at every place that was named. */
export interface Serving {
  readonly controller: Controller;
  /** In the order of the targets. */
  readonly listeners: readonly Listener[];
  /**
   * Rejects with CommandError of status 1 when an asynchronous application rejects before any switch was there, or when no other one is left: there is nothing to serve with. Never resolves.
   */
  readonly failed: Promise<never>;
}

/** What a command may have a controller do besides. */
export interface ServingOptions {
  /** Called with the controller before any application runs in it; what it rejects with fails the command. */
  readonly made?: (controller: Controller) => void | Promise<void>;
  /** The switches that it connects to. */
  readonly connect?: readonly Target[];
  /** Milliseconds until it tries again to listen where that fails; undefined: the command fails. */
  readonly retryInterval?: number | undefined;
}

/**
 * Starts a controller with its applications, then has it listen at all targets and connect to its switches. Where one of them fails, everything is closed again.
 * @throws CommandError of status 1 with what to do
 */
export async function serve(
  apps: readonly LoadedApp[],
  targets: readonly Target[],
  options: ControllerOptions,
  { made, connect = [], retryInterval }: ServingOptions = {},
): Promise<Serving> {
  const controller = new Controller(options);
  const scopes: AppScope[] = [];
  try {
    await made?.(controller);
    for (const { name, app } of apps) {
      try {
        scopes.push(controller.use(app, { name }));
      } catch (e) {
        throw failure(`app ${name} failed to start: ${lineOf(e)}${placeOf(e)}`, e);
      }
    }
    const listeners: Listener[] = [];
    const waits: Promise<Listener>[] = [];
    for (const target of targets) {
      const there = listenAt(controller, target, retryInterval);
      if (retryInterval === undefined) listeners.push(await there);
      else waits.push(there);
    }
    for (const target of connect) controller.connect(target.name);
    return { controller, listeners, failed: Promise.race([firstFailure(controller, scopes), ...waits.map(lastFailure)]) };
  } catch (e) {
    await controller.close();
    throw e;
  }
}

function firstFailure(controller: Controller, scopes: readonly AppScope[]): Promise<never> {
  let served = false;
  controller.on("up", () => {
    served = true;
  });
  const failed = new Promise<never>((_, reject) => {
    for (const scope of scopes) {
      scope.started.catch((e) => {
        if (!served || controller.apps.length === 0) reject(failure(`app ${scope.name} failed to start: ${lineOf(e)}${placeOf(e)}`, e));
      });
    }
  });
  failed.catch(() => {});
  return failed;
}

/** Rejects where waiting for a place to listen at does, other than by the controller's end. Never resolves. */
function lastFailure(there: Promise<Listener>): Promise<never> {
  const failed = new Promise<never>((_, reject) => {
    there.catch((e) => {
      const { cause } = e as { readonly cause?: unknown };
      if (!SouthboundError.is(cause) || cause.code !== "ERR_ABORTED") reject(e);
    });
  });
  failed.catch(() => {});
  return failed;
}

async function listenAt(controller: Controller, target: Target, retryInterval: number | undefined): Promise<Listener> {
  try {
    return await controller.listen(target.name, { retryInterval });
  } catch (e) {
    if (!SouthboundError.is(e)) throw e;
    throw failure(adviceFor(target, e), e);
  }
}

function adviceFor(target: Target, error: SouthboundError): string {
  const { name } = target;
  const elsewhere =
    target.syntax === "inet" ? `--listen ${name.replace(/:\d+:/, ":PORT:")}, where port 0 takes any free one` : "--listen punix:FILE";
  switch (error.code) {
    case "EADDRINUSE":
      return `${name} is in use already: end the program that listens there, or listen elsewhere with ${elsewhere}`;
    case "EACCES":
      return `${name} may not be listened at by this user: listen elsewhere with ${elsewhere}`;
    default:
      return error.message;
  }
}

/** The name to connect to from this machine for what a listener is bound to; undefined for a transport that this is not known of. */
export function activeName(bound: string): string | undefined {
  const inet = /^p(tcp|ssl):(\d+):(.+)$/.exec(bound);
  if (inet !== null) {
    const [, kind, port, host] = inet;
    const wildcards: Readonly<Record<string, string>> = { "0.0.0.0": "127.0.0.1", "[::]": "[::1]" };
    return `${kind}:${wildcards[host!] ?? host}:${port}`;
  }
  return bound.startsWith("punix:") ? `unix:${bound.slice("punix:".length)}` : undefined;
}

/** Of several bound names the one to connect to: the first that names one address, else the first that can be connected to at all. */
export function reachable(bound: readonly string[]): string | undefined {
  const known = bound.filter((name) => activeName(name) !== undefined);
  const chosen = known.find((name) => !/:(0\.0\.0\.0|\[::\])$/.test(name)) ?? known[0];
  return chosen === undefined ? undefined : activeName(chosen);
}
