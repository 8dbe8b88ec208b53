/**
 * The rest of a request that is carried out in pieces: each `next()` is one, well under a millisecond. Others' requests are carried out in between. May throw what `handleMessage` throws.
 */
export type Work = Generator<void, void, void>;
