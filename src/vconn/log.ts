/** How much a line matters. */
export type LogLevel = "debug" | "info" | "warn" | "error";

/** Where lines go. The library rooms choose no logger: they are handed one, and are silent without. */
export type Log = (level: LogLevel, text: string) => void;

/** Drops every line. */
export const silent: Log = () => {};
