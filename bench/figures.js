// @ts-check

/** @param {readonly number[]} values */
export function median(values) {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2
    ? Number(sorted[middle])
    : (Number(sorted[middle - 1]) + Number(sorted[middle])) / 2
}

/**
 * Three significant digits, or all of a whole number.
 * @param {number} value
 */
export const short = (value) =>
  value >= 100 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(3)))

/**
 * The median, and between what it lies.
 * @param {readonly number[]} values
 * @param {string} unit
 */
export function spread(values, unit) {
  return `${short(median(values))} ${unit} (${short(Math.min(...values))} to ${short(Math.max(...values))})`
}

/**
 * @typedef {object} Goal
 * @property {string} name
 * @property {number} value
 * @property {string} [unit]
 * @property {number} [atLeast]
 * @property {number} [atMost]
 */

/** @param {Goal} goal */
export function wanted({ name, unit = '', atLeast, atMost }) {
  return `${name} ${atLeast === undefined ? `at most ${atMost}` : `at least ${atLeast}`}${unit && ` ${unit}`}`
}

/**
 * "met", or every missed goal and by how much.
 * @param {readonly Goal[]} goals
 */
export function verdict(goals) {
  const missed = goals.flatMap(({ name, value, unit = '', atLeast, atMost }) => {
    const off = atLeast === undefined ? value / Number(atMost) - 1 : 1 - value / atLeast
    const way = atLeast === undefined ? 'over' : 'under'
    return off <= 0 ? [] : [`${name} ${short(value)}${unit && ` ${unit}`}, ${short(off * 100)} % ${way}`]
  })
  return missed.length === 0 ? 'met' : `missed: ${missed.join('; ')}`
}

/**
 * What one row of the table says.
 * @typedef {object} Row
 * @property {string} what
 * @property {string} measured
 * @property {string} versus
 * @property {string} compared
 * @property {Goal[]} goals the first is the ratio of the two
 */
