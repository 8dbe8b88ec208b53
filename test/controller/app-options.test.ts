/** Options that applications declare: values, mistakes, and text from a command line. */
import { afterEach, describe, expect, expectTypeOf, test } from "vitest";
import { type AppOption, Controller, configurable, isConfigurable, parseAppValue } from "../../src/controller/mod.js";

const seen: unknown[] = [];
afterEach(() => {
  seen.length = 0;
});

const app = configurable(
  {
    idle: { type: "number", default: 60, min: 1, max: 100 },
    mode: { type: "string", default: "fast", choices: ["fast", "safe"] },
    quiet: { type: "boolean", default: false },
    key: { type: "bigint", help: "the key of the network" },
  },
  function mine(_controller, values) {
    expectTypeOf(values).toEqualTypeOf<{ readonly idle: number; readonly mode: string; readonly quiet: boolean; readonly key: bigint }>();
    seen.push(values);
  },
);

describe("an application with options", () => {
  test("runs with the values that it is given, and the initial ones of the others", async () => {
    const controller = new Controller();
    await using _ = controller;
    const scope = controller.use(app.with({ key: 5n }).with({ idle: 9 }));
    expect([scope.name, seen]).toEqual(["mine", [{ idle: 9, mode: "fast", quiet: false, key: 5n }]]);
    expect([isConfigurable(app), isConfigurable(app.with({ key: 1n })), isConfigurable(() => {})]).toEqual([true, true, false]);
    expect(() => controller.use(app)).toThrow("mine needs a value for its option key: the key of the network");
    expect(controller.apps.length).toBe(1);
  });

  test.each<[object, string]>([
    [{ idel: 5 }, 'mine has no option "idel": did you mean idle?'],
    [{ key: 1n, idle: "5" }, 'mine: idle is "5"; accepted is a number from 1 to 100'],
    [{ key: 1n, idle: 0 }, "mine: idle is 0; accepted is a number from 1 to 100"],
    [{ key: 1n, idle: Number.NaN }, "accepted is a number from 1 to 100"],
    [{ key: 1 }, "mine: key is 1; accepted is a bigint"],
    [{ key: 1n, mode: "slow" }, 'mine: mode is "slow"; accepted are fast, safe'],
    [{ idle: 5 }, "mine needs a value for its option key: the key of the network"],
  ])("refuses %o", (values, message) => {
    expect(() => app.with(values as never)).toThrow(message);
    expect(() => app.with(values as never)).toThrow(expect.objectContaining({ code: "ERR_USAGE" }));
  });
});

test("values are read from text by their types", () => {
  const { idle, mode, quiet, key } = app.options as Readonly<Record<string, AppOption>>;
  expect([parseAppValue("idle", idle!, "5"), parseAppValue("idle", idle!, "0x10"), parseAppValue("idle", idle!, "2.5")]).toEqual([
    5, 16, 2.5,
  ]);
  expect([parseAppValue("quiet", quiet!, "yes"), parseAppValue("quiet", quiet!, "OFF")]).toEqual([true, false]);
  expect([parseAppValue("mode", mode!, "safe"), parseAppValue("key", key!, "0xffffffffffffffff")]).toEqual(["safe", 2n ** 64n - 1n]);
  for (const [name, option, text, words] of [
    ["idle", idle, "five", 'idle is "five"; accepted is a number from 1 to 100'],
    ["idle", idle, "101", 'idle is "101"; accepted is a number from 1 to 100'],
    ["quiet", quiet, "maybe", 'quiet is "maybe"; accepted is true or false'],
    ["mode", mode, "slow", 'mode is "slow"; accepted are fast, safe'],
    ["key", key, "1.5", 'key is "1.5"; accepted is a bigint'],
  ] as const)
    expect(() => parseAppValue(name, option!, text)).toThrow(words);
});
