import {BlockList, isIP} from 'node:net'
import {AntctlError} from '../model/errors.ts'

const schemes = ['http:', 'https:', 'socks5:', 'socks5h:'] as const

/** As kubectl chooses: the kubeconfig's proxy-url, else HTTPS_PROXY unless NO_PROXY has the server. undefined: none. */
export function proxyFor(server: URL, proxyUrl: string | undefined, environment: NodeJS.ProcessEnv): URL | undefined {
  if (proxyUrl !== undefined) return parseProxy(proxyUrl, 'proxy-url of the kubeconfig')
  const named = environment['HTTPS_PROXY'] ?? environment['https_proxy'] ?? ''
  if (named === '' || isExempt(server, environment['NO_PROXY'] ?? environment['no_proxy'] ?? '')) return undefined
  return parseProxy(named.includes('://') ? named : `http://${named}`, 'HTTPS_PROXY')
}

function parseProxy(text: string, source: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url !== undefined && schemes.some((scheme) => scheme === url.protocol)) return url
  throw new AntctlError('KUBECONFIG_INVALID', `${source} is not an http, https or socks5 address`, {
    remedy: ['write http://HOST:PORT or socks5://HOST:PORT'],
  })
}

function isExempt(server: URL, list: string): boolean {
  const host = server.hostname.replace(/^\[(.*)\]$/u, '$1')
  if (host === 'localhost' || host === '::1' || host.startsWith('127.')) return true
  const rules = list.split(',').map((rule) => rule.trim().toLowerCase())
  return rules.some((rule) => rule === '*' || (rule !== '' && exempts(rule, host.toLowerCase(), server.port || '443')))
}

/** "10.0.0.0/8", "example.com" (with its subdomains), ".example.com" (only those), "example.com:6443". */
function exempts(rule: string, host: string, port: string): boolean {
  const [network = '', prefix] = rule.split('/')
  if (prefix !== undefined) return isIP(host) !== 0 && isInside(network, Number(prefix), host)
  const [, name = rule, wantedPort] = /^(.*?)(?::(\d+))?$/u.exec(rule) ?? []
  if (wantedPort !== undefined && isIP(rule) === 0 && wantedPort !== port) return false
  const bare = isIP(rule) === 0 ? name : rule
  return host === bare || host.endsWith(bare.startsWith('.') ? bare : `.${bare}`)
}

function isInside(network: string, prefix: number, host: string): boolean {
  const family = isIP(network) === 6 ? 'ipv6' : 'ipv4'
  if (isIP(network) === 0 || !Number.isInteger(prefix) || prefix < 0 || prefix > (family === 'ipv6' ? 128 : 32))
    return false
  const list = new BlockList()
  list.addSubnet(network, prefix, family)
  return isIP(host) === isIP(network) && list.check(host, family)
}
