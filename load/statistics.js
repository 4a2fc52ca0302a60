// @ts-check

/**
 * The smallest of the values that at least `share` of them do not exceed (nearest rank); NaN when there are none.
 * @param {readonly number[]} sorted ascending
 * @param {number} share from 0 to 1
 */
export function percentile(sorted, share) {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN
}

/** @param {readonly number[]} values */
export function summary(values) {
  const sorted = values.toSorted((a, b) => a - b)
  return {
    count: sorted.length,
    p50: percentile(sorted, 0.5),
    p90: percentile(sorted, 0.9),
    p99: percentile(sorted, 0.99),
    max: percentile(sorted, 1),
  }
}

/** @typedef {ReturnType<typeof summary>} Summary */

/**
 * A straight line through points by least squares.
 * @param {readonly (readonly [number, number])[]} points
 */
export function trend(points) {
  const count = points.length
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / count
  const mean = points.reduce((sum, [, y]) => sum + y, 0) / count
  const spread = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0)
  const slope = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - mean), 0) / spread
  const off = points.reduce((sum, [x, y]) => sum + (y - mean - slope * (x - meanX)) ** 2, 0)
  return { mean, slope, standardError: Math.sqrt(off / (count - 2) / spread) }
}

/**
 * Whether the second half of a series goes neither up nor down: over that half its trend changes it by less than two
 * standard errors of the trend would, or by less than 5 % of its mean.
 * @param {readonly (readonly [number, number])[]} points seconds and values, ascending
 */
export function flatness(points) {
  const half = points.slice(points.length >> 1)
  const [first = [0, 0]] = half
  const seconds = (half.at(-1)?.[0] ?? 0) - first[0]
  const { mean, slope, standardError } = trend(half)
  const change = slope * seconds
  const noise = 2 * standardError * seconds
  return { mean, change, noise, isFlat: Math.abs(change) < Math.max(noise, mean * 0.05) }
}
