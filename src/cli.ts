#!/usr/bin/env node
import { existsSync } from 'node:fs'
import { Command } from 'commander'
import { stayLean } from './cli/lean.ts'
import type { SendOptions } from './cli/send-options.ts'
import { version } from './version.ts'

// A `.env` where the command is run is read like the environment, which wins where both speak.
if (existsSync('.env')) process.loadEnvFile('.env')

/* Modules that only one command needs are loaded by that command: `token list` should not wait for the server's. */
const program = new Command('hongyan')
  .description(
    'A self-hosted gateway that speaks the GeWe message API. Settings come from the environment: see env.example.',
  )
  .version(version)

program
  .command('serve')
  .description('serve the API; SIGTERM or SIGINT finishes the requests in flight and ends')
  .action(async () => {
    stayLean()
    const { serve } = await import('./main.ts')
    process.exitCode = await serve()
  })

program
  .command('demo')
  .description('send a real video to a friend and a group, forward it, download it, and compare')
  .option('--stay', 'keep the gateway up afterwards')
  .action(async ({ stay }: { stay?: boolean }) => {
    const { demo } = await import('./demo/demo.ts')
    process.exitCode = await demo({ stay: stay ?? false })
  })

program
  .command('send')
  .description('send a message through the running gateway and show how it comes on')
  .requiredOption('--as <device>', 'who speaks: an appId, or the wxid or nickname of one device')
  .requiredOption(
    '--to <wxid>',
    'who is written to: a wxid, a chatroom id, or the exact nickname of a contact',
  )
  .option('--video <file-or-url>', 'send a video')
  .option('--image <file-or-url>', 'send a picture')
  .option('--file <file-or-url>', 'send a file')
  .option('--text <text>', 'send a text')
  .option('--thumb <file-or-url>', "the video's thumbnail; without it the gateway takes a frame")
  .option('--duration <seconds>', "the video's length, where its file does not tell")
  .option('--url <base-url>', 'a gateway elsewhere; its token is taken from HONGYAN_TOKEN')
  .exitOverride(({ exitCode }) => process.exit(exitCode && 2))
  .action(async (options: SendOptions) => {
    const { send } = await import('./cli/send.ts')
    process.exitCode = await send(options)
  })

program
  .command('console')
  .description('print a link that opens the console, signed in')
  .option('--as <id-or-name>', 'the token whose devices it shows', 'first')
  .action(async (options: { as: string }) => (await import('./cli/console.ts')).printConsoleLink(options))

program
  .command('backup')
  .description('copy database, media and key into a new folder, while the gateway serves')
  .argument('<folder>', 'where backups are kept; media that an earlier one has are not copied again')
  .option('--without-database', 'media and key only: the rows are in PostgreSQL, and pg_dump comes first')
  .action(async (folder: string, options: { withoutDatabase?: boolean }) =>
    (await import('./cli/backup.ts')).backUp(folder, options),
  )

program
  .command('restore')
  .description('check a backup and put it into an empty data folder that no gateway serves')
  .argument('<backup>', 'a folder that `hongyan backup` made')
  .option('--data-dir <folder>', 'where to put it, instead of HONGYAN_DATA_DIR')
  .option('--force', 'move what is in the data folder aside')
  .action(async (folder: string, options: { dataDir?: string; force?: boolean }) =>
    (await import('./cli/restore.ts')).restore(folder, options),
  )

const token = program.command('token').description('the credentials of callers')
token
  .command('create')
  .description('make a token and show it, once')
  .argument('[name]', 'what it is for', 'cli')
  .action(async (name: string) => (await import('./cli/token.ts')).createToken(name))
token
  .command('list')
  .description('list tokens by id and name, never by value')
  .action(async () => (await import('./cli/token.ts')).listTokens())
token
  .command('revoke')
  .description('end a token; a running gateway stops taking it within seconds')
  .argument('<id-or-name>', 'as `token list` shows it')
  .action(async (idOrName: string) => (await import('./cli/token.ts')).revokeToken(idOrName))

const device = program.command('device').description('who callers can speak as')
device
  .command('add')
  .description('make a device of a token; log it in with /login/getLoginQrCode')
  .option('--token <id-or-name>', 'whose device it is', 'first')
  .option('--channel <name>', 'the channel it lives on: local or ilink')
  .action(async (options: { token: string; channel?: string }) =>
    (await import('./cli/device.ts')).addDevice(options),
  )
device
  .command('list')
  .description('list devices')
  .option('--token <id-or-name>', 'only those of one token')
  .action(async (options: { token?: string }) => (await import('./cli/device.ts')).listDevices(options))

try {
  await program.parseAsync()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
