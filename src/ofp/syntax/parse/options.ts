/** What the names in a text stand for. */
export interface SyntaxOptions {
  /** The numbers of ports by their names. */
  readonly ports?: ReadonlyMap<string, number> | undefined;
  /** The numbers of tables by their names. */
  readonly tables?: ReadonlyMap<string, number> | undefined;
}
