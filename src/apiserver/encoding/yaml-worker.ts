// The thread's side of yaml-thread.ts: one text after the other. It refuses to do anything else.
import { parentPort } from "node:worker_threads";
import { yamlOf } from "./yaml.ts";
import { YamlError, yamlIn } from "./yaml-in.ts";
import type { YamlQuestion, YamlReply } from "./yaml-thread.ts";

function replyTo(question: YamlQuestion): YamlReply {
  const { id } = question;
  if ("json" in question) return { id, text: yamlOf(JSON.parse(question.json) as object) };
  try {
    const { value, duplicates } = yamlIn(question.read);
    return { id, json: JSON.stringify(value ?? null), duplicates };
  } catch (error) {
    if (error instanceof YamlError) return { id, refused: error.message };
    throw error;
  }
}

parentPort?.on("message", (question: YamlQuestion) => parentPort?.postMessage(replyTo(question)));
