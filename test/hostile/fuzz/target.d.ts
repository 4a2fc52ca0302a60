/** What each file in targets/ exports. */
export interface Target {
  /** Good inputs to begin with. */
  readonly corpus: readonly Buffer[]
  /** Pieces worth putting in. */
  readonly words?: readonly string[]
  /** Bytes; 64 KiB unless told. */
  readonly maxLength?: number
  /** Whether inputs are JSON, whose values are worth exchanging. */
  readonly json?: boolean
  /** Throws what must not happen. */
  fuzz(input: Buffer): void | Promise<void>
}
