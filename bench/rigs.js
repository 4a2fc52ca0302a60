// @ts-check
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import ts from 'typescript'

const rigs = fileURLToPath(new URL('../test/rigs/', import.meta.url))
const compilerOptions = {
  module: ts.ModuleKind.ESNext,
  target: ts.ScriptTarget.ES2023,
  verbatimModuleSyntax: true,
  rewriteRelativeImportExtensions: true,
}

/**
 * WeChat's side and Tencent's client as the tests have them, stripped of their types: Node 20 runs no TypeScript.
 * @param {string} folder where they go; inside the project, so that they find its packages
 * @returns the address of the folder, for `import`
 */
export function compileRigs(folder) {
  mkdirSync(join(folder, 'ilink'), { recursive: true })
  const parts = readdirSync(join(rigs, 'ilink')).map((name) => join('ilink', name))
  for (const file of ['ilink-server.ts', 'official-client.ts', ...parts]) {
    const { outputText } = ts.transpileModule(readFileSync(join(rigs, file), 'utf8'), { compilerOptions })
    writeFileSync(join(folder, file.replace(/\.ts$/, '.js')), outputText)
  }
  return pathToFileURL(`${folder}/`).href
}
