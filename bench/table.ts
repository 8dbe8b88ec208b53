/** A column of a table for people. */
export interface Column<T> {
  readonly title: string;
  readonly align: "left" | "right";
  readonly cell: (row: T) => string;
}

/** Makes a column. */
export function column<T>(title: string, align: "left" | "right", cell: (row: T) => string): Column<T> {
  return { title, align, cell };
}

/** The lines of a table: titles, and one line for each row. */
export function table<T>(rows: readonly T[], columns: readonly Column<T>[]): string[] {
  const cells = [columns.map((c) => c.title), ...rows.map((row) => columns.map((c) => c.cell(row)))];
  const widths = columns.map((_, i) => Math.max(...cells.map((line) => line[i]!.length)));
  return cells.map((line) =>
    line
      .map((text, i) => (columns[i]!.align === "left" ? text.padEnd(widths[i]!) : text.padStart(widths[i]!)))
      .join("  ")
      .trimEnd(),
  );
}
