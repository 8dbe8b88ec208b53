import { readFileSync } from "node:fs";
import { NAME } from "./ofctl/fatal.js";

const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { version: string };

/** What `--version` prints, and a monitor for `version`. */
export const versionText = (): string => `${NAME} (southbound) ${version}\nOpenFlow versions 0x1:0x6\n`;

/** The folder of log files, as Open vSwitch finds it. */
export const logDirectory = (): string => process.env.OVS_LOGDIR || "/var/log/openvswitch";
