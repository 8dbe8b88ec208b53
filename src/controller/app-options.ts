import { checkOptions, type OptionTable, SouthboundError, suggestion } from "../errors/mod.js";
import type { App, AppScope } from "./scope.js";

/** One option that an application declares. */
export interface AppOption {
  readonly type: "number" | "bigint" | "string" | "boolean";
  /** Its value unless one is given. Without this it has to be given. */
  readonly default?: number | bigint | string | boolean | undefined;
  /** The least value of a number. */
  readonly min?: number | undefined;
  /** The greatest value of a number. */
  readonly max?: number | undefined;
  /** The texts that are accepted; all unless given. */
  readonly choices?: readonly string[] | undefined;
  /** What it is for, in one line. */
  readonly help?: string | undefined;
}

/** What {@link AppOption} has, for its check. */
export const APP_OPTION: OptionTable<AppOption> = {
  type: "string!",
  default: "any",
  min: "number",
  max: "number",
  choices: "list",
  help: "string",
};

/** The options that an application declares, by their names. */
export type AppOptions = Readonly<Record<string, AppOption>>;

interface Types {
  readonly number: number;
  readonly bigint: bigint;
  readonly string: string;
  readonly boolean: boolean;
}

/** The values of an application's options. */
export type AppValues<T extends AppOptions> = { readonly [K in keyof T]: Types[T[K]["type"]] };

/** An application with options: as it is it runs with their initial values. */
export type ConfigurableApp<T extends AppOptions = AppOptions> = App & {
  /** What it declares. */
  readonly options: T;
  /**
   * The application with these values, and those that the other options have here.
   * @throws SouthboundError `ERR_USAGE` for an option that it does not declare, with what may have been meant, for a value that an option does not accept, and for an option that has no initial value and is not given
   */
  with(values: Partial<AppValues<T>>): ConfigurableApp<T>;
};

/**
 * Makes an application with options: `export default configurable({ idle: { type: "number", default: 60, min: 1 } }, (controller, { idle }) => { … })`. A program sets them by `controller.use(app.with({ idle: 5 }))`, and
 * `southbound controller` by `--set idle=5`.
 */
export function configurable<const T extends AppOptions>(
  options: T,
  app: (controller: AppScope, values: AppValues<T>) => ReturnType<App>,
): ConfigurableApp<T> {
  const made = (values: Partial<AppValues<T>>): ConfigurableApp<T> => {
    const run: App = (controller) => app(controller, checkValues(app.name, options, values) as AppValues<T>);
    Object.defineProperty(run, "name", { value: app.name });
    return Object.assign(run, {
      options,
      with(more: Partial<AppValues<T>>) {
        const all = { ...values, ...more };
        checkValues(app.name, options, all);
        return made(all);
      },
    });
  };
  return made({});
}

/** Whether an application has options. */
export const isConfigurable = (app: App): app is ConfigurableApp => "options" in app && "with" in app;

function checkValues(app: string, options: AppOptions, values: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const whose = app === "" ? "the application" : app;
  for (const [name, value] of Object.entries(values)) {
    const option = Object.hasOwn(options, name) ? options[name] : undefined;
    if (option === undefined)
      throw new SouthboundError("ERR_USAGE", `${whose} has no option ${JSON.stringify(name)}${suggestion(name, Object.keys(options))}`);
    const fault = value === undefined ? undefined : faultOf(option, value);
    if (fault !== undefined) throw new SouthboundError("ERR_USAGE", `${whose}: ${name} is ${shown(value)}; accepted ${fault}`);
  }
  return Object.fromEntries(
    Object.entries(options).map(([name, option]) => {
      const value = values[name] ?? option.default;
      if (value === undefined) throw new SouthboundError("ERR_USAGE", `${whose} needs a value for its option ${name}${note(option)}`);
      return [name, value];
    }),
  );
}

const shown = (value: unknown): string => (typeof value === "bigint" ? `${value}n` : (JSON.stringify(value) ?? String(value)));

const note = ({ help }: AppOption): string => (help === undefined ? "" : `: ${help}`);

/** What an option accepts, where that is not this value. */
function faultOf(
  { type, min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY, choices }: AppOption,
  value: unknown,
): string | undefined {
  if (choices !== undefined && !choices.includes(value as string)) return `are ${choices.join(", ")}`;
  const counts = type === "number" || type === "bigint";
  const bounds = !counts
    ? ""
    : max < Number.POSITIVE_INFINITY
      ? ` from ${min} to ${max}`
      : min > Number.NEGATIVE_INFINITY
        ? ` from ${min}`
        : "";
  const fits = typeof value === type && !Number.isNaN(value) && (!counts || ((value as number) >= min && (value as number) <= max));
  const words = { number: "is a number", bigint: "is a bigint", string: "is text", boolean: "is true or false" };
  return fits ? undefined : `${words[type]}${bounds}`;
}

const TRUE = ["true", "yes", "on", "1"];
const FALSE = ["false", "no", "off", "0"];

/**
 * Reads the value of an option from text, as a command line has it: numbers decimal or in hexadecimal, and `true`, `yes`, `on`, `false`, `no`, `off`.
 * @throws SouthboundError `ERR_USAGE` for text that the option does not accept
 */
export function parseAppValue(name: string, option: AppOption, text: string): number | bigint | string | boolean {
  checkOptions("parseAppValue", option, APP_OPTION);
  const value = readValue(option, text.trim(), text);
  const fault = value === undefined ? faultOf(option, undefined) : faultOf(option, value);
  if (value === undefined || fault !== undefined)
    throw new SouthboundError("ERR_USAGE", `${name} is ${JSON.stringify(text)}; accepted ${fault}`);
  return value;
}

function readValue({ type }: AppOption, word: string, text: string): number | bigint | string | boolean | undefined {
  switch (type) {
    case "string":
      return text;
    case "boolean":
      return TRUE.includes(word.toLowerCase()) ? true : FALSE.includes(word.toLowerCase()) ? false : undefined;
    case "number":
      return /^(-?\d+(\.\d+)?|0x[0-9a-f]+)$/i.test(word) ? Number(word) : undefined;
    case "bigint":
      return /^(-?\d+|0x[0-9a-f]+)$/i.test(word) ? BigInt(word) : undefined;
  }
}
