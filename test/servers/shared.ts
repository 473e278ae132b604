import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { type ApiServer, type Etcd, startApiServer, startControllerManager, startEtcd } from './control-plane.ts'

/** What a suite gets of the servers that all suites share. */
export interface SharedControlPlane {
  readonly etcd: { readonly url: string }
  readonly url: string
  /** The kubeconfig of `admin`, as text and as a file. */
  readonly kubeconfig: string
  readonly kubeconfigPath: string
  readonly ca: string
  /** The kubeconfig of `limited`, a user without any rights, to bind roles to. */
  readonly limitedKubeconfig: string
  readonly limitedToken: string
}

/** The owner of the shared servers, in the main process. Workers ask it over HTTP, and it starts what is asked for first. */
export interface SharedServers extends AsyncDisposable {
  readonly url: string
}

/** Listens for workers that ask for shared servers. Starts none yet. */
export async function openSharedServers(): Promise<SharedServers> {
  const stack = new AsyncDisposableStack()
  let etcd: Promise<Etcd> | undefined
  let apiServer: Promise<ApiServer> | undefined
  let controllers: Promise<AsyncDisposable> | undefined

  const startedEtcd = (): Promise<Etcd> => {
    etcd ??= startEtcd().then((started) => stack.use(started))
    return etcd
  }
  const startedApiServer = (): Promise<ApiServer> => {
    apiServer ??= startedEtcd()
      .then((started) => startApiServer({ etcd: started, prefix: 'shared' }))
      .then((started) => stack.use(started))
    return apiServer
  }
  const answer = async (path: string | undefined): Promise<unknown> => {
    if (path === '/etcd') return { url: (await startedEtcd()).url }
    const server = await startedApiServer()
    if (path === '/control-plane/controllers') {
      controllers ??= startControllerManager(server).then((started) => stack.use(started))
      await controllers
    }
    const { url, kubeconfig, kubeconfigPath, ca } = server
    const limited = { limitedKubeconfig: server.kubeconfigOf('limited'), limitedToken: server.tokenOf('limited') }
    return { etcd: { url: (await startedEtcd()).url }, url, kubeconfig, kubeconfigPath, ca, ...limited } satisfies SharedControlPlane
  }

  const listener = http.createServer((request, response) => {
    answer(request.url).then(
      (value) => response.end(JSON.stringify(value)),
      (error: unknown) => response.writeHead(500).end(error instanceof Error ? error.message : String(error)),
    )
  })
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  stack.defer(() => {
    listener.closeAllConnections()
    listener.close()
  })
  return {
    url: `http://127.0.0.1:${(listener.address() as AddressInfo).port}`,
    // What is still starting joins the stack first, so that it is stopped too.
    async [Symbol.asyncDispose]() {
      await Promise.allSettled([controllers, apiServer, etcd])
      await stack.disposeAsync()
    },
  }
}
