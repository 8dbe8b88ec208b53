import { Pairs } from "../../ofp/syntax/mod.js";
import { type Run, write } from "./settings.js";

/** Prints the pairs of each argument. */
export const parseKeyValue: Run = (args) => {
  for (const text of args) {
    const parts: string[] = [];
    for (const pairs = new Pairs(text); pairs.next(); ) parts.push(pairs.value === "" ? pairs.key : `${pairs.key}=${pairs.value}`);
    write(`${parts.join(", ")}\n`);
  }
};
