/** For the tests, which TypeScript reads without the program's own JSDoc. */
export function arrivals(rate: number, seconds: number, random: () => number): Generator<number, void>
export function openLoop(moments: Iterable<number>, act: (intended: number) => Promise<void>): Promise<void>
export function pick<Name extends string>(
  shares: readonly (readonly [Name, number])[],
  random: () => number,
): Name
