// What workloads say of their templates: where the faults stand, and what is warned of.
import { CronJob } from "../batch/cron-job.ts";
import { Job } from "../batch/job.ts";
import { judges } from "../cases.suite.ts";
import { ReplicationController } from "../core/replication-controller.ts";
import { Deployment } from "./deployment.ts";
import { StatefulSet } from "./stateful-set.ts";

const selecting = ({ metadata, ...spec }: { metadata?: object }) => ({
  metadata,
  spec: { selector: { matchLabels: { a: "b" } }, ...spec },
});

judges(Deployment, { body: selecting }, [
  [
    "labels and annotations of the template",
    {
      template: {
        metadata: { labels: { a: "b", "%": "c" }, annotations: { "%": "x" } },
        spec: { containers: [{ name: "c", image: "i" }] },
      },
    },
    "spec.template.labels: Invalid value: \"%\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
    "spec.template.annotations: Invalid value: \"%\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
  ],
  [
    "old wishes of the template",
    {
      template: {
        metadata: {
          labels: { a: "b" },
          annotations: { "container.apparmor.security.beta.kubernetes.io/c": "unconfined" },
        },
        spec: { containers: [{ name: "c", image: "i" }], nodeSelector: { "beta.kubernetes.io/os": "linux" } },
      },
    },
    'warns: spec.template.spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead',
    'warns: spec.template.metadata.annotations[container.apparmor.security.beta.kubernetes.io/c]: deprecated since v1.30; use the "appArmorProfile" field instead',
  ],
  [
    "a name that is no label",
    {
      metadata: { name: "a.b" },
      template: { metadata: { labels: { a: "b" } }, spec: { containers: [{ name: "c", image: "i" }] } },
    },
    "warns: metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended: [must not contain dots]",
  ],
]);

judges(StatefulSet, { body: selecting }, [
  [
    "a history that is negative",
    {
      serviceName: "s",
      template: { metadata: { labels: { a: "b" } }, spec: { containers: [{ name: "c", image: "i" }] } },
      revisionHistoryLimit: -1,
    },
    "warns: spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended",
  ],
  [
    "old wishes of the template",
    {
      serviceName: "s",
      template: {
        metadata: { labels: { a: "b" } },
        spec: { containers: [{ name: "c", image: "i" }], nodeSelector: { "beta.kubernetes.io/os": "linux" } },
      },
    },
    'warns: spec.template.spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead',
  ],
  [
    "claims of parts of bytes",
    {
      serviceName: "s",
      template: { metadata: { labels: { a: "b" } }, spec: { containers: [{ name: "c", image: "i" }] } },
      volumeClaimTemplates: [
        {
          metadata: { name: "v" },
          spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1100m" } } },
        },
      ],
    },
    'warns: spec.volumeClaimTemplates[0].resources.requests[storage]: fractional byte value "1100m" is invalid, must be an integer',
  ],
]);

judges(ReplicationController, { body: (sent) => ({ spec: { selector: { a: "b" }, ...sent } }) }, [
  [
    "old wishes of the template",
    {
      template: {
        metadata: { labels: { a: "b" } },
        spec: { containers: [{ name: "c", image: "i" }], nodeSelector: { "beta.kubernetes.io/os": "linux" } },
      },
    },
    'warns: spec.template.spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead',
  ],
]);

judges(Job, { body: (sent) => ({ spec: sent }) }, [
  [
    "old wishes of the template",
    {
      template: {
        metadata: { labels: { a: "b" } },
        spec: {
          containers: [{ name: "c", image: "i" }],
          nodeSelector: { "beta.kubernetes.io/os": "linux" },
          restartPolicy: "Never",
        },
      },
    },
    'warns: spec.template.spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead',
  ],
  [
    "more done than asked for at once",
    {
      completions: 100001,
      completionMode: "Indexed",
      parallelism: 10001,
      template: {
        metadata: { labels: { a: "b" } },
        spec: { containers: [{ name: "c", image: "i" }], restartPolicy: "Never" },
      },
    },
    "warns: spec: In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, Kubernetes might not be able to track completedIndexes when a big number of indexes fail",
  ],
]);

judges(CronJob, { body: (sent) => ({ spec: { schedule: "* * * * *", jobTemplate: { spec: { template: sent } } } }) }, [
  [
    "old wishes of the template",
    {
      metadata: { labels: { a: "b" } },
      spec: {
        containers: [{ name: "c", image: "i" }],
        nodeSelector: { "beta.kubernetes.io/os": "linux" },
        restartPolicy: "Never",
      },
    },
    'warns: spec.jobTemplate.spec.template.spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead',
  ],
]);
