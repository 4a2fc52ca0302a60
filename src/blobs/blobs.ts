/** A half-open range of bytes: `start` included, `end` not. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

/**
 * Where sealed bytes rest. A blob is staged, then committed under a key or discarded; only a committed blob is ever
 * listed or opened by key, and it never changes afterwards. Keys are `[a-z0-9-]`, made by us, at most 128 long.
 * Every method throws GatewayError `storage_full` or `storage_failed`; `pieces` and `read` throw `media_gone` where
 * there is no such blob.
 */
export interface Blobs {
  /**
   * Takes the whole of `source`, or nothing: when `source` throws, what was written is gone and the error passes on as
   * it is. The bytes become durable while they wait for their key.
   */
  stage(source: AsyncIterable<Buffer>): Promise<StagedBlob>
  /**
   * The bytes of `range`, for a reader that is done with each piece before it asks for the next: pieces share their
   * memory, so that any length takes no more than two of them.
   * @param pieceBytes how long each is, the last excepted; 1 MiB unless given
   */
  pieces(key: string, range: ByteRange, pieceBytes?: number): AsyncIterable<Buffer>
  /** The bytes of `range`, for small reads. */
  read(key: string, range: ByteRange): Promise<Buffer>
  /** Deletes; a key that is not there is fine. */
  delete(key: string): Promise<void>
  /** Every committed key with its age reference, Unix milliseconds, in no order. */
  list(): AsyncIterable<{ readonly key: string; readonly committedAt: number }>
  /** Resolves when a blob could be staged now. */
  ping(): Promise<void>
}

export interface StagedBlob {
  /** Bytes taken. */
  readonly length: number
  /** As Blobs.read, before the blob has a key. */
  read(range: ByteRange): Promise<Buffer>
  /** Waits until the bytes are durable, and gives the blob its key; durable when it resolves. */
  commit(key: string): Promise<void>
  /** Removes the bytes; does nothing after commit. */
  discard(): Promise<void>
}

/** @throws {RangeError} for a key we did not make */
export function assertKey(key: string): void {
  if (!/^[a-z0-9][a-z0-9-]{3,127}$/.test(key)) throw new RangeError('not a blob key')
}
