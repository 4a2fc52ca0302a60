import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { newFolder } from '../rigs/process.ts'

/** A file system of its own, to be filled or broken. */
export interface Mounted {
  readonly folder: string
  /** Mounts it again with other options; false where the kernel refuses. */
  remount(options: string): boolean
  unmount(): void
}

const mebibyte = 1024 ** 2

/** A small disk in memory, or undefined where this process may not mount. */
export function mountTmpfs(mebibytes: number): Mounted | undefined {
  return mounted(['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs'])
}

/** A disk that can break as it is written to. */
interface Breakable extends Mounted {
  /** Nothing can be written from now on, whoever has files open. */
  breakDown(): void
  /** Repairs it and puts it back; nobody may have it in use. */
  mend(): void
}

/** An ext4 in a file, or undefined where that is not to be had. */
export function mountExt4(mebibytes: number): Breakable | undefined {
  const image = join(newFolder(), 'disk.img')
  writeFileSync(image, Buffer.alloc(mebibytes * mebibyte))
  const options = ['-o', 'loop,errors=remount-ro', image]
  const disk = succeeds('mkfs.ext4', ['-q', image]) ? mounted(options) : undefined
  if (!disk) return undefined
  return {
    ...disk,
    breakDown() {
      if (!disk.remount('abort')) throw new Error('the disk did not break')
    },
    mend() {
      disk.unmount()
      // It fails where it had something to repair.
      succeeds('fsck.ext4', ['-y', image])
      if (!succeeds('mount', [...options, disk.folder])) throw new Error('the disk cannot be mounted again')
    },
  }
}

function mounted(args: readonly string[]): Mounted | undefined {
  const folder = newFolder()
  if (!succeeds('mount', [...args, folder])) return undefined
  return {
    folder,
    remount: (options) => succeeds('mount', ['-o', `remount,${options}`, folder]),
    // Whatever still looks at it must not keep it: the test is over.
    unmount: () => void succeeds('umount', ['-l', folder]),
  }
}

function succeeds(command: string, args: readonly string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0
}
