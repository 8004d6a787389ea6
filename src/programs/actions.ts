// What the commands do: each loads its program when it is called, so that no command pays for another. A list, nothing else.
import type { Actions } from "../cli/command-line.ts";

export const actions: Actions = {
  up: async (o) => (await import("./up.ts")).up(o),
  down: async (o) => (await import("./down.ts")).down(o),
  status: async (o) => (await import("./status.ts")).status(o),
  kubeconfig: async (o) => (await import("./status.ts")).kubeconfig(o),
  imageLoad: async (files, o) => (await import("./images.ts")).imageLoad(files, o),
  imageList: async (o) => (await import("./images.ts")).imageList(o),
  apiserver: async (o) => (await import("./apiserver.ts")).apiserver(o),
  controlPlane: async (o) => (await import("./control-plane.ts")).controlPlane(o),
  scheduler: async (o) => (await import("./scheduler.ts")).schedulerAlone(o),
  controllers: async (o) => (await import("./controllers.ts")).controllersAlone(o),
  agent: async (o) => (await import("./agent.ts")).agent(o),
  doctor: async (o) => (await import("./doctor.ts")).doctor(o),
  graph: async (o) => (await import("./graph.ts")).graph(o),
};
