/** For the tests, which TypeScript reads without the program's own JSDoc. */
export function seeded(seed: number): () => number
