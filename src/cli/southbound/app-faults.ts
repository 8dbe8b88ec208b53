import type { AppScope, Controller } from "../../controller/mod.js";
import type { Log } from "../../vconn/mod.js";
import { type LoadedApp, placeOf } from "./apps.js";
import { failure, lineOf } from "./exit.js";

/**
 * Takes what applications let fall outside their listeners: promises that nobody awaits, and throws of timers. What belongs to an application, by its request or by a frame of its file, is logged with its
 * name and counted, and everything else goes on. What belongs to none ends the command.
 */
export class AppFaults implements Disposable {
  /** Rejects with CommandError of status 1 for what belongs to no application. Never resolves. */
  readonly fatal: Promise<never>;
  #controller: Controller | undefined;
  readonly #apps: () => Iterable<LoadedApp>;
  readonly #log: Log | undefined;
  #reject!: (e: unknown) => void;
  readonly #rejected = (e: unknown): void => this.#take("a promise that nobody awaits was rejected", e);
  readonly #thrown = (e: unknown): void => this.#take("a throw that nobody catches", e);

  /** @param apps - those that are loaded at a time @param log - where what belongs to no application goes, so that nothing is fatal; undefined: it is */
  constructor(apps: () => Iterable<LoadedApp>, log?: Log) {
    this.#apps = apps;
    this.#log = log;
    this.fatal = new Promise((_, reject) => {
      this.#reject = reject;
    });
    this.fatal.catch(() => {});
    process.on("unhandledRejection", this.#rejected);
    process.on("uncaughtException", this.#thrown);
  }

  /** Gives it the controller that the applications run in. Until then whatever they let fall is fatal: they are still being loaded. */
  attach(controller: Controller): void {
    this.#controller = controller;
  }

  [Symbol.dispose](): void {
    process.off("unhandledRejection", this.#rejected);
    process.off("uncaughtException", this.#thrown);
  }

  #take(what: string, e: unknown): void {
    const app = this.#appOf(e);
    if (app !== undefined) app.report(what, e);
    else if (this.#log !== undefined) this.#log("error", `${what}: ${lineOf(e)}${placeOf(e)}`);
    else this.#reject(failure(`${what}: ${lineOf(e)}`, e));
  }

  #appOf(e: unknown): AppScope | undefined {
    const stack = e instanceof Error ? (e.stack ?? "") : "";
    const loaded = [...this.#apps()].find(({ url }) => url !== undefined && (stack.includes(`${url}:`) || stack.includes(`${url}?`)));
    const controller = this.#controller;
    if (controller === undefined) return undefined;
    const { apps } = controller;
    // of one application alone it can only be that one's
    return controller.appOf(e) ?? apps.find(({ name }) => name === loaded?.name) ?? (e instanceof Error ? undefined : only(apps));
  }
}

const only = (apps: readonly AppScope[]): AppScope | undefined => (apps.length === 1 ? apps[0] : undefined);
