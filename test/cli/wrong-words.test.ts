/** Every command of `southbound` answers every kind of wrong words alike: status 2, and one line that ends with the page of that very command. */
import type { Command, Option } from "commander";
import { describe, expect, test } from "vitest";
import { makeProgram, runWords } from "../../src/cli/southbound.js";

const program = await makeProgram();

/** The names that lead to a command. */
const pathOf = (command: Command): string[] => (command.parent === null ? [] : [...pathOf(command.parent), command.name()]);
const all = (command: Command): Command[] => [command, ...command.commands.flatMap(all)];
const every = all(program);
const groups = every.filter(({ commands }) => commands.length > 0);
const leaves = every.filter(({ commands }) => commands.length === 0);

/** Right values for what has to be given. */
const SAMPLES: Readonly<Record<string, string>> = {
  "--socket": "@none",
  "--listen": "ptcp:0:127.0.0.1",
  "--to": "tcp:127.0.0.1:1",
  "--address": "192.0.2.1/24",
  kind: "switch",
};
const mandatory = (command: Command): string[] =>
  command.options.filter((option) => option.mandatory).flatMap(({ long }) => [long!, SAMPLES[long!]!]);
const operands = (command: Command): string[] =>
  command.registeredArguments.filter(({ required }) => required).map((argument) => SAMPLES[argument.name()] ?? "x");
const isNumber = ({ flags }: Option): boolean => /[<[](n|s|seconds|ms|bytes|slots|port)[\]>]/.test(flags);

type Case = readonly [words: readonly string[], what: RegExp];

function wrongWords(command: Command): Case[] {
  const path = pathOf(command);
  const right = [...path, ...mandatory(command), ...operands(command)];
  const cases: Case[] = [[[...right, "--bogus"], /^unknown option '--bogus'/]];
  const takesAny = command.registeredArguments.some(({ variadic }) => variadic);
  const places = command.registeredArguments.map((argument) => SAMPLES[argument.name()] ?? "x");
  if (!takesAny) cases.push([[...path, ...mandatory(command), ...places, "surplus"], /^too many arguments/]);
  if (operands(command).length > 0) cases.push([[...path, ...mandatory(command)], /^missing required argument/]);
  for (const option of command.options) {
    const { long, required, argChoices } = option;
    if (option.mandatory)
      cases.push([
        [...path, ...operands(command), ...mandatory(command).filter((w) => w !== long && w !== SAMPLES[long!])],
        /^required option/,
      ]);
    if (required) cases.push([[...right, long!], /^option '.+' argument missing/]);
    if (isNumber(option) || argChoices !== undefined) cases.push([[...right, `${long}=bogus`], /^option '.+' argument 'bogus' is invalid/]);
  }
  return cases;
}

async function refused([words, what]: Case, path: readonly string[]): Promise<void> {
  const { status, line } = await runWords(words);
  expect({ words, status, line }).toEqual({ words, status: 2, line: expect.stringMatching(what) });
  expect(line).toMatch(new RegExp(`; see "${["southbound", ...path].join(" ").replaceAll("+", "\\+")} --help"$`));
}

test("the walk meets them all", () => {
  expect(groups.map((one) => pathOf(one).join(" "))).toEqual(["", "memif", "memif server", "memif client", "pki"]);
  expect(leaves.length).toBe(18);
});

describe("commands", () => {
  test.each(leaves.map((one) => [pathOf(one).join(" "), one] as const))("southbound %s", async (_, command) => {
    for (const one of wrongWords(command)) await refused(one, pathOf(command));
  });
});

describe("groups of commands", () => {
  test.each(groups.map((one) => [pathOf(one).join(" "), one] as const))("southbound %s", async (_, group) => {
    const path = pathOf(group);
    const cases: Case[] = [
      [path, /^name a command: \S+, /],
      [[...path, "bogus"], /^unknown command 'bogus'/],
      [[...path, "bogus", "--help"], /^unknown command 'bogus'/],
      [["help", ...path, "bogus"], /^unknown command 'bogus'/],
      [[...path, "bogus", "--socket", "@x"], /^unknown command 'bogus'/],
      [[...path, "--bogus"], /^unknown option '--bogus'/],
    ];
    for (const one of cases) await refused(one, path);
  });
});

test("what a command itself finds wrong is answered alike", async () => {
  await refused([["switch", "--count", "3"], /^--count counts rounds/], ["switch"]);
  await refused([["replay", "x"], /^say either --print or --to/], ["replay"]);
  await refused([["controller", "no-such-app"], /^there is no app/], ["controller"]);
  await refused([["pki", "req", "a/b"], /is no name for a certificate/], ["pki", "req"]);
  await refused([["controller", "--ca-cert", "a", "--bootstrap-ca-cert", "b"], /not both/], ["controller"]);
});
