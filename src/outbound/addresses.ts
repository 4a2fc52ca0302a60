import ipaddr from 'ipaddr.js'

/** Whether the gateway may open a connection to this IP address. */
export type Permits = (address: string) => boolean

type Address = ipaddr.IPv4 | ipaddr.IPv6

/** The prefix that translators put before an IPv4 address (RFC 6052): what an IPv6-only host sees of the IPv4 web. */
const nat64 = ipaddr.IPv6.parseCIDR('64:ff9b::/96')
/** All unicast that IANA ever gave out; what lies outside is special or unassigned (RFC 4291). */
const globalUnicast = ipaddr.IPv6.parseCIDR('2000::/3')
/** Azure's platform address answers to every guest and yet looks public. */
const azurePlatform = '168.63.129.16'

/**
 * The rule for addresses: plain public unicast, or inside one of `allow`. An IPv6 spelling of an IPv4 address is
 * judged as that IPv4 address; spellings that only tunnels use (6to4, Teredo, IPv4-compatible) are refused whole.
 * @param allow CIDR ranges, as `ranges` in settings.ts reads them
 */
export function createPermits(allow: readonly string[]): Permits {
  const opened = allow.map((range) => ipaddr.parseCIDR(range))
  return (text) => {
    if (!ipaddr.isValid(text)) return false
    const literal = ipaddr.parse(text)
    const address = plain(literal)
    return (
      isPublic(address) ||
      opened.some(([network, bits]) =>
        [literal, address].some((form) => form.kind() === network.kind() && form.match(network, bits)),
      )
    )
  }
}

/** `::1` is read as 127.0.0.1, so that opening that range opens `localhost` whichever way it resolves. */
function plain(address: Address): Address {
  if (address instanceof ipaddr.IPv4) return address
  if (address.isIPv4MappedAddress()) return address.toIPv4Address()
  return address.range() === 'loopback' ? ipaddr.IPv4.parse('127.0.0.1') : address
}

function isPublic(address: Address): boolean {
  if (address instanceof ipaddr.IPv4) {
    return address.range() === 'unicast' && address.toString() !== azurePlatform
  }
  if (address.match(nat64)) return isPublic(new ipaddr.IPv4(address.toByteArray().slice(12)))
  return address.range() === 'unicast' && address.match(globalUnicast)
}

/** Whether the address is the gateway's own machine: the usual mistake of a caller in another container. */
export function isOwnMachine(text: string): boolean {
  return ipaddr.isValid(text) && plain(ipaddr.parse(text)).range() === 'loopback'
}
