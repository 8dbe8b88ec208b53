import { VERSIONS, type Version } from "../../schema/mod.js";
import { endBy } from "./ending.js";
import { Fatal } from "./fatal.js";
import type { Vlog } from "./vlog.js";

const PROTOCOLS: Readonly<Record<string, Version>> = {
  openflow10: 1,
  openflow11: 2,
  openflow12: 3,
  openflow13: 4,
  openflow14: 5,
  openflow15: 6,
};

/** The versions of `--protocols`: a list, divided by commas or blanks. @throws Fatal for a name that is none */
export function readProtocols(list: string): readonly Version[] {
  const words = list.split(/[ ,\t]+/).filter((word) => word !== "");
  const versions = words.map((word) => {
    const name = word.toLowerCase();
    const version = Object.hasOwn(PROTOCOLS, name) ? PROTOCOLS[name] : undefined;
    if (version === undefined) throw new Fatal(`Unknown OpenFlow version: "${word}"`);
    return version;
  });
  // no name allows all of them, as it does ovs-ofctl
  return versions.length === 0 ? VERSIONS : versions;
}

/** The versions that are offered unless others are given. */
export const DEFAULT_PROTOCOLS: readonly Version[] = [1];

/** The longest time that a timer of Node can take, in seconds. */
const LONGEST = Math.floor(0x7fffffff / 1000);

function seconds(text: string): number | undefined {
  const n = /^\s*\+?\d+$/.test(text) ? Number(text) : 0;
  return n >= 1 && n <= 0xffffffff ? n : undefined;
}

/** The seconds of `--timeout`. @throws Fatal for what is no such number */
export function readTimeout(text: string): number {
  const n = seconds(text);
  if (n === undefined) throw new Fatal(`value ${text} on -t or --timeout is invalid`);
  return n;
}

/** Ends the process by SIGALRM when the time is up that an option or the environment gives it. */
export function limitTime(timeout: number | undefined, log: Vlog): void {
  const limit = timeout ?? seconds(process.env.OVS_CTL_TIMEOUT ?? "");
  if (limit === undefined || limit > LONGEST) return;
  setTimeout(() => endBy("SIGALRM", log), limit * 1000).unref();
}
