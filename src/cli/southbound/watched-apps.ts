import { type FSWatcher, readFileSync, watch } from "node:fs";
import { register } from "node:module";
import { dirname, join } from "node:path";
import type { AppScope, Controller } from "../../controller/mod.js";
import type { Log } from "../../vconn/mod.js";
import { type AppSetting, withSettings } from "./app-settings.js";
import { appFile, checkNames, type LoadedApp, loadApp, placeOf } from "./apps.js";
import { lineOf } from "./exit.js";

/** Milliseconds after a change until a file is loaded: an editor makes several of one. */
const SETTLED = 50;
/** Files of one application that are watched. */
const MOST_FILES = 1000;

/** An import of a file by a relative path, static or by a constant. */
const IMPORT = /(?:\bfrom\s*|\bimport\s*\(?\s*)(["'])(\.{1,2}\/[^"'\n]+)\1/g;

/** A file and what it imports by relative paths, as far as that can be read. */
function filesOf(file: string): Set<string> {
  const files = new Set([file]);
  for (const one of files) {
    let text: string;
    try {
      text = readFileSync(one, "utf8");
    } catch {
      // it may come back
      continue;
    }
    for (const [, , path] of text.matchAll(IMPORT)) if (files.size < MOST_FILES) files.add(join(dirname(one), path!));
  }
  return files;
}

/** One application that is loaded again when one of its files has changed. */
class WatchedApp {
  readonly name: string;
  readonly #owner: WatchedApps;
  #scope: AppScope | undefined;
  #loads = 0;
  #files: ReadonlySet<string> = new Set();
  #watchers: FSWatcher[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #loading = false;
  #again = false;

  constructor(name: string, owner: WatchedApps) {
    this.name = name;
    this.#owner = owner;
  }

  /** Loads it, and where that succeeds it takes the place of the one before. Never rejects. */
  async load(): Promise<void> {
    if (this.#loading) {
      this.#again = true;
      return;
    }
    this.#loading = true;
    do {
      this.#again = false;
      await this.#loadOnce();
    } while (this.#again && !this.#owner.over);
    this.#loading = false;
  }

  /** Ends the watching. The application runs on. */
  stop(): void {
    clearTimeout(this.#timer);
    for (const watcher of this.#watchers) watcher.close();
    this.#watchers = [];
  }

  async #loadOnce(): Promise<void> {
    const { log, controller } = this.#owner;
    this.#watch();
    const load = ++this.#loads;
    let loaded: LoadedApp;
    try {
      loaded = this.#owner.settle(await loadApp(this.name, load));
    } catch (e) {
      const kept = this.#scope?.loaded === true ? "the one before it runs on" : "it is tried again when a file changes";
      log("error", `${lineOf(e)}; ${kept}`);
      return;
    }
    if (this.#owner.over) return;
    this.#scope?.unload();
    this.#owner.loaded.set(this.name, loaded);
    try {
      this.#scope = controller.use(loaded.app, { name: this.name });
      this.#scope.started.catch(() => {});
      if (load > 1) log("info", `app ${this.name} is loaded again`);
    } catch (e) {
      this.#scope = undefined;
      log("error", `app ${this.name} failed to start: ${lineOf(e)}${placeOf(e)}; it is tried again when a file changes`);
    }
  }

  #watch(): void {
    const file = appFile(this.name);
    if (file === undefined) return;
    const files = filesOf(file);
    if (files.size === this.#files.size && [...files].every((one) => this.#files.has(one))) return;
    this.stop();
    this.#files = files;
    // Folders, since an editor may put another file in the place of one.
    for (const folder of new Set([...files].map(dirname))) {
      try {
        const watcher = watch(folder, (_event, name) => {
          if (name === null || files.has(join(folder, name))) this.#changed();
        });
        watcher.on("error", (e) => this.#owner.log("warn", `${folder} is watched no more: ${lineOf(e)}`));
        this.#watchers.push(watcher);
      } catch (e) {
        this.#owner.log("warn", `${folder} cannot be watched: ${lineOf(e)}`);
      }
    }
  }

  #changed(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.load(), SETTLED);
  }
}

/** Applications that are loaded again when their files, or files that these import by relative paths, have changed. Faults of theirs are logged and end nothing. */
export class WatchedApps implements Disposable {
  readonly controller: Controller;
  readonly log: Log;
  /** What is loaded of each, by its name. */
  readonly loaded: Map<string, LoadedApp>;
  /** Whether the watching has ended. */
  over = false;
  readonly #settings: readonly AppSetting[];
  readonly #apps: readonly WatchedApp[];

  /** @param loaded - given what is loaded of each, by its name @throws CommandError of status 2 for names that there are not */
  constructor(controller: Controller, names: readonly string[], settings: readonly AppSetting[], loaded: Map<string, LoadedApp>, log: Log) {
    this.controller = controller;
    this.log = log;
    this.loaded = loaded;
    this.#settings = settings;
    register(new URL("./reload-hook.js", import.meta.url));
    this.#apps = checkNames(names).map((name) => new WatchedApp(name, this));
  }

  /** Loads all of them once. */
  async load(): Promise<void> {
    for (const app of this.#apps) await app.load();
  }

  /** Whether all of them are loaded. */
  get complete(): boolean {
    return this.#apps.every(({ name }) => this.loaded.has(name));
  }

  [Symbol.dispose](): void {
    this.over = true;
    for (const app of this.#apps) app.stop();
  }

  /** The application with the values that were set for it. */
  settle(loaded: LoadedApp): LoadedApp {
    return withSettings([loaded], this.#settings, false)[0]!;
  }
}
