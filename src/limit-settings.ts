import * as read from './settings.ts'
import { define } from './settings.ts'

/** The part of the settings that keeps one token from starving the others; `config.ts` reads it. */
export const limitSettings = {
  tokenRequestRate: define({
    name: 'HONGYAN_TOKEN_REQUEST_RATE',
    example: '200',
    doc: 'Requests a second of one token. A second’s worth may come at once; what comes faster is slowed down, and refused once it would wait for 2 seconds. 0 turns the limit off.',
    parse: read.whole(200, 0, 1_000_000),
  }),
  tokenIntakes: define({
    name: 'HONGYAN_TOKEN_INTAKES',
    example: '256',
    doc: 'Sends and uploads of one token that bring bytes in at once; further ones are refused.',
    parse: read.whole(256, 1, 100_000),
  }),
  tokenBytesInFlight: define({
    name: 'HONGYAN_TOKEN_BYTES_IN_FLIGHT',
    example: '4GiB',
    doc: 'Bytes of one token on their way in at once, counted as their senders announce them; a single file passes whatever its size.',
    parse: read.whole(4 * 1024 ** 3, 1, 1024 ** 5, 'bytes'),
  }),
}
