/** A connection as one application sees it: what events, matches and listeners know of a `Channel`. */
export interface View {
  /** 0 for the main connection. */
  readonly auxiliaryId: number;
}
