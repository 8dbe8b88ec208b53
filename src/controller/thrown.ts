/** The folder that this package's own code lies in, as it stands in stacks. */
const OURS = /^.*\/(?:dist|src)\//.exec(import.meta.url)?.[0] ?? "";
/** Frames that are shown. */
const MOST_FRAMES = 5;

/** What was thrown, for the log. */
export interface Thrown {
  /** Name and message in one line; anything may have been thrown. */
  readonly message: string;
  /** The frames of the stack that are not this package's nor the platform's, such as `at learn (file:///home/me/app.mjs:12:5)`. */
  readonly frames: readonly string[];
}

/** Describes what was thrown. Never throws. */
export function describeThrown(e: unknown): Thrown {
  try {
    if (!(e instanceof Error)) return { message: String(e), frames: [] };
    const { name, message } = e;
    return { message: message === "" ? name : `${name}: ${message}`, frames: framesOf(e.stack ?? "") };
  } catch {
    return { message: "something that has no text", frames: [] };
  }
}

function framesOf(stack: string): string[] {
  const frames = stack.split("\n").flatMap((line) => /^\s+(at .*)$/.exec(line)?.[1] ?? []);
  return frames.filter((frame) => !isOurs(frame)).slice(0, MOST_FRAMES);
}

/** Whether a frame is of this package, or of what it runs on. */
function isOurs(frame: string): boolean {
  const place = /\((.*)\)$/.exec(frame)?.[1] ?? frame.replace(/^at (?:async )?/, "");
  const path = place.replace(/^file:\/\//, "");
  return /^node:|^native$|^<anonymous>$|^internal\//.test(place) || (OURS !== "" && path.startsWith(OURS.replace(/^file:\/\//, "")));
}
