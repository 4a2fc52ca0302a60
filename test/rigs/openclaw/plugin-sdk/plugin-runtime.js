/** No hook is installed: nobody changes or stops a message on its way out. */
export function getGlobalHookRunner() {
  return null
}
