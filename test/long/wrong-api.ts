/**
 * `wrong-api.ts PORT empty|failing CERTIFICATE KEY`: an API server that knows nothing. It answers LISTs of Nodes and of the
 * agents' configuration as it is told and refuses all else, so that a kubelet that strays here does no harm. Ends with its
 * standard input.
 */
import {readFileSync} from 'node:fs'
import {createServer} from 'node:https'

const [port, lists, certificate = '', key = ''] = process.argv.slice(2)
const known = [/^\/api\/v1\/nodes(?:\?(?!.*fieldSelector)|$)/u, /^\/api\/v1\/namespaces\/kube-system\/configmaps\?/u]

const server = createServer({cert: readFileSync(certificate), key: readFileSync(key)}, (request, response) => {
  const url = request.url ?? ''
  const isEmpty = lists === 'empty' && known.some((path) => path.test(url))
  if (isEmpty && url.includes('watch=')) {
    // Nothing ever happens.
    response.writeHead(200, {'content-type': 'application/json'}).flushHeaders()
    return
  }
  const body = isEmpty
    ? {kind: 'List', apiVersion: 'v1', metadata: {resourceVersion: '1'}, items: []}
    : {kind: 'Status', apiVersion: 'v1', status: 'Failure', code: 503, message: 'this API server knows nothing'}
  response.writeHead(isEmpty ? 200 : 503, {'content-type': 'application/json'}).end(JSON.stringify(body))
})
server.listen(Number(port))
process.stdin.on('end', () => process.exit(0)).resume()
