import type { NewRow, Row } from '../../src/database/tables.ts'

interface BlobFixture {
  readonly key: string
  readonly tokenId: string
  readonly createdAt: number
  readonly sealedFor?: string
}

/** A blob that is a video, or with `sealedFor` the thumbnail of one. */
export function blobRow({ key, tokenId, createdAt, sealedFor = '' }: BlobFixture): Row<'blobs'> {
  return {
    blob_key: key,
    token_id: tokenId,
    kind: sealedFor ? 'thumb' : 'video',
    sha256: `sha256 of ${key}`,
    md5: `md5 of ${key}`,
    length: 5,
    aes_key: '00112233445566778899aabbccddeeff',
    sealed_for: sealedFor,
    mime: sealedFor ? 'image/jpeg' : 'video/mp4',
    extension: sealedFor ? 'jpg' : 'mp4',
    duration_ms: null,
    width: 240,
    height: 135,
    video_codec: null,
    audio_codec: null,
    created_at: createdAt,
  }
}

export function messageRow(
  of: Pick<NewRow<'messages'>, 'app_id' | 'token_id' | 'file_id' | 'state' | 'new_msg_id'>,
): NewRow<'messages'> {
  const incoming = of.state === 'held' || of.state === 'received'
  return {
    ...of,
    msg_id: 1,
    direction: incoming ? 'in' : 'out',
    from_wxid: 'wxid_a',
    to_wxid: 'wxid_b',
    msg_type: 43,
    content: '<msg/>',
    created_at: 1,
  }
}
