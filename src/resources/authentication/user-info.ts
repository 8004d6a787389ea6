// Who somebody is, as reviews tell it.
import { list, listAtomic, map, object, optional, string } from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";

export const UserInfo = object("k8s.io.api.authentication.v1.UserInfo", {
  username: optional(1, string(), "The user's name."),
  uid: optional(2, string(), "Tells users of one name apart in time."),
  groups: optional(3, listAtomic(string()), "Groups that the user is in."),
  extra: optional(
    4,
    map(list(string(), { wrapper: "k8s.io.api.authentication.v1.ExtraValue" })),
    "What the authenticator adds.",
  ),
});
export interface UserInfo extends ValueIn<typeof UserInfo> {}
