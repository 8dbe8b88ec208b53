/** The screen: drawn in place, and given back whatever happens. */
import { EventEmitter } from "node:events";
import type { WriteStream } from "node:tty";
import { expect, test } from "vitest";
import { Screen } from "../../src/cli/southbound/screen.js";

/** A terminal that only keeps what is written to it. */
class FakeTerminal extends EventEmitter {
  columns = 20;
  rows = 3;
  written: string[] = [];
  write(text: string): boolean {
    this.written.push(text);
    return true;
  }
  take(): string {
    return this.written.splice(0).join("");
  }
}

function open(draw: (columns: number, rows: number) => readonly string[]) {
  const terminal = new FakeTerminal();
  const screen = new Screen(terminal as unknown as WriteStream, draw, 1_000_000);
  return { terminal, screen };
}

test("it enters the alternate screen, draws from the top, and leaves it", () => {
  const { terminal, screen } = open(() => ["one", "two"]);
  const shown = terminal.take();
  expect(shown).toContain("\x1b[?1049h");
  expect(shown).toContain("\x1b[H" + "one\x1b[K\r\ntwo\x1b[K\r\n\x1b[J");
  screen[Symbol.dispose]();
  expect(terminal.take()).toBe("\x1b[?7h\x1b[?25h\x1b[?1049l");
  screen[Symbol.dispose]();
  expect(terminal.take()).toBe("");
});

test("a picture that has not changed is not sent again; one for a new size is", () => {
  let text = "a";
  const { terminal, screen } = open((columns) => [`${text} ${columns}`]);
  terminal.take();
  screen.draw();
  expect(terminal.take()).toBe("");
  text = "b";
  screen.draw();
  expect(terminal.take()).toContain("b 20");
  terminal.columns = 30;
  terminal.emit("resize");
  expect(terminal.take()).toContain("b 30");
  screen[Symbol.dispose]();
});

test("a full line is not erased at its end, and no more lines are drawn than there are", () => {
  const { terminal, screen } = open((columns) => Array(5).fill(`\x1b[1m${"x".repeat(columns)}\x1b[0m`));
  const shown = terminal.take();
  expect(shown.match(/x{20}/g)).toHaveLength(3);
  expect(shown).not.toContain("\x1b[K");
  expect(shown).not.toContain("\x1b[J");
  screen[Symbol.dispose]();
});

test("it is given back when the process exits or fails", () => {
  for (const event of ["exit", "uncaughtExceptionMonitor"] as const) {
    const before = process.listeners(event as "exit");
    const { terminal, screen } = open(() => ["x"]);
    terminal.take();
    const [added] = process.listeners(event as "exit").filter((listener) => !before.includes(listener));
    added!(0);
    expect(terminal.take()).toContain("\x1b[?1049l");
    screen[Symbol.dispose]();
    expect(process.listeners(event as "exit")).toEqual(before);
  }
});
