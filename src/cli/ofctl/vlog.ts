import { closeSync, fstatSync, openSync, writeSync } from "node:fs";
import { ERRNO_TEXT, errnoOf } from "../../errors/mod.js";
import type { NoteSink, SyntaxNote } from "../../ofp/syntax/mod.js";
import type { Log, LogLevel } from "../../vconn/mod.js";
import { Fatal, writeError } from "./fatal.js";
import { Syslog, syslogTarget } from "./syslog.js";
import { VlogLimits } from "./vlog-limits.js";
import {
  DESTINATIONS,
  type Destination,
  FACILITIES,
  formatLine,
  LEVELS,
  MODULES,
  PATTERNS,
  type VlogLevel,
  type VlogLine,
} from "./vlog-words.js";

export { strftime } from "./vlog-words.js";
export type { VlogLevel };

const OF_LOG: Readonly<Record<LogLevel, VlogLevel>> = { debug: "DBG", info: "INFO", warn: "WARN", error: "ERR" };

const isDestination = (word: string): word is Destination => (DESTINATIONS as readonly string[]).includes(word);
const isLevel = (word: string): word is VlogLevel => (LEVELS as readonly string[]).includes(word);

/** Without a facility of its own, what `%B` has: local0. Open vSwitch vlog.c (format_log_message) */
const LOCAL0 = 16 * 8;
/** The form of what goes to `--syslog-target`: RFC 5424. Open vSwitch vlog.c (vlog_valist) */
const RFC5424 = "<%B>1 %D{%Y-%m-%dT%H:%M:%S.###Z} %E %A %P %c - \ufeff%m";

/** The first word of a text and what stands behind the separator that ends it, as strtok_r() takes them. */
function firstWord(text: string): readonly [word: string, rest: string] {
  const match = /^[ ,:\t]*([^ ,:\t]*)[ ,:\t]?(.*)$/s.exec(text)!;
  return [match[1]!, match[2]!];
}

/** The log of the program, in the form of Open vSwitch's: on standard error, in a file and to syslog where these are asked for, all but lines of the level DBG. */
export class Vlog {
  readonly #program: string;
  readonly #console: (line: string) => void;
  readonly #patterns: Record<Destination, string> = { ...PATTERNS };
  readonly #base: Record<Destination, VlogLevel> = { syslog: "INFO", console: "INFO", file: "INFO" };
  readonly #levels: Readonly<Record<Destination, Map<string, VlogLevel>>> = { syslog: new Map(), console: new Map(), file: new Map() };
  readonly #unlimited = new Set<string>();
  readonly #limits: VlogLimits;
  readonly #once = new Set<string>();
  /** The part of the program that logs, where that is not the main one. */
  subprogram = "";
  #sequence = 0;
  #facility = LOCAL0;
  #fileName: string | undefined;
  #file: number | undefined;
  #syslog: Syslog | undefined;
  #target: ((line: string) => void) | undefined;

  /** @param now - the time by which rates are limited, in milliseconds; it never goes back */
  constructor(program: string, write: (line: string) => void = writeError, now: () => number = () => performance.now()) {
    this.#program = program;
    this.#limits = new VlogLimits(now);
    this.#console = write;
  }

  /**
   * Does what one option `-v` says: `PATTERN:DESTINATION:PATTERN`, `FACILITY:…`, or words for a module, a destination and a level; all modules, all destinations and
   * the level for all messages where no word says otherwise.
   * @throws Fatal for words that are none of these
   */
  set(words: string): void {
    const fault = this.change(words);
    if (fault !== undefined) throw new Fatal(`processing "${words}": ${fault}`);
  }

  /** The same, for words of a running program: what is wrong with them, or undefined. */
  change(words: string): string | undefined {
    const [first, rest] = firstWord(words);
    if (/^pattern$/i.test(first)) return this.#setPattern(rest);
    if (/^facility$/i.test(first)) {
      const facility = FACILITIES[rest.toLowerCase()];
      if (facility === undefined) return "invalid facility";
      this.#facility = facility === 0 ? LOCAL0 : facility;
      return undefined;
    }
    return this.#setLevels(words);
  }

  #setPattern(rest: string): string | undefined {
    const [to, form] = firstWord(rest);
    const destination = to.toLowerCase();
    if (to === "") return "missing destination";
    if (destination !== "any" && !isDestination(destination)) return `unknown destination "${to}"`;
    for (const each of destination === "any" ? DESTINATIONS : [destination]) this.#patterns[each] = form;
    return undefined;
  }

  #setLevels(words: string): string | undefined {
    let module: string | undefined;
    let destination: Destination | undefined;
    let level: VlogLevel | undefined;
    for (const word of words.split(/[ ,:\t]+/).filter((w) => w !== "")) {
      const name = word.toLowerCase();
      if (name === "any") continue;
      if (isDestination(name)) {
        if (destination !== undefined) return "cannot specify multiple destinations";
        destination = name;
      } else if (isLevel(word.toUpperCase())) {
        if (level !== undefined) return "cannot specify multiple levels";
        level = word.toUpperCase() as VlogLevel;
      } else if (MODULES.includes(name)) {
        if (module !== undefined) return "cannot specify multiple modules";
        module = name;
      } else return `no destination, level, or module "${word}"`;
    }
    this.setLevel(module, destination, level ?? "DBG");
    return undefined;
  }

  /** Sets the level of a module, or of all, for a destination, or for all. */
  setLevel(module: string | undefined, destination: Destination | undefined, level: VlogLevel): void {
    for (const each of destination === undefined ? DESTINATIONS : [destination]) {
      if (module !== undefined) this.#levels[each].set(module, level);
      else {
        this.#base[each] = level;
        this.#levels[each].clear();
      }
    }
  }

  #levelOf(destination: Destination, module: string): VlogLevel {
    return this.#levels[destination].get(module) ?? this.#base[destination];
  }

  #goesTo(destination: Destination, module: string, level: VlogLevel): boolean {
    if (destination === "file" && this.#file === undefined) return false;
    return LEVELS.indexOf(level) <= LEVELS.indexOf(this.#levelOf(destination, module));
  }

  /** Whether a line of this module and level would be written anywhere that somebody may see it. */
  shows(module: string, level: VlogLevel): boolean {
    return DESTINATIONS.some((each) => (each !== "syslog" || this.#sendsToSyslog) && this.#goesTo(each, module, level));
  }

  get #sendsToSyslog(): boolean {
    return this.#target !== undefined || this.#syslog?.sends === true;
  }

  /** Writes a line, where its level is asked for. */
  log(module: string, level: VlogLevel, text: string): void {
    const to = DESTINATIONS.filter((each) => this.#goesTo(each, module, level));
    if (to.length === 0) return;
    const line: VlogLine = {
      program: this.#program,
      subprogram: this.subprogram,
      module,
      level,
      text: text.replace(/\n+$/, ""),
      sequence: ++this.#sequence,
      facility: this.#facility,
    };
    if (to.includes("console")) this.#console(`${formatLine(this.#patterns.console, line)}\n`);
    if (to.includes("syslog") && this.#sendsToSyslog) this.#toSyslog(line);
    if (to.includes("file")) this.#toFile(formatLine(this.#patterns.file, line));
  }

  #toSyslog(line: VlogLine): void {
    const text = formatLine(this.#patterns.syslog, line);
    const prefix = this.#syslog === undefined ? "" : `${formatLine(this.#syslog.prefix, line)} `;
    for (const part of text.split("\n").filter((p) => p !== "")) this.#syslog?.send(prefix + part);
    this.#target?.(formatLine(RFC5424, line));
  }

  #toFile(text: string): void {
    try {
      writeSync(this.#file!, `${text}\n`);
    } catch {
      // a full disk takes no more lines, and there is no other place to tell
    }
  }

  /** Takes what is noted while messages and texts are read: as much of it as the limits let through. */
  readonly note: NoteSink = ({ module, level, text, more = [], limit, burst, cost = 1, once }: SyntaxNote): void => {
    if (once === true) {
      if (this.#once.has(text)) return;
      this.#once.add(text);
    } else if (limit !== undefined && !this.#unlimited.has(module)) {
      // only lines that are asked for count
      if (!DESTINATIONS.some((each) => LEVELS.indexOf(level) <= LEVELS.indexOf(this.#levelOf(each, module)))) return;
      for (let i = 0; i < cost; i++) {
        const { logged, before } = this.#limits.take(limit, burst);
        if (!logged) return;
        if (before !== undefined) this.log(module, level, before);
      }
    }
    for (const one of [text, ...more]) this.log(module, level, one);
  };

  /** The log that a connection is given. */
  of(module: string): Log {
    return (level, text) => this.log(module, OF_LOG[level], text);
  }

  /**
   * Logs to a file from now on, behind what is there.
   * @returns the text of the errno where it cannot be opened, which is logged
   */
  openFile(name: string): string | undefined {
    let file: number;
    try {
      file = openSync(name, "a", 0o660);
    } catch (e) {
      const reason = ERRNO_TEXT[errnoOf(e, "EIO")];
      this.log("vlog", "WARN", `failed to open ${name} for logging: ${reason}`);
      return reason;
    }
    if (this.#file !== undefined) {
      const [before, now] = [fstatSync(this.#file), fstatSync(file)];
      if (before.dev === now.dev && before.ino === now.ino) {
        closeSync(file);
        return undefined;
      }
      this.log("vlog", "INFO", "closing log file");
      closeSync(this.#file);
    }
    this.#file = file;
    this.#fileName = name;
    this.log("vlog", "INFO", `opened log file ${name}`);
    return undefined;
  }

  /** Opens the file again, which may be another one under the same name. @returns as {@link openFile}; "Logging to file not configured" without one */
  reopenFile(): string | undefined {
    return this.#fileName === undefined ? "Logging to file not configured" : this.openFile(this.#fileName);
  }

  /** Ends logging to the file; {@link reopenFile} goes on. */
  closeFile(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  /** How lines reach syslog; the first one counts. @throws Fatal for a method that there is not */
  setSyslogMethod(method: string): void {
    this.#syslog ??= new Syslog(method);
  }

  /** Sends lines to `HOST:PORT` as well. */
  setSyslogTarget(place: string): void {
    this.#target = syslogTarget(place);
    if (this.#target !== undefined) this.log("vlog", "WARN", "--syslog-target flag is deprecated, use --syslog-method instead");
  }

  /** Whether floods of lines of a module, or of all, are cut short. @returns false for a module that there is not */
  limitRates(module: string, on: boolean): boolean {
    const modules = module.toLowerCase() === "any" ? MODULES : MODULES.filter((name) => name === module.toLowerCase());
    for (const name of modules) {
      if (on) this.#unlimited.delete(name);
      else this.#unlimited.add(name);
    }
    return modules.length > 0;
  }

  /** The levels of all modules, as `vlog/list` prints them. */
  levels(): string {
    const line = (module: string): string => {
      const levels = (["console", "syslog", "file"] as const).map((each) => this.#levelOf(each, module).padStart(4)).join("       ");
      return `${module.padEnd(16)}  ${levels}${this.#unlimited.has(module) ? "    (rate limiting disabled)" : ""}\n`;
    };
    const heads = "                 console    syslog    file\n                 -------    ------    ------\n";
    return heads + MODULES.map(line).sort().join("");
  }

  /** The patterns of all destinations, as `vlog/list-pattern` prints them. */
  patterns(): string {
    const prefix = (each: Destination): string => (each === "syslog" ? (this.#syslog ?? new Syslog("libc")).prefix : "none");
    const line = (each: Destination): string => `${each.toUpperCase().padEnd(7)}  ${prefix(each).padEnd(32)}  ${this.#patterns[each]}\n`;
    const heads = "         prefix                            format\n         ------                            ------\n";
    return heads + DESTINATIONS.map(line).join("");
  }
}
