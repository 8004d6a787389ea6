// One thread of the pool: does what it is sent, one after the other. It refuses to end by itself.
import { parentPort } from "node:worker_threads";
import { perform } from "./job.ts";
import type { Job } from "./job.ts";

parentPort?.on("message", (job: Job) => {
  // What goes wrong here is a defect of the harness: it ends the thread, and the pool tells.
  void perform(job).then((outcome) => parentPort?.postMessage(outcome));
});
