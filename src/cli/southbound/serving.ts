import { type AppScope, Controller, type ControllerOptions } from "../../controller/mod.js";
import { SouthboundError } from "../../errors/mod.js";
import type { Listener, Target } from "../../stream/mod.js";
import { type LoadedApp, placeOf } from "./apps.js";
import { failure, lineOf } from "./exit.js";
import { requireKeys } from "./process-tls.js";

/** A controller that listens at every place it was told to. */
export interface Serving {
  readonly controller: Controller;
  /** In the order of the targets. */
  readonly listeners: readonly Listener[];
  /**
   * Rejects with CommandError of status 1 when an asynchronous application rejects before any switch was there, or when no other one is left: there is nothing to serve with. Never resolves.
   */
  readonly failed: Promise<never>;
}

/**
 * Starts a controller with its applications, then has it listen at all targets. Where one of them fails, everything is closed again.
 * @param made - called with the controller before any application runs in it
 * @throws CommandError of status 1 with what to do
 */
export async function serve(
  apps: readonly LoadedApp[],
  targets: readonly Target[],
  options: ControllerOptions,
  made: (controller: Controller) => void = () => {},
): Promise<Serving> {
  requireKeys(targets);
  const controller = new Controller(options);
  made(controller);
  const scopes: AppScope[] = [];
  try {
    for (const { name, app } of apps) {
      try {
        scopes.push(controller.use(app, { name }));
      } catch (e) {
        throw failure(`app ${name} failed to start: ${lineOf(e)}${placeOf(e)}`, e);
      }
    }
    const listeners: Listener[] = [];
    for (const target of targets) listeners.push(await listenAt(controller, target));
    return { controller, listeners, failed: firstFailure(controller, scopes) };
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

async function listenAt(controller: Controller, target: Target): Promise<Listener> {
  try {
    return await controller.listen(target.name);
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
