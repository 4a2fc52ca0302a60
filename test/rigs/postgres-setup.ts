import { randomBytes } from 'node:crypto'
import type { TestProject } from 'vitest/node'
import { startCluster } from './postgres-cluster.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** A server on which databases may be made and dropped; empty when there is none. */
    postgresUrl: string
  }
}

/** One PostgreSQL for the whole run: the one that HONGYAN_TEST_POSTGRES_URL names, else a throw-away cluster. */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const given = process.env.HONGYAN_TEST_POSTGRES_URL
  if (given) {
    project.provide('postgresUrl', given)
    return undefined
  }
  const cluster = await startCluster(randomBytes(4).toString('hex'))
  project.provide('postgresUrl', cluster?.url ?? '')
  if (!cluster) console.warn('PostgreSQL is not at hand: its tests did not run')
  return cluster?.stop
}
