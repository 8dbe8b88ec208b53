import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { APPS } from "../../apps/mod.js";
import type { App, Serving } from "../../controller/mod.js";
import { provideImports, typeScriptAdvice } from "../../stream/mod.js";
import { failure, lineOf, usage } from "./exit.js";
import { LOAD_PARAMETER } from "./load-parameter.js";

/** An application and what the user called it. */
export interface LoadedApp {
  readonly name: string;
  readonly app: App;
  /** The address of its file, as it stands in stacks; undefined for one of this package. */
  readonly url?: string;
}

/** The application that runs where none is named. */
export const DEFAULT_APP = "l2-learning";

/** The folder of this package's own code. */
const OURS = new URL("../../", import.meta.url).href;

const LOADED = new RegExp(`\\?${LOAD_PARAMETER}=\\d+`);

const isPath = (name: string): boolean => /[/\\]/.test(name) || /\.[cm]?[jt]s$/.test(name);

/**
 * Finds applications: each word is a name in APPS, or the path of an ES module whose default export is an application, or made of one by `serve`.
 * @throws CommandError of status 2 for a name that is not known, of status 1 for a module that cannot be loaded
 */
export async function loadApps(names: readonly string[]): Promise<LoadedApp[]> {
  const apps: LoadedApp[] = [];
  for (const name of checkNames(names)) apps.push(await loadApp(name));
  return apps;
}

/**
 * Checks names of applications before any module runs.
 * @returns the names, or the preset where there are none
 * @throws CommandError of status 2 for a name that is not known
 */
export function checkNames(names: readonly string[]): readonly string[] {
  const known = `known are ${Object.keys(APPS).join(", ")}, or the path of a module such as ./my-app.mjs`;
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw usage(`app ${twice} is named twice`);
  for (const name of names) {
    if (!Object.hasOwn(APPS, name) && !isPath(name)) throw usage(`there is no app "${name}"; ${known}`);
  }
  return names.length === 0 ? [DEFAULT_APP] : names;
}

/** The file of an application; undefined for one of this package. */
export function appFile(name: string): string | undefined {
  if (Object.hasOwn(APPS, name)) return undefined;
  return name.startsWith("file:") ? fileURLToPath(name) : resolve(name);
}

/**
 * Loads an application.
 * @param load - how often it was loaded before: 0 for the first time. What it imports by relative paths is loaded again with it where the hook of `WatchedApps` is there
 * @throws CommandError of status 1 for a module that cannot be loaded
 */
export async function loadApp(name: string, load = 0): Promise<LoadedApp> {
  const file = appFile(name);
  if (file === undefined) return { name, app: APPS[name]! };
  const url = pathToFileURL(file).href;
  let module: { readonly default?: unknown };
  try {
    provideImports(file);
    module = await import(load === 0 ? url : `${url}?${LOAD_PARAMETER}=${load}`);
  } catch (e) {
    const advice = typeScriptAdvice(file, e);
    if (advice !== undefined) throw failure(`app ${name}: ${advice}`, e);
    const missing = (e as NodeJS.ErrnoException | null)?.code === "ERR_MODULE_NOT_FOUND" && lineOf(e).includes(`'${file}'`);
    throw failure(
      missing ? `app ${name}: there is no file ${file}` : `app ${name} cannot be loaded: ${lineOf(e)}${placeOf(e) || syntaxPlace(e, file)}`,
      e,
    );
  }
  if (typeof module.default !== "function") {
    throw failure(`app ${name} has no application as its default export: write "export default (controller) => { … }"`);
  }
  return { name, url, app: (module.default as Partial<Serving>).app ?? (module.default as App) };
}

/** Where an error of the user's own code is from, in brackets: ` (/home/me/app.mjs:12:5)`. Empty where the stack has no such place. */
export function placeOf(e: unknown): string {
  const stack = e instanceof Error ? (e.stack ?? "") : "";
  // a SyntaxError begins with the place: file:///home/me/app.mjs:12
  const places = [...stack.matchAll(/file:\/\/[^\s)]*?:\d+(?::\d+)?(?=\s|\)|$)/g)].map(([place]) => place);
  const place = places.find((p) => !p.startsWith(OURS) && !p.includes("/node_modules/"));
  return place === undefined ? "" : ` (${place.replace(/^file:\/\//, "").replace(LOADED, "")})`;
}

/** Where a file breaks the syntax, in brackets. A SyntaxError of `import()` does not have the place; Node prints it where it only checks the file. */
function syntaxPlace(e: unknown, file: string): string {
  if (!(e instanceof SyntaxError)) return "";
  const { stderr } = spawnSync(process.execPath, ["--check", file], { encoding: "utf8", timeout: 10_000 });
  const line = stderr.split("\n", 1)[0]!.replace(/^file:\/\//, "");
  return line.startsWith(`${file}:`) ? ` (${line})` : "";
}
