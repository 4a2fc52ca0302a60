import { createRequire } from 'node:module'

const manifest: { version: string } = createRequire(import.meta.url)('../package.json')

/** This release, from package.json. */
export const version: string = manifest.version
