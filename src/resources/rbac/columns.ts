// The columns of roles and bindings. It refuses to list what a role allows: `kubectl describe` does.
import type { Column, KubeObject } from "../../schema/resource.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import type { RoleRef, Subject } from "./subject.ts";

/** Roles show when they were made: their rules would not fit. */
export const roleColumns: readonly Column[] = [
  nameColumn,
  {
    name: "Created At",
    type: "date",
    doc: "When it was made.",
    cell: ({ metadata }) => metadata.creationTimestamp ?? "",
  },
];

type Binding = KubeObject & { readonly roleRef: RoleRef; readonly subjects?: readonly Subject[] | undefined };

/** The subjects of one kind. */
const namesOf = (binding: Binding, kind: string) => (binding.subjects ?? []).filter((subject) => subject.kind === kind);

/** Bindings show the role; with -o wide, who gets it. */
export const bindingColumns: readonly Column<Binding>[] = [
  nameColumn,
  { name: "Role", type: "string", doc: "The role given.", cell: ({ roleRef }) => `${roleRef.kind}/${roleRef.name}` },
  ageColumn,
  {
    name: "Users",
    type: "string",
    priority: 1,
    doc: "Users that get it.",
    cell: (binding) =>
      namesOf(binding, "User")
        .map(({ name }) => name)
        .join(", "),
  },
  {
    name: "Groups",
    type: "string",
    priority: 1,
    doc: "Groups that get it.",
    cell: (binding) =>
      namesOf(binding, "Group")
        .map(({ name }) => name)
        .join(", "),
  },
  {
    name: "ServiceAccounts",
    type: "string",
    priority: 1,
    doc: "ServiceAccounts that get it.",
    cell: (binding) =>
      namesOf(binding, "ServiceAccount")
        .map(({ name, namespace = "" }) => `${namespace}/${name}`)
        .join(", "),
  },
];
