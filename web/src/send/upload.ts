import { CallError, consoleHeaders, dataOf } from '../api/call.ts'

interface UploadOptions {
  /** Told of bytes that have left, of all. */
  readonly onProgress: (done: number, total: number) => void
  readonly signal: AbortSignal
}

/**
 * Moves files of this computer to the gateway, one after the other.
 * @returns the URLs at which the gateway finds them
 * @throws {CallError}; the signal's reason when aborted
 */
export async function uploadAll(
  files: readonly File[],
  { onProgress, signal }: UploadOptions,
): Promise<ReadonlyMap<File, string>> {
  const total = files.reduce((sum, { size }) => sum + size, 0)
  const urls = new Map<File, string>()
  let before = 0
  onProgress(0, total)
  for (const file of files) {
    const tell = (done: number) => onProgress(Math.min(total, before + done), total)
    urls.set(file, await upload(file, tell, signal))
    before += file.size
  }
  return urls
}

/** `fetch` tells nothing of how far a body has come, hence the old way. */
function upload(file: File, onProgress: (done: number) => void, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const request = new XMLHttpRequest()
    request.open('POST', `/console/api/tools/uploadFile?name=${encodeURIComponent(file.name)}`)
    request.setRequestHeader('content-type', 'application/octet-stream')
    for (const [name, value] of Object.entries(consoleHeaders)) request.setRequestHeader(name, value)
    request.upload.onprogress = ({ loaded }) => onProgress(loaded)
    request.onload = () => {
      try {
        resolve(dataOf<{ fileUrl: string }>(jsonOf(request.responseText)).fileUrl)
      } catch (error) {
        reject(error)
      }
    }
    // Also when the file has changed or gone since it was chosen. Nothing was asked to be sent yet.
    request.onerror = () =>
      reject(new CallError({ code: 'unreachable', reason: '', sent: 'no', retryable: true }))
    request.onabort = () => reject(signal.reason)
    signal.addEventListener('abort', () => request.abort())
    request.send(file)
  })
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
