/** For the tests, which TypeScript reads without the program's own JSDoc. */
type Point = readonly [number, number]

export function percentile(sorted: readonly number[], share: number): number
export function summary(values: readonly number[]): Summary
export function trend(points: readonly Point[]): { mean: number; slope: number; standardError: number }
export function flatness(points: readonly Point[]): {
  mean: number
  change: number
  noise: number
  isFlat: boolean
}

export interface Summary {
  count: number
  p50: number
  p90: number
  p99: number
  max: number
}
