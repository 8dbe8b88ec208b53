import { readFileSync } from "node:fs";
import { Fatal } from "./fatal.js";

/** A user and a group, by their numbers. */
export interface User {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** The rows of a file such as /etc/passwd. */
function rowsOf(file: string): string[][] {
  try {
    return readFileSync(file, "utf8")
      .split("\n")
      .map((line) => line.split(":"));
  } catch {
    return [];
  }
}

/** The prefix of Open vSwitch's messages here, which is the name of a file that is not known yet. */
const fault = (text: string): Fatal => new Fatal(`(null): ${text}`);

/**
 * The user of `--user=NAME[:GROUP]`, of which the first may be empty for the user that there is. Open vSwitch daemon-unix.c (daemon_set_new_user)
 * @throws Fatal in the words of Open vSwitch
 */
export function readUser(words: string): User {
  if (process.getuid?.() !== 0 || process.geteuid?.() !== 0) throw fault("only root can use --user option");
  const colon = words.indexOf(":");
  const given = (colon < 0 ? words : words.slice(0, colon)).trim();
  const row = rowsOf("/etc/passwd").find(([name, , uid]) => (given === "" ? uid === "0" : name === given));
  if (row === undefined) throw fault(`user ${given} not found, aborting.`);
  const [name = "", , uid, gid] = row;
  const group = colon < 0 ? "" : words.slice(colon + 1).trim();
  if (group === "") return { name, uid: Number(uid), gid: Number(gid) };
  const found = rowsOf("/etc/group").find(([each]) => each === group);
  if (found === undefined) throw fault(`group ${group} not found, aborting.`);
  const [, , number, members = ""] = found;
  if (number !== gid && !members.split(",").includes(name))
    throw fault(`Invalid --user option ${words} (user ${name} is not in group ${group}), aborting.`);
  return { name, uid: Number(uid), gid: Number(number) };
}

/** Makes the process one of another user, for good. */
export function become({ name, uid, gid }: User): void {
  try {
    process.setgid?.(gid);
    // which the types of Node 20 lack
    (process as { initgroups?(user: string, group: number): void }).initgroups?.(name, gid);
    process.setuid?.(uid);
  } catch {
    throw fault(`fail to switch user to ${name}, aborting`);
  }
}
