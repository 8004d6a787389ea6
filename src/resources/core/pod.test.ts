// Pods through the whole of decoding, defaults, prepare and rules: what is let in, what is refused and in which words.
import assert from "node:assert/strict";
import { test } from "node:test";
import { applyDefaults } from "../../schema/default.ts";
import { walkIn } from "../../schema/decode.ts";
import type { RequestFacts } from "../../schema/resource.ts";
import { validate } from "../../schema/validate.ts";
import { Pod } from "./pod.ts";

const request = (operation: "create" | "update", subresource = ""): RequestFacts => ({
  operation,
  subresource,
  user: { name: "someone", groups: [] },
  now: 0,
  enabled: (gate) => gate !== "TaintTolerationComparisonOperators" && gate !== "UserNamespacesHostNetworkSupport",
});
const metadata = { name: "x", namespace: "n", uid: "u", resourceVersion: "1" };

function made(spec: object): Pod {
  const sent = walkIn(Pod.schema, { metadata, spec: { containers: [{ name: "c", image: "nginx" }], ...spec } }) as Pod;
  return Pod.prepare!(applyDefaults(Pod.schema, sent) as Pod, undefined, request("create"));
}
const texts = (found: ReturnType<typeof validate>) => found.errors.map(({ field, body }) => `${field}: ${body}`);
/** What is wrong with a new pod that has this spec. */
const refused = (spec: object) => texts(validate(Pod, made(spec), { request: request("create") }));
/** What is wrong with a change of a pod's spec. */
function refusedChange(before: object, after: object, subresource = "") {
  const old = made(before);
  const now = applyDefaults(Pod.schema, { ...old, spec: made(after).spec }) as Pod;
  return texts(validate(Pod, now, { old, request: request("update", subresource) }));
}
const container = (fields: object) => ({ containers: [{ name: "c", image: "nginx", ...fields }] });

/** A spec, and all that is said about it. Paths are below `spec`. */
const CASES: readonly (readonly [what: string, spec: object, ...said: string[]])[] = [
  ["a plain pod", {}],
  ["no containers", { containers: [] }, "containers: Required value"],
  [
    "a name twice, over all lists",
    { initContainers: [{ name: "c", image: "a" }] },
    'initContainers[0].name: Duplicate value: "c"',
  ],
  [
    "blanks around an image",
    container({ image: " a" }),
    'containers[0].image: Invalid value: " a": must not have leading or trailing whitespace',
  ],
  [
    "a port out of range",
    container({ ports: [{ containerPort: 70000 }] }),
    "containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive",
  ],
  [
    "a host port twice",
    container({
      ports: [
        { containerPort: 1, hostPort: 80 },
        { containerPort: 2, hostPort: 80 },
      ],
    }),
    'containers[0].ports[1].hostPort: Duplicate value: "TCP//80"',
  ],
  [
    "a variable with two sources",
    container({
      env: [
        { name: "A", valueFrom: { fieldRef: { fieldPath: "metadata.name" }, secretKeyRef: { name: "s", key: "k" } } },
      ],
    }),
    'containers[0].env[0].valueFrom: Invalid value: "": may not have more than one field specified at a time',
  ],
  [
    "a field that no variable can show",
    container({ env: [{ name: "A", valueFrom: { fieldRef: { fieldPath: "spec.hostNetwork" } } }] }),
    'containers[0].env[0].valueFrom.fieldRef.fieldPath: Invalid value: "spec.hostNetwork": error converting fieldPath: field label not supported: spec.hostNetwork',
  ],
  [
    "one label of the pod as a variable",
    container({ env: [{ name: "A", valueFrom: { fieldRef: { fieldPath: "metadata.labels['app']" } } }] }),
  ],
  [
    "a divisor that does not fit",
    container({ env: [{ name: "A", valueFrom: { resourceFieldRef: { resource: "limits.cpu", divisor: "1Mi" } } }] }),
    `containers[0].env[0].valueFrom.resourceFieldRef.divisor: Invalid value: "limits.cpu": only divisor's values 1m and 1 are supported with the cpu resource`,
  ],
  [
    "an unknown volume, and a mount path twice",
    {
      volumes: [{ name: "v" }],
      ...container({
        volumeMounts: [
          { name: "v", mountPath: "/a" },
          { name: "w", mountPath: "/a" },
        ],
      }),
    },
    'containers[0].volumeMounts[1].name: Not found: "w"',
    'containers[0].volumeMounts[1].mountPath: Invalid value: "/a": must be unique',
  ],
  [
    "a recursively read-only mount that can be written",
    {
      volumes: [{ name: "v" }],
      ...container({ volumeMounts: [{ name: "v", mountPath: "/a", recursiveReadOnly: "Enabled" }] }),
    },
    "containers[0].volumeMounts.recursiveReadOnly: Forbidden: may only be specified when readOnly is true",
  ],
  [
    "two sources",
    { volumes: [{ name: "v", emptyDir: {}, hostPath: { path: "/a" } }] },
    "volumes[0].hostPath: Forbidden: may not specify more than 1 volume type",
  ],
  [
    "a token that lives too short",
    {
      volumes: [{ name: "v", projected: { sources: [{ serviceAccountToken: { path: "t", expirationSeconds: 60 } }] } }],
    },
    "volumes[0].projected.sources[0].serviceAccountToken.expirationSeconds: Invalid value: 60: may not specify a duration less than 10 minutes",
  ],
  [
    "an ephemeral claim for nothing",
    {
      volumes: [
        {
          name: "v",
          ephemeral: { volumeClaimTemplate: { spec: { accessModes: ["ReadWriteOncePod", "ReadWriteOnce"] } } },
        },
      ],
    },
    "volumes[0].ephemeral.volumeClaimTemplate.spec.accessModes: Forbidden: may not use ReadWriteOncePod with other access modes",
    "volumes[0].ephemeral.volumeClaimTemplate.spec.resources[storage]: Required value",
  ],
  [
    "probes that ask too much",
    container({ livenessProbe: { exec: { command: ["a"] }, successThreshold: 2, periodSeconds: -1 } }),
    "containers[0].livenessProbe.periodSeconds: Invalid value: -1: must be greater than or equal to 0",
    "containers[0].livenessProbe.successThreshold: Invalid value: 2: must be 1",
  ],
  [
    "sidecars may have probes",
    {
      initContainers: [{ name: "s", image: "a", restartPolicy: "Always", readinessProbe: { tcpSocket: { port: 1 } } }],
    },
  ],
  [
    "a request above its limit",
    container({ resources: { requests: { cpu: "2" }, limits: { cpu: "1" } } }),
    'containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1',
  ],
  [
    "huge pages by halves",
    container({ resources: { limits: { cpu: "1", "hugepages-2Mi": "3Mi" } } }),
    'containers[0].resources.limits[hugepages-2Mi]: Invalid value: "3Mi": 3Mi is not positive integer multiple of hugepages-2Mi',
    'containers[0].resources.requests[hugepages-2Mi]: Invalid value: "3Mi": 3Mi is not positive integer multiple of hugepages-2Mi',
  ],
  [
    "less for the pod than for its containers",
    { ...container({ resources: { requests: { cpu: "2" } } }), resources: { requests: { cpu: "1" } } },
    'resources.requests[cpu]: Invalid value: "1": must be greater than or equal to aggregate container requests of 2',
  ],
  [
    "a user id out of range",
    { securityContext: { runAsUser: -1 } },
    "securityContext.runAsUser: Invalid value: -1: must be between 0 and 2147483647, inclusive",
  ],
  [
    "a local profile without a name",
    { securityContext: { seccompProfile: { type: "Localhost" } } },
    "securityContext.seccompProfile.localhostProfile: Required value: must be set when seccomp type is Localhost",
  ],
  [
    "a kernel parameter of the node's network",
    { hostNetwork: true, securityContext: { sysctls: [{ name: "net.core.somaxconn", value: "1" }] } },
    `securityContext.sysctls[0].name: Invalid value: "net.core.somaxconn": may not be specified when 'hostNetwork' is true`,
  ],
  [
    "users of its own in the node's network",
    { hostUsers: false, hostPID: true },
    "HostPID: Forbidden: when `hostUsers` is false",
  ],
  [
    "affinity that weighs too much",
    {
      affinity: {
        podAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 101, podAffinityTerm: { topologyKey: "z" } }],
        },
      },
    },
    "affinity.podAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight: Invalid value: 101: must be in the range 1-100",
  ],
  [
    "node affinity by a field that there is not",
    {
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [{ matchFields: [{ key: "spec.x", operator: "In", values: ["a"] }] }],
          },
        },
      },
    },
    'affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchFields[0].key: Invalid value: "spec.x": not a valid field selector key',
  ],
  [
    "no resolver at all",
    { dnsPolicy: "None" },
    "dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None",
  ],
  [
    "a toleration for a while of what does not evict",
    { tolerations: [{ key: "k", operator: "Exists", effect: "NoSchedule", tolerationSeconds: 1 }] },
    `tolerations[0].effect: Invalid value: "NoSchedule": effect must be 'NoExecute' when \`tolerationSeconds\` is set`,
  ],
  [
    "a comparison behind its gate",
    { tolerations: [{ key: "k", operator: "Gt", value: "1" }] },
    'tolerations[0].operator: Unsupported value: "Gt": supported values: "Equal", "Exists", "Lt", "Gt"',
  ],
  [
    "a deadline of nothing",
    { activeDeadlineSeconds: 0 },
    "activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive",
  ],
  [
    "a name that is none",
    { hostAliases: [{ ip: "1.2.3", hostnames: ["h"] }] },
    'hostAliases[0].ip: Invalid value: "1.2.3": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
  ],
  [
    "an operating system that there is not",
    { os: { name: "plan9" } },
    'os: Unsupported value: "plan9": supported values: "linux", "windows"',
  ],
  [
    "ephemeral containers at once",
    { ephemeralContainers: [{ name: "e", image: "a" }] },
    "ephemeralContainers: Forbidden: cannot be set on create",
  ],
];

for (const [what, spec, ...said] of CASES) {
  test(`new pod: ${what}`, () => {
    assert.deepEqual(
      refused(spec),
      said.map((text) => `spec.${text}`),
    );
  });
}

test("what may change: images, a nearer deadline, more tolerations, fewer gates", () => {
  const before = {
    activeDeadlineSeconds: 9,
    tolerations: [{ key: "a", operator: "Exists" }],
    schedulingGates: [{ name: "g" }],
  };
  const after = {
    ...container({ image: "other" }),
    activeDeadlineSeconds: 5,
    tolerations: [
      { key: "b", operator: "Exists" },
      { key: "a", operator: "Exists" },
    ],
  };
  assert.deepEqual(refusedChange(before, after), []);
  const later = "spec.activeDeadlineSeconds: Invalid value: 9: must be less than or equal to previous value";
  assert.deepEqual(refusedChange({ activeDeadlineSeconds: 5 }, { activeDeadlineSeconds: 9 }), [later]);
  assert.match(
    refusedChange(before, { ...before, tolerations: [] })[0] ?? "",
    /existing toleration can not be modified/,
  );
  const gate = "only deletion is allowed, but found new scheduling gate 'h'";
  assert.deepEqual(refusedChange(before, { ...before, schedulingGates: [{ name: "h" }] }), [
    `spec.schedulingGates[0].name: Forbidden: ${gate}`,
  ]);
});

test("a pod at a gate may be narrowed down to fewer nodes, another may not", () => {
  const gated = { schedulingGates: [{ name: "g" }], nodeSelector: { a: "b" } };
  assert.deepEqual(refusedChange(gated, { ...gated, nodeSelector: { a: "b", c: "d" } }), []);
  assert.match(refusedChange(gated, { ...gated, nodeSelector: {} })[0] ?? "", /only additions to spec.nodeSelector/);
  assert.match(
    refusedChange({}, { nodeSelector: { a: "b" } })[0] ?? "",
    /^spec: Forbidden: pod updates may not change/,
  );
});

test("any other change is shown line by line", () => {
  const [text = ""] = refusedChange({}, { restartPolicy: "Never" });
  const [, ...diff] = text.split("\n");
  assert.deepEqual(diff, [
    "@@ -35,7 +35,7 @@",
    "   }",
    "  ],",
    '  "EphemeralContainers": null,',
    '- "RestartPolicy": "Always",',
    '+ "RestartPolicy": "Never",',
    '  "TerminationGracePeriodSeconds": 30,',
    '  "ActiveDeadlineSeconds": null,',
    '  "DNSPolicy": "ClusterFirst",',
    "",
  ]);
  assert.deepEqual(refusedChange({}, { containers: [] }).slice(-1), [
    "spec.containers: Forbidden: pod updates may not add or remove containers",
  ]);
});

test("a resize changes amounts of cpu and memory within the class", () => {
  const with_ = (requests: object, limits?: object) =>
    container({ resources: { requests, ...(limits && { limits }) } });
  assert.deepEqual(refusedChange(with_({ cpu: "1" }), with_({ cpu: "2" }), "resize"), []);
  const changed = refusedChange(with_({ cpu: "1" }), with_({ cpu: "1", "ephemeral-storage": "1Gi" }), "resize");
  assert.deepEqual(changed, ["spec: Forbidden: only cpu and memory resources are mutable"]);
  const full = { cpu: "1", memory: "1Gi" };
  assert.deepEqual(refusedChange(with_({ cpu: "1" }), with_(full, full), "resize"), [
    'spec: Invalid value: "Burstable": Pod QOS Class may not change as a result of resizing',
  ]);
});

test("ephemeral containers can only be added, and may not carry traffic", () => {
  const with_ = (...ephemeralContainers: object[]) => ({ ephemeralContainers });
  const e = { name: "e", image: "a" };
  assert.deepEqual(
    refusedChange(with_(e), with_(e, { name: "f", image: "a", targetContainerName: "c" }), "ephemeralcontainers"),
    [],
  );
  assert.match(refusedChange(with_(e), with_(), "ephemeralcontainers")[0] ?? "", /"e" may not be removed/);
  assert.match(
    refusedChange(with_(e), with_({ ...e, image: "b" }), "ephemeralcontainers")[0] ?? "",
    /"e" may not be changed/,
  );
  assert.deepEqual(refusedChange(with_(), with_({ ...e, ports: [{ containerPort: 1 }] }), "ephemeralcontainers"), [
    "spec.ephemeralContainers[0].ports: Forbidden: cannot be set for an Ephemeral Container",
  ]);
});

test("a container that ended for good does not come back in status", () => {
  const state = (value: object) => ({
    containerStatuses: [{ name: "c", ready: false, restartCount: 0, image: "i", imageID: "", state: value }],
  });
  const judged = (restartPolicy: string) => {
    const pod = made({ restartPolicy });
    const old = { ...pod, status: { ...pod.status, ...state({ terminated: { exitCode: 1 } }) } } as Pod;
    const now = { ...pod, status: { ...pod.status, ...state({ running: {} }) } } as Pod;
    return texts(validate(Pod, now, { old, request: request("update", "status") }));
  };
  assert.deepEqual(judged("Never"), [
    "status.containerStatuses[0].state: Forbidden: may not be transitioned to non-terminated state",
  ]);
  assert.deepEqual(judged("OnFailure"), []);
  assert.deepEqual(judged("Always"), []);
});

test("warnings of what is surely not meant", () => {
  const spec = {
    ...container({
      env: [
        { name: "A", value: "1" },
        { name: "A", value: "2" },
      ],
      resources: { limits: { memory: "100m" } },
    }),
    imagePullSecrets: [{}],
    nodeSelector: { "beta.kubernetes.io/os": "linux" },
  };
  const { errors, warnings } = validate(Pod, made(spec), { request: request("create") });
  assert.deepEqual(errors, []);
  assert.deepEqual(warnings, [
    'spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead',
    'spec.imagePullSecrets[0].name: invalid empty name ""',
    'spec.containers[0].resources.limits[memory]: fractional byte value "100m" is invalid, must be an integer',
    'spec.containers[0].resources.requests[memory]: fractional byte value "100m" is invalid, must be an integer',
    'spec.containers[0].env[1]: hides previous definition of "A", which may be dropped when using apply',
  ]);
});

test("annotations of AppArmor name a container and a profile", () => {
  const key = "container.apparmor.security.beta.kubernetes.io/";
  const pod = made({});
  const annotated = {
    ...pod,
    metadata: { ...pod.metadata, annotations: { [`${key}d`]: "unconfined", [`${key}c`]: "x" } },
  };
  assert.deepEqual(texts(validate(Pod, annotated, { request: request("create") })), [
    `metadata.annotations[${key}c]: Invalid value: "x": invalid AppArmor profile name: "x"`,
    `metadata.annotations[${key}d]: Invalid value: "d": container not found`,
  ]);
});

test("deletion: as long as asked for, or as the pod wants; at once if it is on no node or over", () => {
  const grace = Pod.deletion.graceSeconds!;
  const over = { ...made({ nodeName: "n" }), status: { phase: "Failed" } } as Pod;
  assert.equal(grace(made({}), undefined), 0);
  assert.equal(grace(made({}), 60), 0);
  assert.equal(grace(made({ nodeName: "n" }), undefined), 30);
  assert.equal(grace(made({ nodeName: "n", terminationGracePeriodSeconds: 7 }), undefined), 7);
  assert.equal(grace(made({ nodeName: "n", terminationGracePeriodSeconds: 0 }), 60), 60);
  assert.equal(grace(made({ nodeName: "n" }), -1), 1);
  assert.equal(grace(over, undefined), 0);
  assert.equal(grace(over, 60), 0);
});
