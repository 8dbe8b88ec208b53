/** Where the actions of a text start, and where what stands before them ends. */
export interface ActionsIn {
  readonly end: number;
  /** Behind the equals sign; -1 where the text has no actions. */
  readonly start: number;
}

/** Looks for the actions of a text, which are all behind the `=` behind the first `action`, as Open vSwitch's ofp_extract_actions does. */
export function extractActions(text: string, from = 0): ActionsIn {
  const end = text.indexOf("action", from);
  if (end < 0) return { end: text.length, start: -1 };
  const equals = text.indexOf("=", end + 1);
  return { end, start: equals < 0 ? -1 : equals + 1 };
}
