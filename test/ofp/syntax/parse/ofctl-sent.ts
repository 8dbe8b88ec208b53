import { VERSIONS, type Version } from "../../../../src/schema/mod.js";
import type { OfctlCommand } from "./ofctl-peer.js";

/** The text of what `ovs-ofctl` sends for each of some commands, by version: a line for the command, and one for each version, or for all where they are alike. */
export function shownSent(commands: readonly OfctlCommand[], sent: (command: number, version: number) => string): string {
  let text = "";
  for (const [i, command] of commands.entries()) {
    text += `${JSON.stringify(command)}\n`;
    const lines = VERSIONS.map((_version, v) => sent(i, v));
    if (lines.every((line) => line === lines[0])) text += ` * ${lines[0]}\n`;
    else for (const [v, line] of lines.entries()) text += ` ${VERSIONS[v]} ${line}\n`;
  }
  return text;
}

/** One command of such a text with what is sent for it in each version. */
export interface Sent {
  readonly command: OfctlCommand;
  readonly sent: ReadonlyMap<Version, string>;
}

/** Reads such a text. */
export function readSent(text: string): readonly Sent[] {
  const found: { command: OfctlCommand; sent: Map<Version, string> }[] = [];
  for (const line of text.split("\n")) {
    if (line.startsWith("[")) found.push({ command: JSON.parse(line) as OfctlCommand, sent: new Map() });
    const [, which, what] = /^ ([*1-6]) (.*)$/.exec(line) ?? [];
    if (which === undefined) continue;
    for (const version of VERSIONS) if (which === "*" || which === String(version)) found.at(-1)!.sent.set(version, what!);
  }
  return found;
}
