// Pods' specs: rules and warnings that are seldom met, each once.
import { Pod } from "../../pod.ts";
import { judges } from "../../../cases.suite.ts";

const pod = ({ metadata, ...spec }: { metadata?: object }) => ({
  metadata,
  spec: { containers: [{ name: "c", image: "i" }], ...spec },
});

judges(Pod, { body: pod }, [
  [
    "a mount of a volume that is wrong",
    {
      volumes: [{ name: "v", hostPath: { path: "a/../b" } }],
      containers: [{ name: "c", image: "i", volumeMounts: [{ name: "v", mountPath: "/x" }] }],
    },
    "spec.volumes[0].hostPath.path: Invalid value: \"a/../b\": must not contain '..'",
    'spec.containers[0].volumeMounts[0].name: Not found: "v"',
  ],
  [
    "a preferred term of strange values",
    {
      affinity: {
        nodeAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [
            { weight: 1, preference: { matchExpressions: [{ key: "a", operator: "In", values: ["%"] }] } },
          ],
        },
      },
    },
    "warns: spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].preference.matchExpressions[0].values[0]: % is invalid, a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
  ],
  [
    "annotations of mirrors and costs",
    {
      metadata: {
        annotations: { "kubernetes.io/config.mirror": "x", "controller.kubernetes.io/pod-deletion-cost": "+1" },
      },
    },
    'metadata.annotations[kubernetes.io/config.mirror]: Invalid value: "x": must set spec.nodeName if mirror pod annotation is set',
    'metadata.annotations[controller.kubernetes.io/pod-deletion-cost]: Invalid value: "+1": must be a 32bit integer',
  ],
  [
    "annotations of old profiles",
    {
      metadata: {
        annotations: {
          "seccomp.security.alpha.kubernetes.io/pod": "x",
          "container.apparmor.security.beta.kubernetes.io/d": "unconfined",
        },
      },
    },
    'metadata.annotations.seccomp.security.alpha.kubernetes.io/pod: Invalid value: "x": must be a valid seccomp profile',
    'metadata.annotations[container.apparmor.security.beta.kubernetes.io/d]: Invalid value: "d": container not found',
    'warns: metadata.annotations[seccomp.security.alpha.kubernetes.io/pod]: non-functional in v1.27+; use the "seccompProfile" field instead',
  ],
  [
    "a profile said twice",
    {
      metadata: { annotations: { "container.apparmor.security.beta.kubernetes.io/c": "runtime/default" } },
      containers: [{ name: "c", image: "i", securityContext: { appArmorProfile: { type: "Unconfined" } } }],
    },
    "spec.containers[0].securityContext.appArmorProfile.type: Forbidden: apparmor type in annotation and field must match",
    'warns: metadata.annotations[container.apparmor.security.beta.kubernetes.io/c]: deprecated since v1.30; use the "appArmorProfile" field instead',
  ],
  [
    "host process containers beside others",
    {
      os: { name: "windows" },
      hostNetwork: true,
      containers: [
        { name: "c", image: "i", securityContext: { windowsOptions: { hostProcess: true } } },
        { name: "d", image: "i" },
      ],
    },
    'spec: Invalid value: "": If pod contains any hostProcess containers then all containers must be HostProcess containers',
  ],
  [
    "what Windows has not",
    { os: { name: "windows" }, hostPID: true, securityContext: { fsGroup: 1 } },
    "spec.hostPID: Forbidden: cannot be set for a windows pod",
    "spec.securityContext.fsGroup: Forbidden: cannot be set for a windows pod",
  ],
  [
    "an address of the DNS that is none",
    { dnsConfig: { nameservers: ["1.2.3.04"] } },
    'spec.dnsConfig.nameservers[0]: Invalid value: "1.2.3.04": must not have leading 0s',
  ],
  [
    "aliases of a strange name",
    { hostAliases: [{ ip: "1.1.1.1", hostnames: ["_"] }] },
    "spec.hostAliases[0].hostnames[0]: Invalid value: \"_\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
  ],
  [
    "files of variables",
    {
      containers: [
        {
          name: "c",
          image: "i",
          env: [{ name: "A", valueFrom: { fileKeyRef: { volumeName: "v", path: "p", key: "k" } } }],
        },
      ],
    },
    'spec.containers[0].env[0].valueFrom: Invalid value: "": must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`',
  ],
  [
    "gates of one name",
    { schedulingGates: [{ name: "a" }, { name: "a" }] },
    'spec.schedulingGates[1]: Duplicate value: "a"',
  ],
  [
    "old labels of nodes",
    { nodeSelector: { "beta.kubernetes.io/os": "linux", "failure-domain.beta.kubernetes.io/zone": "z" } },
    'warns: spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead',
    'warns: spec.nodeSelector[failure-domain.beta.kubernetes.io/zone]: deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  ],
  [
    "a name twice among ports",
    { containers: [{ name: "c", image: "i", ports: [{ containerPort: 80 }, { containerPort: 80 }] }] },
    "warns: spec.containers[0].ports[1]: duplicate port definition with spec.containers[0].ports[0]",
  ],
  [
    "a host alias twice",
    {
      hostAliases: [
        { ip: "1.1.1.1", hostnames: ["a"] },
        { ip: "1.1.1.1", hostnames: ["b"] },
      ],
    },
    'warns: spec.hostAliases[1].ip: duplicate ip "1.1.1.1"',
  ],
  [
    "constraints that say the same",
    {
      topologySpreadConstraints: [
        { maxSkew: 1, topologyKey: "a", whenUnsatisfiable: "DoNotSchedule", labelSelector: {} },
        { maxSkew: 2, topologyKey: "a", whenUnsatisfiable: "DoNotSchedule", labelSelector: {} },
      ],
    },
    'spec.topologySpreadConstraints[0].{topologyKey, whenUnsatisfiable}: Duplicate value: "{a, DoNotSchedule}"',
  ],
  ["secrets without names", { imagePullSecrets: [{}] }, 'warns: spec.imagePullSecrets[0].name: invalid empty name ""'],
  [
    "shares that no limit has",
    { containers: [{ name: "c", image: "i", resources: { limits: { "ephemeral-storage": "100m" } } }] },
    'warns: spec.containers[0].resources.limits[ephemeral-storage]: fractional byte value "100m" is invalid, must be an integer',
    'warns: spec.containers[0].resources.requests[ephemeral-storage]: fractional byte value "100m" is invalid, must be an integer',
  ],
  [
    "a name that is no label",
    { metadata: { name: "a.b" } },
    "warns: metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended: [must not contain dots]",
  ],
]);

judges(Pod, { body: pod, old: {} }, [
  [
    "a change of the environment",
    { containers: [{ name: "c", image: "i", env: [{ name: "A", value: "b" }] }] },
    'spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)\n@@ -10,7 +10,13 @@\n    "WorkingDir": "",\n    "Ports": null,\n    "EnvFrom": null,\n-   "Env": null,\n+   "Env": [\n+    {\n+     "Name": "A",\n+     "Value": "b",\n+     "ValueFrom": null\n+    }\n+   ],\n    "Resources": {\n     "Limits": null,\n     "Requests": null,\n',
  ],
  [
    "an image emptied",
    { containers: [{ name: "c", image: "" }] },
    "spec.containers[0].image: Required value",
    "spec.containers[0].image: Required value",
  ],
  [
    "a change of annotations",
    { metadata: { annotations: { "container.apparmor.security.beta.kubernetes.io/c": "unconfined" } } },
    "metadata.annotations[container.apparmor.security.beta.kubernetes.io/c]: Forbidden: may not add AppArmor annotations",
  ],
]);

judges(
  Pod,
  {
    body: pod,
    old: { containers: [{ name: "c", image: "i", resources: { requests: { cpu: "1" }, limits: { cpu: "1" } } }] },
    subresource: "resize",
  },
  [
    [
      "more of a limit",
      { containers: [{ name: "c", image: "i", resources: { requests: { cpu: "2" }, limits: { cpu: "2" } } }] },
    ],
    [
      "another class",
      { containers: [{ name: "c", image: "i", resources: { requests: { cpu: "1" } } }] },
      "spec.containers[0].resources.limits: Forbidden: resource limits cannot be removed",
    ],
    [
      "another image",
      { containers: [{ name: "c", image: "other", resources: { requests: { cpu: "1" }, limits: { cpu: "1" } } }] },
      "spec: Forbidden: only cpu and memory resources are mutable",
    ],
  ],
);
