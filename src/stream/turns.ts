/** How many of those that wait go on in one turn of the event loop, as long as it has time. */
const PER_TURN = 4;
/** Milliseconds for the messages of one turn: once for those who waited, and once for what is read behind them. The rest waits for the next one. */
const TURN = 2.5;
/** How many messages, of whichever peers, are handled between two looks at the clock. */
const CREDIT = 64;
/** The same when the time is over: what everybody who has just been read may do still, so that one with little to say need not wait for those with much. */
const LITTLE = 4;

/** Those who had their turn are dropped when they are so many. */
const MOST_SERVED = 1024;

/** Somebody who waits until others have had their turn. */
export interface Waiting {
  /** Goes on. */
  again(): void;
}

/** What is left of this turn. `credit` falls with each message; {@link timeIsOver} is asked when it has reached zero. */
export const turnOfLoop: { credit: number } = { credit: CREDIT };

const waiting: Waiting[] = [];
let head = 0;
let due = false;
/** When this turn is over; 0 where it has not begun to be measured. */
let until = 0;

function begin(now: number): void {
  until = now + TURN;
  turnOfLoop.credit = CREDIT;
}

function turn(): void {
  due = false;
  const end = Math.min(head + PER_TURN, waiting.length);
  if (head < end) begin(performance.now());
  while (head < end) {
    waiting[head++]!.again();
    if (performance.now() >= until) break;
  }
  if (head === waiting.length || head >= MOST_SERVED) {
    waiting.splice(0, head);
    head = 0;
  }
  if (waiting.length !== 0) arm();
  // what is read now has time of its own
  until = 0;
  turnOfLoop.credit = CREDIT;
}

function arm(): void {
  if (due) return;
  due = true;
  setImmediate(turn);
}

/** Whether what is left of a peer's messages has to wait for the next turn of the event loop. Looks at the clock: to be asked when the credit is used up. */
export function timeIsOver(): boolean {
  const now = performance.now();
  if (until === 0) {
    arm();
    begin(now);
    return false;
  }
  const over = now >= until;
  turnOfLoop.credit = over ? LITTLE : CREDIT;
  return over;
}

/** Takes no part in turns: a peer in the same thread, which holds it as it likes. @returns false */
export function timeIsOurs(): false {
  turnOfLoop.credit = CREDIT;
  return false;
}

/** Has `who` called again in a later turn of the event loop: in the order of waiting, and few in one turn, so that all who have little to do are served in between. */
export function nextTurn(who: Waiting): void {
  waiting.push(who);
  arm();
}
