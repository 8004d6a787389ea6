// The one class of undici that Kaji uses, loaded without the rest of it: fetch, WebSocket, cache and mocks would cost 7 MiB
// in every agent. It refuses to be anything but that class.
import { createRequire } from "node:module";
import type { Agent as AgentClass } from "undici";

const load = createRequire(import.meta.url);

// undici's own index gives its dispatchers their methods (request, stream …) in this way.
const { prototype } = load("undici/lib/dispatcher/dispatcher.js") as { readonly prototype: object };
Object.assign(prototype, load("undici/lib/api/index.js"));

export type Agent = AgentClass;
export const Agent = load("undici/lib/dispatcher/agent.js") as typeof AgentClass;
