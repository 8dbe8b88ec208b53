/** The load generator in a process of its own. Each message of the parent is a list of {@link Load}s; what is measured goes back. */
import { generate } from "./generate.js";
import type { Load, Measured } from "./load.js";

/** What the generator tells its parent. */
export type GeneratorReport =
  | { readonly kind: "started" }
  | { readonly kind: "done"; readonly measured: readonly Measured[] }
  | { readonly kind: "failed"; readonly message: string };

const tell = (report: GeneratorReport): void => {
  process.send?.(report);
};

process.on("message", (loads: readonly Load[]) => {
  generate(loads, () => tell({ kind: "started" })).then(
    (measured) => tell({ kind: "done", measured }),
    (e: unknown) => tell({ kind: "failed", message: e instanceof Error ? e.message : String(e) }),
  );
});
process.on("disconnect", () => process.exit(0));
// The parent closes us when it has been told to stop.
process.on("SIGINT", () => {});
