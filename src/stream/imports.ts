import * as nodeModule from "node:module";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

const PACKAGE = "southbound";
/** A file of this package: what is resolved as seen from there is its own. The program below is built, also where the sources run as they are. */
const HERE = new URL("../../dist/stream/imports-program.js", import.meta.url);

/** What Node passes to a resolve hook, as far as it is used here. */
export interface ResolveContext {
  readonly parentURL?: string | undefined;
}

/** Of Node 22.15 and newer: hooks in this thread. */
interface SyncHooks {
  registerHooks?(hooks: { resolve: ReturnType<typeof resolveFrom> }): unknown;
}

let provided = false;

/**
 * Lets a module import `southbound/*` wherever its file lies, so that an application needs no project around it. The copy of the package that it gets is this one: messages, classes of errors and the
 * tables of transports are of one kind then. Does nothing where the file finds this copy by itself.
 *
 * The hook is the process's: from then on every file outside of `node_modules` gets this copy, and a file within one gets it where it has none.
 * @param file - the path of the module, which is not loaded yet
 */
export function provideImports(file: string): void {
  if (provided || packageOf(file) === packageOf(fileURLToPath(HERE))) return;
  provided = true;
  const { registerHooks } = nodeModule as SyncHooks;
  if (registerHooks !== undefined) registerHooks({ resolve: resolveFrom(HERE.href) });
  else nodeModule.register(HERE, { data: HERE.href });
}

/** The folder of the package as a file finds it; undefined where it finds none. */
function packageOf(file: string): string | undefined {
  try {
    return dirname(nodeModule.createRequire(file).resolve(`${PACKAGE}/package.json`));
  } catch {
    return undefined;
  }
}

type Next = (specifier: string, context: ResolveContext) => unknown;

/** The hook itself. @param home - the URL of a file of the package that is to be found */
export function resolveFrom(home: string): (specifier: string, context: ResolveContext, next: Next) => unknown {
  return (specifier, context, next) => {
    if (specifier !== PACKAGE && !specifier.startsWith(`${PACKAGE}/`)) return next(specifier, context);
    const ours = (): unknown => next(specifier, { ...context, parentURL: home });
    if (!context.parentURL?.includes("/node_modules/")) return ours();
    try {
      const found = next(specifier, context);
      return found instanceof Promise ? found.catch(ours) : found;
    } catch {
      return ours();
    }
  };
}
