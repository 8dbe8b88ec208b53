/** Ends the program with one line and exit status 1. */
export class Fatal extends Error {}
