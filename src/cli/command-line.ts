// The command line, fixed by the design: names, options, help. It refuses to do anything: each command calls an action that
// programs/ hands in.
import { Command, CommanderError, Option } from "commander";
import { CommandFailed, EXIT } from "./exit.ts";

export interface UpOptions {
  readonly data?: string;
  readonly port: string;
  readonly nodes?: string;
  readonly simulated?: string | true;
  readonly foreground?: true;
  /** False with `--no-kubeconfig`. */
  readonly kubeconfig: boolean;
}
export interface DataOption {
  readonly data?: string;
}
export interface ComponentOptions {
  readonly kubeconfig: string;
}

/** What the commands do. Each resolves with the exit code; a CommandFailed is printed as its message alone. */
export interface Actions {
  up(options: UpOptions): Promise<number>;
  down(options: DataOption & { readonly delete?: true }): Promise<number>;
  status(options: DataOption & { readonly output?: "json" }): Promise<number>;
  kubeconfig(options: DataOption): Promise<number>;
  imageLoad(files: readonly string[], options: DataOption): Promise<number>;
  imageList(options: DataOption & { readonly output?: "json" }): Promise<number>;
  apiserver(options: DataOption & { readonly port: string }): Promise<number>;
  /** API server, controllers and scheduler in one process; what `up` starts. */
  controlPlane(options: DataOption): Promise<number>;
  scheduler(options: ComponentOptions): Promise<number>;
  controllers(options: ComponentOptions): Promise<number>;
  agent(
    options: ComponentOptions & DataOption & { readonly nodeName: string; readonly simulated?: true },
  ): Promise<number>;
  doctor(options: DataOption & { readonly output?: "json" }): Promise<number>;
  graph(options: { readonly output?: "json" }): Promise<number>;
}

export interface CommandLine {
  /** Resolves with the exit code. Never throws. */
  run(args: readonly string[]): Promise<number>;
}

export function commandLine(actions: Actions): CommandLine {
  let code: number = EXIT.ok;
  /** Remembers what an action resolved with. */
  const keep =
    <A extends unknown[]>(action: (...args: A) => Promise<number>) =>
    async (...args: A): Promise<void> => {
      code = await action(...args);
    };
  const program = build(actions, keep);
  return {
    async run(args) {
      try {
        await program.parseAsync(args, { from: "user" });
        return code;
      } catch (error) {
        if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
        if (error instanceof CommandFailed) {
          process.stderr.write(`kaji: ${error.message}\n`);
          return error.code;
        }
        process.stderr.write(`kaji: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
        return EXIT.failed;
      }
    },
  };
}

type Keep = <A extends unknown[]>(action: (...args: A) => Promise<number>) => (...args: A) => Promise<void>;

function build(actions: Actions, keep: Keep): Command {
  const program = new Command("kaji")
    .description("A complete Kubernetes: starts in seconds, runs real containers.")
    .exitOverride()
    .helpCommand(false)
    .configureHelp({ showGlobalOptions: false });
  const data = () => new Option("--data <dir>", "the data folder").env("KAJI_DATA");
  const json = () => new Option("-o, --output <format>", "how to print").choices(["json"]);
  const port = () => new Option("--port <port>", "where the API listens").default("6443");
  const kubeconfig = () => new Option("--kubeconfig <file>", "how to reach the API server").makeOptionMandatory();

  program
    .command("up")
    .description("start a cluster and return when its nodes are Ready")
    .addOption(data())
    .addOption(port())
    .addOption(
      new Option("--nodes <n>", "nodes on this machine, each in a network namespace of its own").conflicts("simulated"),
    )
    .addOption(new Option("--simulated [n]", "simulated nodes: no root, no containers"))
    .option("--foreground", "stay attached; SIGTERM and SIGINT end Kaji and leave the pods")
    .option("--no-kubeconfig", "leave the user's own kubeconfig alone")
    .action(keep((options: UpOptions) => actions.up(options)));
  program
    .command("down")
    .description("stop the cluster and take its pods, links, tables, cgroups and mounts away")
    .addOption(data())
    .option("--delete", "then remove the data folder")
    .action(keep((options: DataOption & { delete?: true }) => actions.down(options)));
  program
    .command("status")
    .description("whether the cluster runs, and its nodes")
    .addOption(data())
    .addOption(json())
    .action(keep((o) => actions.status(o)));
  program
    .command("kubeconfig")
    .description("print the administrator's kubeconfig")
    .addOption(data())
    .action(keep((o) => actions.kubeconfig(o)));
  program
    .command("doctor")
    .description("what is wrong on this machine, and what helps")
    .addOption(data())
    .addOption(json())
    .action(keep((o) => actions.doctor(o)));
  const image = program.command("image").description("images on the nodes");
  image
    .command("load <archive...>")
    .description("load image archives (OCI layout or docker save)")
    .addOption(data())
    .action(keep((files: string[], o: DataOption) => actions.imageLoad(files, o)));
  image
    .command("ls")
    .description("list images")
    .addOption(data())
    .addOption(json())
    .action(keep((o) => actions.imageList(o)));
  components(program, actions, keep, { data, port, kubeconfig, json });
  return program;
}

type OptionMakers = Record<"data" | "port" | "kubeconfig" | "json", () => Option>;

/** One component alone, in the foreground. */
function components(
  program: Command,
  actions: Actions,
  keep: Keep,
  { data, port, kubeconfig, json }: OptionMakers,
): void {
  program
    .command("apiserver")
    .description("the API server alone, in the foreground")
    .addOption(data())
    .addOption(port())
    .action(keep((o: DataOption & { port: string }) => actions.apiserver(o)));
  program
    .command("control-plane", { hidden: true })
    .addOption(data())
    .action(keep((o: DataOption) => actions.controlPlane(o)));
  program
    .command("scheduler")
    .description("the scheduler alone, in the foreground")
    .addOption(kubeconfig())
    .action(keep((o: ComponentOptions) => actions.scheduler(o)));
  program
    .command("controllers")
    .description("the controllers alone, in the foreground")
    .addOption(kubeconfig())
    .action(keep((o: ComponentOptions) => actions.controllers(o)));
  program
    .command("agent")
    .description("one node's kubelet, proxy and DNS, in the foreground")
    .addOption(kubeconfig())
    .requiredOption("--node-name <name>", "the node's name")
    .addOption(data())
    .addOption(new Option("--simulated", "no containers: a simulated runtime"))
    .action(keep((o: ComponentOptions & DataOption & { nodeName: string; simulated?: true }) => actions.agent(o)));
  program
    .command("graph")
    .description("which controller watches and writes what")
    .addOption(json())
    .action(keep((o) => actions.graph(o)));
}
