/** The parameter of a module's URL that counts how often it was loaded: Node never forgets a module of one URL. */
export const LOAD_PARAMETER = "southbound-load";
