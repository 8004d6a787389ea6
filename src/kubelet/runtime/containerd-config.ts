// The configuration of the private containerd, as text: a pure function of where things lie. It refuses to start it (containerd-process.ts).
import { PAUSE_IMAGE } from "../../wire/containerd/built-in-images.ts";

export interface ContainerdPlace {
  /** Images and snapshots; survives a reboot. */
  readonly root: string;
  /** Sockets and mounts; must vanish at a reboot, so it lies below /run. */
  readonly state: string;
  readonly socket: string;
  readonly cniConfigFolder: string;
  /** Where the CNI plug-ins are. */
  readonly cniPluginFolder: string;
  /** Whether this machine may change oom_score_adj downwards (CAP_SYS_RESOURCE). */
  readonly mayLowerOomScore: boolean;
  readonly hasAppArmor: boolean;
}

/** For containerd 1.6 to 2.x: version 2 of the format, which all of them read. */
export function containerdConfig(place: ContainerdPlace): string {
  const text = JSON.stringify;
  return `version = 2
root = ${text(place.root)}
state = ${text(place.state)}
disabled_plugins = ["io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper",
  "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.aufs", "io.containerd.internal.v1.tracing",
  "io.containerd.tracing.processor.v1.otlp"]
[grpc]
  address = ${text(place.socket)}
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = ${text(PAUSE_IMAGE)}
  disable_apparmor = ${!place.hasAppArmor}
  restrict_oom_score_adj = ${!place.mayLowerOomScore}
  stream_server_address = "127.0.0.1"
  stream_server_port = "0"
  max_container_log_line_size = -1
  enable_unprivileged_ports = true
  enable_unprivileged_icmp = true
[plugins."io.containerd.grpc.v1.cri".containerd]
  snapshotter = "overlayfs"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.grpc.v1.cri".cni]
  bin_dir = ${text(place.cniPluginFolder)}
  conf_dir = ${text(place.cniConfigFolder)}
  max_conf_num = 1
`;
}
