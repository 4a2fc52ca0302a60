import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { certificate } from '../rigs/certificate.ts'
import { newFolder } from '../rigs/process.ts'
import { deployed, filledIn, searched } from './program.ts'

export type ProxyName = 'nginx' | 'caddy'

/** A proxy with the settings of deploy/, in front of a gateway. */
export interface Proxy {
  /** Ends it, and answers what it wrote into its log of requests. */
  stop(): Promise<void>
  readonly accessLog: string
}

interface Ports {
  readonly https: number
  readonly http: number
}

/** Ports that nobody listens on now. */
export async function freePorts(): Promise<Ports> {
  const servers = [createServer(), createServer()]
  const ports = []
  for (const server of servers) {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    ports.push(typeof address === 'object' && address ? address.port : 0)
  }
  for (const server of servers) server.close()
  const [https = 0, http = 0] = ports
  return { https, http }
}

/** Starts it; whether it serves already is for the caller to see. */
export function startProxy(name: ProxyName, gatewayUrl: string, ports: Ports): Proxy {
  const folder = newFolder()
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
  writeFileSync(cert, certificate.cert)
  writeFileSync(key, certificate.key)
  const accessLog = join(folder, 'access.log')
  const gateway = new URL(gatewayUrl).host
  const args =
    name === 'nginx'
      ? nginx(folder, { cert, key, accessLog, gateway, ...ports })
      : caddy(folder, { cert, key, gateway, ...ports })
  const child = spawn(name, args, { env: { ...searched(), HOME: folder }, stdio: 'ignore' })
  return {
    accessLog,
    async stop() {
      if (child.exitCode !== null) return
      const gone = once(child, 'exit')
      child.kill('SIGTERM')
      await gone
    },
  }
}

interface Place extends Ports {
  readonly cert: string
  readonly key: string
  readonly gateway: string
}

function nginx(
  folder: string,
  { cert, key, accessLog, gateway, https, http }: Place & { accessLog: string },
) {
  const site = filledIn(deployed('nginx.conf'), [
    [/^ +listen \[::\].*\n/gm, ''],
    ['listen 80;', `listen 127.0.0.1:${http};`],
    ['listen 443 ssl', `listen 127.0.0.1:${https} ssl`],
    ['127.0.0.1:2531', gateway],
    ['/etc/letsencrypt/live/gateway.example.com/fullchain.pem', cert],
    ['/etc/letsencrypt/live/gateway.example.com/privkey.pem', key],
    ['/var/log/nginx/hongyan.log', accessLog],
  ])
  writeFileSync(join(folder, 'site.conf'), site)
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((kind) => `${kind}_temp_path ${join(folder, kind)};`)
    .join(' ')
  const main = join(folder, 'nginx.conf')
  writeFileSync(
    main,
    `daemon off; worker_processes 1; pid ${join(folder, 'pid')}; error_log stderr;
    ${process.getuid?.() === 0 ? 'user root;' : ''}
    events {} http { ${temporary} access_log off; include ${join(folder, 'site.conf')}; }`,
  )
  return ['-c', main, '-e', 'stderr']
}

function caddy(folder: string, { cert, key, gateway, https, http }: Place) {
  const site = filledIn(deployed('Caddyfile'), [
    ['gateway.example.com {\n', `https://127.0.0.1:${https} {\n\ttls ${cert} ${key}\n`],
    ['127.0.0.1:2531', gateway],
  ])
  const path = join(folder, 'Caddyfile')
  writeFileSync(path, `{\n\tadmin off\n\thttp_port ${http}\n\thttps_port ${https}\n}\n${site}`)
  return ['run', '--adapter', 'caddyfile', '--config', path]
}
