// What of a pod's security reaches the runtime: profiles and labels, and a group only together with a user.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Pod } from "../../resources/core/pod.ts";
import type { AnyContainer } from "../parts.ts";
import type { ImageUser } from "./security.ts";
import { containerSecurity, wantsImageUser } from "./security.ts";

const pod = (securityContext: object) => ({ spec: { containers: [], securityContext } }) as unknown as Pod;
const container = (securityContext: object) => ({ name: "c", securityContext }) as unknown as AnyContainer;
const made = (shared: object, own: object, imageUser?: ImageUser) =>
  containerSecurity(pod(shared), container(own), { seccompFolder: "/seccomp", imageUser });

test("a group without a user goes with the image's user", () => {
  assert.equal(wantsImageUser(pod({ runAsGroup: 5 }), container({})), true);
  assert.equal(wantsImageUser(pod({ runAsGroup: 5, runAsUser: 1 }), container({})), false);
  assert.equal(wantsImageUser(pod({}), container({})), false);
  const of = ({ runAsUser, runAsUsername, runAsGroup }: ReturnType<typeof made>) => [
    runAsUser,
    runAsUsername,
    runAsGroup,
  ];
  assert.deepEqual(of(made({ runAsGroup: 5 }, {}, { uid: 7 })), [{ value: 7 }, undefined, { value: 5 }]);
  assert.deepEqual(of(made({ runAsGroup: 5 }, {}, { username: "web" })), [undefined, "web", { value: 5 }]);
  assert.deepEqual(of(made({}, { runAsGroup: 5 }, {})), [{ value: 0 }, undefined, { value: 5 }]);
  assert.deepEqual(of(made({ runAsUser: 1 }, { runAsGroup: 5 })), [{ value: 1 }, undefined, { value: 5 }]);
  assert.deepEqual(of(made({}, {})), [undefined, undefined, undefined]);
});

test("AppArmor's profile and SELinux' labels: the container's, or else the pod's", () => {
  const shared = { appArmorProfile: { type: "RuntimeDefault" }, seLinuxOptions: { level: "s0" } };
  assert.deepEqual(made(shared, {}).apparmor, { profileType: "RuntimeDefault" });
  assert.equal(made(shared, {}).selinuxOptions?.level, "s0");
  const local = { type: "Localhost", localhostProfile: "mine" };
  assert.deepEqual(made(shared, { appArmorProfile: local }).apparmor, {
    profileType: "Localhost",
    localhostRef: "mine",
  });
  assert.deepEqual(made(shared, { appArmorProfile: { type: "Unconfined" } }).apparmor, { profileType: "Unconfined" });
  assert.equal(made({}, {}).apparmor, undefined);
});
