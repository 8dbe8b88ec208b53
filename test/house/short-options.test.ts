/** A letter means one thing in every command of `southbound` and in `ofctl`, whose letters are Open vSwitch's. */
import type { Command } from "commander";
import { expect, test } from "vitest";
import { OPTIONS } from "../../src/cli/ofctl/options.js";
import { makeProgram } from "../../src/cli/southbound.js";

const all = (command: Command): Command[] => [command, ...command.commands.flatMap(all)];

test("each letter belongs to one option", async () => {
  const meanings = new Map<string, Map<string, string[]>>();
  const add = (letter: string, name: string, command: string): void => {
    const names = meanings.get(letter) ?? new Map<string, string[]>();
    meanings.set(letter, names.set(name, [...(names.get(name) ?? []), command]));
  };
  for (const { letter, name } of OPTIONS) if (letter !== undefined) add(`-${letter}`, `--${name}`, "ofctl");
  for (const command of all(await makeProgram()))
    for (const { short, long } of command.options) if (short != null) add(short, long!, command.name());
  const several = [...meanings].filter(([, names]) => names.size > 1).map(([letter, names]) => [letter, Object.fromEntries(names)]);
  expect(several).toEqual([]);
  expect(meanings.get("-c")).toEqual(new Map([["--certificate", ["ofctl", "demo", "controller", "switch", "record", "replay"]]]));
});
