import { setFlagsFromString } from 'node:v8'

/**
 * Tells V8 to stay small, before the server's modules are loaded: what a gateway holds is rows in flight and passing
 * buffers. Measured on an idle gateway: 10 MB less.
 */
export function stayLean(): void {
  // The young generation stays at its first size instead of growing to 16 MB.
  setFlagsFromString('--semi-space-growth-factor=1')
  // undici's parser is WebAssembly; its optimising compiler takes more memory than the parser gives back in speed.
  setFlagsFromString('--liftoff-only')
}
