/** The resolve hook of {@link WatchedApps}, which Node runs in a thread of its own: what a module of one load imports by a relative path is of the same load. */
import { LOAD_PARAMETER } from "./load-parameter.js";

interface Resolved {
  readonly url: string;
}

/** See https://nodejs.org/api/module.html#resolvespecifier-context-nextresolve */
export async function resolve(
  specifier: string,
  context: { readonly parentURL?: string | undefined },
  next: (specifier: string, context: unknown) => Promise<Resolved>,
): Promise<Resolved> {
  const found = await next(specifier, context);
  const load = context.parentURL?.startsWith("file:") ? new URL(context.parentURL).searchParams.get(LOAD_PARAMETER) : null;
  if (load === null || !/^(\.{0,2}\/|file:)/.test(specifier) || !found.url.startsWith("file:")) return found;
  const url = new URL(found.url);
  url.searchParams.set(LOAD_PARAMETER, load);
  return { ...found, url: url.href };
}
