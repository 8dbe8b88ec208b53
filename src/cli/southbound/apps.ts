import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { APPS } from "../../apps/mod.js";
import type { App, Serving } from "../../controller/mod.js";
import { failure, lineOf, usage } from "./exit.js";

/** An application and what the user called it. */
export interface LoadedApp {
  readonly name: string;
  readonly app: App;
}

/** The application that runs where none is named. */
export const DEFAULT_APP = "l2-learning";

const isPath = (name: string): boolean => /[/\\]/.test(name) || /\.[cm]?[jt]s$/.test(name);

/**
 * Finds applications: each word is a name in APPS, or the path of an ES module whose default export is an application, or made of one by `serve`.
 * @throws CommandError of status 2 for a name that is not known, of status 1 for a module that cannot be loaded
 */
export async function loadApps(names: readonly string[]): Promise<LoadedApp[]> {
  const known = `known are ${Object.keys(APPS).join(", ")}, or the path of a module such as ./my-app.mjs`;
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw usage(`app ${twice} is named twice`);
  // All names are checked before any module runs.
  for (const name of names) {
    if (!Object.hasOwn(APPS, name) && !isPath(name)) throw usage(`there is no app "${name}"; ${known}`);
  }
  const apps: LoadedApp[] = [];
  for (const name of names.length === 0 ? [DEFAULT_APP] : names) {
    apps.push({ name, app: Object.hasOwn(APPS, name) ? APPS[name]! : await loadModule(name) });
  }
  return apps;
}

async function loadModule(name: string): Promise<App> {
  const file = name.startsWith("file:") ? fileURLToPath(name) : resolve(name);
  let module: { readonly default?: unknown };
  try {
    module = await import(pathToFileURL(file).href);
  } catch (e) {
    const missing = (e as NodeJS.ErrnoException | null)?.code === "ERR_MODULE_NOT_FOUND" && lineOf(e).includes(`'${file}'`);
    throw failure(missing ? `app ${name}: there is no file ${file}` : `app ${name} cannot be loaded: ${lineOf(e)}`, e);
  }
  if (typeof module.default !== "function") {
    throw failure(`app ${name} has no application as its default export: write "export default (controller) => { … }"`);
  }
  return (module.default as Partial<Serving>).app ?? (module.default as App);
}
