/** Two versions of a small app, as files of a git repository. Version 2 has a new image, one object more, and one less. */
const namespace = `apiVersion: v1
kind: Namespace
metadata: { name: shop }
`
const web = (image: string, replicas: number): string => `apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: shop }
spec:
  replicas: ${replicas}
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers:
        - { name: web, image: ${image}, ports: [{ containerPort: 8080 }] }
`
const service = `apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec:
  selector: { app: web }
  ports: [{ port: 80, targetPort: 8080 }]
`
const settings = `apiVersion: v1
kind: ConfigMap
metadata: { name: settings, namespace: shop }
data: { greeting: hello }
`
const banner = `apiVersion: v1
kind: ConfigMap
metadata: { name: banner, namespace: shop }
data: { text: "Sale this week!" }
`
const cleanup = `apiVersion: batch/v1
kind: CronJob
metadata: { name: cleanup, namespace: shop }
spec:
  schedule: "0 3 * * *"
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          containers: [{ name: cleanup, image: example.com/shop/cleanup:2.0.0 }]
`

export const versions: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'v1.0.0': {
    'deploy/namespace.yaml': namespace,
    'deploy/web.yaml': `${web('example.com/shop/web:1.0.0', 2)}---\n${service}`,
    'deploy/settings.yaml': settings,
    'deploy/banner.yaml': banner,
  },
  'v2.0.0': {
    'deploy/namespace.yaml': namespace,
    'deploy/web.yaml': `${web('example.com/shop/web:2.0.0', 3)}---\n${service}`,
    'deploy/settings.yaml': settings,
    'deploy/cleanup.yaml': cleanup,
  },
  // The files were moved and the path of the Sync was not changed: the directory is still there, without manifests.
  'v3.0.0': { 'deploy/README.md': 'The manifests have moved.\n' },
}
