/** How many of those that wait go on in one turn of the event loop. */
const PER_TURN = 4;

/** Something that waits until others have had their turn. */
export interface Waiting {
  /** Goes on. */
  again(): void;
}

let waiting: Waiting[] = [];
let head = 0;
let due = false;

function turn(): void {
  due = false;
  const end = Math.min(head + PER_TURN, waiting.length);
  while (head < end) waiting[head++]!.again();
  if (head < waiting.length) {
    due = true;
    setImmediate(turn);
    return;
  }
  waiting = [];
  head = 0;
}

/** Has `who` called again in a later turn of the event loop: in the order of waiting, and few in one turn, so that all who have little to do are served in between. */
export function nextTurn(who: Waiting): void {
  waiting.push(who);
  if (due) return;
  due = true;
  setImmediate(turn);
}
