// Proves metrics: text form, own registries, names once.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Metrics } from "./metrics.ts";

test("metrics come out in Prometheus' text form", async () => {
  const metrics = new Metrics();
  const requests = metrics.counter({ name: "requests_total", help: "Requests.", labels: ["verb", "code"] });
  requests.inc({ verb: "GET", code: 200 });
  requests.inc({ verb: "GET", code: 200 }, 2);
  let open = 3;
  metrics.gauge({ name: "open", help: "Open ones.", read: () => open });
  metrics.histogram({ name: "took_seconds", help: "Time.", buckets: [1, 2] }).observe(1.5);
  open = 4;
  const text = await metrics.text();
  assert.match(text, /^# HELP requests_total Requests\.$/m);
  assert.match(text, /^requests_total\{verb="GET",code="200"\} 3$/m);
  assert.match(text, /^open 4$/m);
  assert.match(text, /^took_seconds_bucket\{le="1"\} 0$/m);
  assert.match(text, /^took_seconds_bucket\{le="2"\} 1$/m);
  assert.match(metrics.contentType, /^text\/plain/);
});

test("two processes' worth of metrics do not meet, one does not take a name twice", async () => {
  const [a, b] = [new Metrics(), new Metrics()];
  a.counter({ name: "x_total", help: "X." }).inc();
  b.counter({ name: "x_total", help: "X." });
  assert.match(await b.text(), /^x_total 0$/m);
  assert.throws(() => a.counter({ name: "x_total", help: "X." }), /already been registered/);
});
