// containerd's namespaces: one for each user of a containerd. They have nothing to do with Kubernetes' namespaces.
// It refuses to be the kernel's namespaces too.
import { field, map, message, repeated } from "../protobuf/message.ts";
import { string } from "../protobuf/scalar.ts";
import { service, unary } from "../protobuf/service.ts";
import { Empty } from "../protobuf/well-known.ts";

const Namespace = message("containerd.services.namespaces.v1.Namespace", {
  name: field(1, string),
  labels: field(2, map(string, string)),
});
const GetNamespaceRequest = message("containerd.services.namespaces.v1.GetNamespaceRequest", {
  name: field(1, string),
});
const NamespaceResponse = message("containerd.services.namespaces.v1.GetNamespaceResponse", {
  namespace: field(1, Namespace),
});
const CreateNamespaceRequest = message("containerd.services.namespaces.v1.CreateNamespaceRequest", {
  namespace: field(1, Namespace),
});
const ListNamespacesRequest = message("containerd.services.namespaces.v1.ListNamespacesRequest", {
  filter: field(1, string),
});
const ListNamespacesResponse = message("containerd.services.namespaces.v1.ListNamespacesResponse", {
  namespaces: field(1, repeated(Namespace)),
});
/** Refused with FailedPrecondition while anything is left in it. */
const DeleteNamespaceRequest = message("containerd.services.namespaces.v1.DeleteNamespaceRequest", {
  name: field(1, string),
});

export const Namespaces = service("containerd.services.namespaces.v1.Namespaces", {
  Get: unary(GetNamespaceRequest, NamespaceResponse),
  List: unary(ListNamespacesRequest, ListNamespacesResponse),
  Create: unary(CreateNamespaceRequest, NamespaceResponse),
  Delete: unary(DeleteNamespaceRequest, Empty),
});

/** The header that says in which namespace a call acts. */
export function inNamespace(name: string): Readonly<Record<string, string>> {
  return { "containerd-namespace": name };
}

/** Where the CRI keeps everything. */
export const KUBERNETES_NAMESPACE = "k8s.io";
