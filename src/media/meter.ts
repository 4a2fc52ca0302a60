/** How far bytes have come; read by whoever wants to know, and written by a mere addition for each piece. */
export interface Meter {
  done: number
  /** Undefined where nobody has told. */
  total: number | undefined
}

export const newMeter = (): Meter => ({ done: 0, total: undefined })
