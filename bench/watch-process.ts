/** The peer of the agent that `agent.ts` measures: one connection with one watch, by Node's own client. It ends when its input does. */
import https from 'node:https'

const [url = '', token = '', ca = ''] = process.argv.slice(2)
const request = https.get(`${url}/api/v1/namespaces?watch=true`, { ca, headers: { authorization: `Bearer ${token}` } }, (response) => {
  if (response.statusCode !== 200) throw new Error(`the API server answered ${response.statusCode}`)
  response.resume()
})
process.stdin.on('end', () => request.destroy()).resume()
request.on('error', () => {})
