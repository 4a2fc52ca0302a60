import type { IncomingMessage, ServerResponse } from 'node:http'
import { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type Answer, type Fate, reset } from './fates.ts'
import { createMeasure } from './measure.ts'
import type { Objects } from './objects.ts'
import type { IlinkOptions } from './options.ts'
import type { Spool } from './spool.ts'

interface CdnPlace {
  readonly options: IlinkOptions
  readonly objects: Objects
  readonly spool: Spool
  violate(text: string): void
}

/** The CDN: takes ciphertext against a permit, gives it back against a parameter. */
export function createCdn({ options, objects, spool, violate }: CdnPlace) {
  /** Refused before the body matters; the body is read all the same, so that the client can read why. */
  function refused(request: IncomingMessage, status: number, words: string, isViolation = true): Answer {
    if (isViolation) violate(`cdn/upload: ${words}`)
    request.resume()
    return refusal(status, words)
  }

  return {
    /** `undefined` when there is nobody left to answer. */
    async upload(
      request: IncomingMessage,
      query: URLSearchParams,
      fate: Fate | undefined,
      onBytes: (total: number) => void,
    ): Promise<Answer | undefined> {
      if (request.headers.authorization !== undefined)
        violate('cdn/upload: the bearer token is shown to the CDN')
      if (request.headers['content-type'] !== 'application/octet-stream') {
        violate('cdn/upload: Content-Type is not application/octet-stream')
      }
      const permit = objects.permitOf(query.get('encrypted_query_param') ?? '')
      if (!permit) return refused(request, 400, 'encrypted_query_param is no permit')
      if (query.get('filekey') !== permit.filekey)
        return refused(request, 400, 'filekey is another than the permit names')
      // A client whose answer was lost tries the same URL again, and is right to.
      if (permit.used) return refused(request, 400, 'the permit is used up', false)
      const length = request.headers['content-length']
      if (length === undefined && !options.chunkedUploads) {
        return refused(request, 411, 'Content-Length is missing')
      }
      if (length !== undefined && Number(length) !== permit.sealedSize) {
        return refused(request, 400, `Content-Length is ${length}, declared were ${permit.sealedSize}`)
      }

      const cutAt = fate && 'resetAfter' in fate ? fate.resetAfter : Number.POSITIVE_INFINITY
      let total = 0
      const measure = createMeasure({
        key: options.verifyUploads ? permit.key : undefined,
        bytesPerSecond: () => options.slowReadBytesPerSecond,
        onBytes(count) {
          total = count
          onBytes(count)
          if (count < cutAt) return false
          reset(request)
          return true
        },
      })
      const sink = options.keepUploads ? spool.sink(permit.sealedSize) : nowhere()
      try {
        await pipeline(request, measure.stream, sink.stream)
      } catch {
        return undefined
      }
      if (total !== permit.sealedSize) {
        return refused(request, 400, `the body has ${total} bytes, declared were ${permit.sealedSize}`)
      }
      const damage = measure.fault(permit.md5)
      if (damage !== undefined) violate(`cdn/upload: ${damage}`)
      permit.used = true
      const object = objects.store(permit, sink.done(), damage)
      return { status: 200, headers: { 'x-encrypted-param': object.param }, body: '' }
    },

    /** Writes the ciphertext itself; an answer to write is a refusal. */
    async download(query: URLSearchParams, response: ServerResponse): Promise<Answer | undefined> {
      const object = objects.get(query.get('encrypted_query_param') ?? '')
      if (!object?.sealed || object.stale) return refusal(400, 'encrypted_query_param is unknown')
      const taskid = query.get('taskid')
      if (options.taskid && taskid !== object.taskid) return refusal(400, 'taskid is missing')
      response.writeHead(200, {
        'content-type': 'application/octet-stream',
        'content-length': object.sealed.length,
      })
      await pipeline(object.sealed.open(), response).catch(() => {})
      return undefined
    },
  }
}

function refusal(status: number, words: string): Answer {
  const headers = { 'x-error-message': words, 'x-error-code': '-5102031' }
  return { status, headers, body: '' }
}

function nowhere() {
  const stream = new Writable({ highWaterMark: 1 << 20, write: (_part, _encoding, next) => next() })
  return { stream, done: () => undefined }
}
