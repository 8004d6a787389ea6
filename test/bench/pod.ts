// The pod that is sent to servers: an ordinary one with two probes and a volume, 4.4 kB once it is stored. It refuses to be minimal.
const probe = (path: string, port: string | number) => ({
  httpGet: { path, port, scheme: "HTTP" },
  initialDelaySeconds: 3,
  periodSeconds: 10,
  failureThreshold: 3,
});

const container = (name: string) => ({
  name,
  image: "registry.k8s.io/nginx-slim:0.27",
  args: ["--port=8080", "--verbose"],
  ports: [{ name: `http-${name}`, containerPort: 8080, protocol: "TCP" }],
  env: [
    { name: "A", value: "1" },
    { name: "POD_IP", valueFrom: { fieldRef: { apiVersion: "v1", fieldPath: "status.podIP" } } },
  ],
  resources: { limits: { cpu: "500m", memory: "128Mi" }, requests: { cpu: "100m", memory: "64Mi" } },
  volumeMounts: [{ name: "config", mountPath: "/etc/config" }],
  livenessProbe: probe("/healthz", 8080),
  readinessProbe: probe("/ready", `http-${name}`),
  securityContext: { runAsNonRoot: true, allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
});

const tolerate = (key: string) => ({ key, operator: "Exists", effect: "NoExecute", tolerationSeconds: 300 });

/** JSON with `{i}` where the number of the request belongs. */
export const POD_BODY = JSON.stringify({
  apiVersion: "v1",
  kind: "Pod",
  metadata: {
    name: "web-{i}",
    labels: { app: "web", "pod-template-hash": "7d9c5b6f4d", number: "n{i}" },
    annotations: { "example.com/a": "some text" },
  },
  spec: {
    containers: [container("web"), container("side")],
    nodeSelector: { "kubernetes.io/os": "linux" },
    tolerations: [tolerate("node.kubernetes.io/not-ready"), tolerate("node.kubernetes.io/unreachable")],
    volumes: [{ name: "config", configMap: { name: "web-config" } }],
  },
});

/** The same with something in its spec that no other pod has. */
export const UNIQUE_POD_BODY = POD_BODY.replaceAll('"name":"A","value":"1"', '"name":"A","value":"{i}"');

/** What a kubelet sends when a pod has become ready; each number makes another one. */
export const STATUS_PATCH = JSON.stringify({
  status: {
    phase: "Running",
    podIP: "10.244.0.7",
    podIPs: [{ ip: "10.244.0.7" }],
    hostIP: "10.0.0.1",
    conditions: ["Ready", "ContainersReady", "Initialized"].map((type) => ({
      type,
      status: "True",
      lastTransitionTime: "2026-11-24T08:00:09Z",
    })),
    message: "ready {i}",
    startTime: "2026-11-24T08:00:00Z",
  },
});
