import {connect, createServer, type NetConnectOpts, type Server, type Socket} from 'node:net'
import {rmSync, writeFileSync} from 'node:fs'
import {startTicksOf} from './machines.ts'

/**
 * Half of the road into the lab: takes connections in one network namespace and makes them in another, over a unix socket
 * that both see. `relay.ts inside SOCKET HOST PORT` runs in the router's namespace, `relay.ts outside SOCKET PORT PID
 * PORTFILE` on the machine itself, as long as process PID lives; PORT 0 takes a free one, which PORTFILE then names.
 */
function main([half, socket = '', ...rest]: readonly string[]): void {
  if (half === 'inside') {
    const [host = '', port = ''] = rest
    rmSync(socket, {force: true})
    relay({host, port: Number(port)}).listen(socket)
    return
  }
  const [port = '', pid = '', portFile = ''] = rest
  const server = relay({path: socket}).listen(Number(port), '127.0.0.1', () => {
    const address = server.address()
    if (address !== null && typeof address === 'object') writeFileSync(portFile, String(address.port))
  })
  endWith(Number(pid))
}

function relay(target: NetConnectOpts): Server {
  return createServer({allowHalfOpen: true}, (near) => {
    join(near, connect({...target, allowHalfOpen: true}))
  })
}

/** A reset on one side is a reset on the other: clients of a watch must notice. */
function join(near: Socket, far: Socket): void {
  for (const [from, to] of [
    [near, far],
    [far, near],
  ] as const) {
    from.setNoDelay(true)
    from.pipe(to)
    from.on('error', () => to.destroy())
    from.on('close', () => to.end())
  }
}

function endWith(pid: number): void {
  const born = startTicksOf(pid)
  setInterval(() => {
    if (born === undefined || startTicksOf(pid) !== born) process.exit(0)
  }, 1000)
}

main(process.argv.slice(2))
