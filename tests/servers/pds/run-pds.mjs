// The AT Protocol reference server with its own directory of identities, in memory, on loopback only.
// Run it in the folder where package-lock.json was installed. One JSON line says that it is ready:
//   {"ready":true,"pds":"http://localhost:…","plc":"http://localhost:…","pid":…}
// PDS_PORT, PLC_PORT: ports (free ones if not given). PDS_RATE_LIMITS=1: limits as in the open.
// It ends on SIGTERM, and when its stdin ends: a killed test run leaves no server behind.
import net from 'node:net'
import { createRequire } from 'node:module'
import path from 'node:path'
import { pathToFileURL } from 'node:url'

// Without a host Node listens on every interface, and dev-env has no setting for it.
const listen = net.Server.prototype.listen
net.Server.prototype.listen = function (first, ...rest) {
  if (first !== null && typeof first === 'object' && 'port' in first) {
    return listen.call(this, { ...first, host: '127.0.0.1' }, ...rest)
  }
  const isPort = first === undefined || first === null || typeof first === 'number' || /^\d+$/.test(first)
  if (!isPort) return listen.call(this, first, ...rest) // a path or a handle: not an address of the machine
  const done = rest.find((one) => typeof one === 'function')
  return listen.call(this, { port: Number(first ?? 0), host: '127.0.0.1' }, done)
}

// Imports are looked up from where this file lies; the modules lie in the working folder.
const installed = createRequire(path.join(process.cwd(), 'package.json'))
const { TestNetworkNoAppView } = await import(pathToFileURL(installed.resolve('@atproto/dev-env')))

// A port given as undefined would override the free one that dev-env finds.
const port = (name) => (process.env[name] ? { port: Number(process.env[name]) } : {})
const network = await TestNetworkNoAppView.create({
  plc: port('PLC_PORT'),
  pds: { ...port('PDS_PORT'), rateLimitsEnabled: process.env.PDS_RATE_LIMITS === '1' },
})

let ending = false
async function end() {
  if (ending) return
  ending = true
  setTimeout(() => process.exit(0), 3000).unref() // an open connection must not keep it alive
  await network.close()
  process.exit(0)
}
process.on('SIGTERM', end)
process.on('SIGINT', end)
process.stdin.on('end', end).on('error', end).resume()

console.log(JSON.stringify({ ready: true, pds: network.pds.url, plc: network.plc.url, pid: process.pid }))
