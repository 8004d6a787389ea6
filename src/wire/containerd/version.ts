// containerd's version: which of its habits to expect. It refuses to judge them.
import { field, message } from "../protobuf/message.ts";
import { string } from "../protobuf/scalar.ts";
import { service, unary } from "../protobuf/service.ts";
import { Empty } from "../protobuf/well-known.ts";

/** `version` such as `1.6.20~ds1` or `v2.1.4`. */
const VersionResponse = message("containerd.services.version.v1.VersionResponse", {
  version: field(1, string),
  revision: field(2, string),
});

export const Version = service("containerd.services.version.v1.Version", { Version: unary(Empty, VersionResponse) });
