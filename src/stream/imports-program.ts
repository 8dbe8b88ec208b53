/** The resolve hook of `provideImports` as Node 20 takes it: a module of its own, which Node runs in a thread of its own. */
import { type ResolveContext, resolveFrom } from "./imports.js";

let hook: ReturnType<typeof resolveFrom>;

/** Called by Node once. @param home - see {@link resolveFrom} */
export function initialize(home: string): void {
  hook = resolveFrom(home);
}

/** Called by Node for each import. */
export function resolve(specifier: string, context: ResolveContext, next: Parameters<typeof hook>[2]): unknown {
  return hook(specifier, context, next);
}
