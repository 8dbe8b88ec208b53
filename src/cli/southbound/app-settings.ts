import { isConfigurable, parseAppValue } from "../../controller/mod.js";
import { SouthboundError, suggestion } from "../../errors/mod.js";
import type { LoadedApp } from "./apps.js";
import { usage } from "./exit.js";

/** One `--set`: the value of an option, in text. */
export interface AppSetting {
  /** The application whose option it is; undefined: that of each that has one of this name. */
  readonly app: string | undefined;
  readonly name: string;
  readonly text: string;
}

/** Reads `NAME=VALUE` or `APP:NAME=VALUE`. @throws SouthboundError `ERR_USAGE` */
export function parseSetting(words: string): AppSetting {
  const found = /^(?:(.+):)?([A-Za-z_][\w-]*)=(.*)$/s.exec(words);
  if (found === null) throw new SouthboundError("ERR_USAGE", `"${words}" sets nothing: write NAME=VALUE, or APP:NAME=VALUE`);
  return { app: found[1], name: found[2]!, text: found[3]! };
}

/**
 * Gives applications the values that were set for their options.
 * @param all - whether these are all applications, so that a setting that none of them has is wrong
 * @throws CommandError of status 2 for an option that there is not, with what may have been meant, and for a value that it does not accept
 */
export function withSettings(apps: readonly LoadedApp[], settings: readonly AppSetting[], all = true): LoadedApp[] {
  if (all) for (const setting of settings) checkSetting(apps, setting);
  return apps.map((loaded) => {
    const { name, app } = loaded;
    if (!isConfigurable(app)) return loaded;
    const meant = settings.filter((s) => (s.app === undefined || s.app === name) && Object.hasOwn(app.options, s.name));
    try {
      const values = Object.fromEntries(meant.map((s) => [s.name, parseAppValue(s.name, app.options[s.name]!, s.text)]));
      return { ...loaded, app: app.with(values) };
    } catch (e) {
      if (!SouthboundError.is(e)) throw e;
      throw usage(`app ${name}: ${e.message}; set it by --set NAME=VALUE`);
    }
  });
}

function checkSetting(apps: readonly LoadedApp[], { app, name }: AppSetting): void {
  const meant = apps.filter((loaded) => app === undefined || loaded.name === app);
  if (meant.length === 0)
    throw usage(
      `--set ${app}:${name}: there is no app "${app}"${suggestion(
        app!,
        apps.map((a) => a.name),
      )}`,
    );
  const names = meant.flatMap((loaded) => (isConfigurable(loaded.app) ? Object.keys(loaded.app.options) : []));
  if (names.includes(name)) return;
  const whose = meant.map((loaded) => loaded.name).join(", ");
  throw usage(
    names.length === 0
      ? `--set ${name}: ${whose} has no options`
      : `--set ${name}: ${whose} has no option "${name}"${suggestion(name, names)}`,
  );
}
