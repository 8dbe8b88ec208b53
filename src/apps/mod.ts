/**
 * Applications that come with the controller, each one file, written against the public names only: examples to start from.
 * Floor 5: imports `controller`, `ofp`, `packet`, `bytes`, `clock`, `errors`.
 * @packageDocumentation
 */
import type { App } from "../controller/mod.js";
import { l2Learning } from "./l2-learning.js";

export { l2Learning };

/** The applications by the names that the command line knows. */
export const APPS: Readonly<Record<string, App>> = { "l2-learning": l2Learning };
