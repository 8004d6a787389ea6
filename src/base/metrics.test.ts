// Proves metrics: text form, own registries, names once.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Metrics } from "./metrics.ts";

test("metrics come out in Prometheus' text form", () => {
  const metrics = new Metrics();
  const requests = metrics.counter({ name: "requests_total", help: "Requests.", labels: ["verb", "code"] });
  requests.inc({ verb: "GET", code: 200 });
  requests.inc({ verb: "GET", code: 200 }, 2);
  let open = 3;
  metrics.gauge({ name: "open", help: "Open ones.", read: () => open });
  metrics.histogram({ name: "took_seconds", help: "Time.", buckets: [1, 2] }).observe(1.5);
  open = 4;
  const text = metrics.text();
  assert.match(text, /^# HELP requests_total Requests\.$/m);
  assert.match(text, /^requests_total\{verb="GET",code="200"\} 3$/m);
  assert.match(text, /^open 4$/m);
  assert.match(text, /^took_seconds_bucket\{le="1"\} 0$/m);
  assert.match(text, /^took_seconds_bucket\{le="2"\} 1$/m);
  assert.match(metrics.contentType, /^text\/plain/);
});

test("two processes' worth of metrics do not meet, one does not take a name twice", () => {
  const [a, b] = [new Metrics(), new Metrics()];
  a.counter({ name: "x_total", help: "X." }).inc();
  b.counter({ name: "x_total", help: "X." });
  assert.match(b.text(), /^x_total 0$/m);
  assert.throws(() => a.counter({ name: "x_total", help: "X." }), /already been registered/);
});

test("what is held of a series counts in it, and a series can go", () => {
  const metrics = new Metrics();
  const took = metrics.histogram({ name: "took_seconds", help: "Time.", labels: ["verb"], buckets: [0.1, 1] });
  const held = took.of({ verb: "get" });
  for (const value of [0.1, 0.5, 7]) held.observe(value);
  took.observe({ verb: "get" }, 0.4);
  const open = metrics.gauge({ name: "open", help: "Open\nones.", labels: ["of"] });
  open.set({ of: 'a"\\\n' }, 2);
  open.inc({ of: "b" });
  open.remove({ of: "b" });
  assert.equal(
    metrics.text(),
    [
      "# HELP took_seconds Time.",
      "# TYPE took_seconds histogram",
      'took_seconds_bucket{verb="get",le="0.1"} 1',
      'took_seconds_bucket{verb="get",le="1"} 3',
      'took_seconds_bucket{verb="get",le="+Inf"} 4',
      'took_seconds_sum{verb="get"} 8',
      'took_seconds_count{verb="get"} 4',
      "",
      "# HELP open Open\\nones.",
      "# TYPE open gauge",
      'open{of="a\\"\\\\\\n"} 2',
      "",
    ].join("\n"),
  );
  assert.throws(() => open.set({ other: "x" } as never, 1), /no label other/);
  assert.throws(() => metrics.counter({ name: "a b", help: "" }), /no name/);
});
