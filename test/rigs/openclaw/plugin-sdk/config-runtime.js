/** The plugin touches its configuration after a login so that the host reloads it; here there is nothing to reload. */
export function loadConfig() {
  return {}
}

export async function writeConfigFile() {}
